/** Calls of the store with nothing around it. Arguments: folder, and the driver as STORE_DRIVER. */
import { randomBytes } from 'node:crypto'
import type { MessageFact } from '../../../server/model/facts.ts'
import { createSealer } from '../../../server/store/seal.ts'
import { arriving, chatJid, historyOf, openStoreWithSession, owned, sessionId } from '../history.ts'
import { answerWith, common } from '../process.ts'

const [folder = '', driver] = process.argv.slice(2)
process.env.STORE_DRIVER = driver
const store = await openStoreWithSession(folder, createSealer(randomBytes(32)))

const chats = 10
const messages = historyOf({ chats, messagesPerChat: 1_000_000 })
const next = (count: number): MessageFact[] =>
  Array.from({ length: count }, () => {
    const { value } = messages.next()
    if (value === undefined) throw new Error('there are no more messages')
    return arriving(value)
  })
const people = 200

const calls = {
  liveMessage: () => store.ingest(owned, next(1), Date.now()),
  hundredMessages: () => store.ingest(owned, next(100), Date.now()),
  page: () => store.listMessages(sessionId, chatJid(0), { limit: 50 }),
  key: (n: number) =>
    store.writeKeys(
      owned,
      [{ type: 'session', id: `6281${n % people}.0`, value: randomBytes(400) }],
      [{ hash: randomBytes(32), entry: randomBytes(300) }],
    ),
}
export type StoreCall = keyof typeof calls

const answers = {
  /** One call after the other. @returns processor time of one, µs */
  cost: async ({ call, count }: { call: StoreCall; count: number }): Promise<number> => {
    const before = common.cpu()
    for (let n = 0; n < count; n++) await calls[call](n)
    return (common.cpu() - before) / count
  },
}
export type StoreAloneProgram = typeof answers

answerWith(answers, store.close)
