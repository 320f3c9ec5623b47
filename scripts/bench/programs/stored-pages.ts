/** Reads pages from a store of any size. Argument: the folder of the database. */
import { chatJid, fill, openStoreWithSession, type Size, sentAt, sessionId } from '../history.ts'
import { answerWith } from '../process.ts'
import { percentile } from '../statistics.ts'

const limit = 50

const [folder = ''] = process.argv.slice(2)
const store = await openStoreWithSession(folder)

/** @param before place of the message that the page ends in front of; absent: the newest page */
const pageTime = async (chat: number, before?: number): Promise<number> => {
  const started = performance.now()
  const after = before === undefined ? {} : { after: [sentAt(before), 0] as const }
  const page = await store.listMessages(sessionId, chatJid(chat), { limit, ...after })
  const time = performance.now() - started
  if (page === undefined || page.data.length < 1_000) throw new Error('a page came back without messages')
  return time
}

const random = (below: number) => Math.floor(Math.random() * below)

/** The median time of a page, ms. */
const medianOf = async (count: number, page: () => Promise<number>) => {
  const times: number[] = []
  for (let done = 0; done < count; done++) times.push(await page())
  return percentile(times, 0.5)
}

const answers = {
  fill: (size: Size) => fill(store, size),
  /** Of pages anywhere. */
  anywhere: ({ count, chats, messagesPerChat }: Size & { count: number }) =>
    medianOf(count, () => pageTime(random(chats), limit + random(messagesPerChat - limit))),
  /** Of the newest pages of chats. */
  first: ({ count, chats }: Size & { count: number }) => medianOf(count, () => pageTime(random(chats))),
  /** Of the oldest pages of chats. */
  last: ({ count, chats }: Size & { count: number }) => medianOf(count, () => pageTime(random(chats), limit)),
}
export type StoredPagesProgram = typeof answers

answerWith(answers, () => store.close())
