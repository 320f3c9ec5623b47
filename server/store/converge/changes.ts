import type { MessageStatus } from '../../model/message.ts'
import type { ChangedEntry } from './book.ts'
import { chosenIn } from './polls.ts'
import type { Point } from './rows.ts'
import { newSayings } from './sayings.ts'

/** The row of a stored message. */
export type MessagePoint = Point & { chatId: number }

type MessageEvent = 'message' | 'message.from_me' | 'message.edited' | 'message.revoked' | 'message.failed'

/** A change of a commit that becomes an event: the row is rendered as it is at the end of the commit. */
export type Change =
  | { event: MessageEvent; message: MessagePoint }
  | { event: 'message.reaction'; message: MessagePoint; said: Said; emoji: string }
  /** With the names of the options. */
  | { event: 'poll.vote'; message: MessagePoint; said: Said; options: string[] }
  | { event: 'message.status'; chatId: number; messages: { id: string; status: MessageStatus }[] }
  /** The chat of this peer, if it is visible. */
  | { event: 'chat.update'; peerId: number }
  | { event: 'contact.update'; peerId: number }

/** Who said something of a message, and when. `address`: a row number; 0 = the account. */
export interface Said {
  address: number
  at: number
}

/** Collects the changes of one run. History imports, and changes that are not visible, become no events. */
export interface Changes {
  /** In order. */
  readonly list: Change[]
  /**
   * Messages whose text was edited or deleted: their earlier events must not contain it any more. The same objects as in `list`, if
   * there is a new event for them.
   */
  readonly unsaid: MessagePoint[]
  messages(changed: ChangedEntry[]): void
  /** Messages were moved into another chat; with `before`, only those before that point. */
  moved(from: number, to: number, before?: Point): void
  /** @param peerId of the chat's peer */
  chat(peerId: number): void
  contact(peerId: number): void
}

export const createChanges = (): Changes => {
  const list: Change[] = []
  const unsaid: MessagePoint[] = []
  const once = new Set<string>()

  const tellOnce = (change: Change, name: string) => {
    if (once.has(name)) return
    once.add(name)
    list.push(change)
  }

  return {
    list,
    unsaid,
    messages(changed) {
      for (const one of changed) {
        const point = pointOf(one)
        const event = one.entry.live ? eventOf(one) : undefined
        if (event) list.push({ event, message: point })
        list.push(...sayingsOf(one, point))
        if (hasFailed(one)) list.push({ event: 'message.failed', message: point })
        if (isUnsaid(one)) unsaid.push(point)
      }
      list.push(...statusesOf(changed))
    },
    moved(from, to, before) {
      const points = list.flatMap((change) => ('message' in change ? [change.message] : []))
      for (const point of new Set([...points, ...unsaid]))
        if (point.chatId === from && (before === undefined || isBefore(point, before))) point.chatId = to
    },
    chat: (peerId) => tellOnce({ event: 'chat.update', peerId }, `chat ${peerId}`),
    contact: (peerId) => tellOnce({ event: 'contact.update', peerId }, `contact ${peerId}`),
  }
}

const isBefore = (a: Point, b: Point) => a.timestamp < b.timestamp || (a.timestamp === b.timestamp && a.seq < b.seq)

const pointOf = ({ entry: { chatId = 0, message } }: ChangedEntry): MessagePoint => ({
  chatId,
  timestamp: message.place.timestamp,
  seq: message.place.seq,
})

/** When the content of a placeholder arrives, there is another event with the same message id. */
function eventOf({ entry: { author, message, marks }, was }: ChangedEntry): MessageEvent | undefined {
  if (marks.removed) return undefined
  const isFilled = was.content?.placeholder === true && !message.content.placeholder
  if (!was.content || isFilled) {
    return author.fromMe ? 'message.from_me' : 'message'
  }
  if (marks.deleted) return was.marks.deleted ? undefined : 'message.revoked'
  return isEdited(marks, was.marks) ? 'message.edited' : undefined
}

const isEdited = (now: ChangedEntry['was']['marks'], before: ChangedEntry['was']['marks']) =>
  now.editedAt !== before.editedAt || now.body !== before.body || now.mentions !== before.mentions

const isUnsaid = ({ entry: { marks }, was }: ChangedEntry) =>
  was.content !== undefined && (marks.deleted !== was.marks.deleted || isEdited(marks, was.marks))

/** Reactions to messages that were stored before, and votes in such polls. */
function sayingsOf({ entry: { live, message, marks }, was }: ChangedEntry, point: MessagePoint): Change[] {
  if (!live || was.content === undefined || marks.deleted) return []
  const reactions = newSayings<string>(was.marks.reactions, marks.reactions)
  const votes = newSayings<string[]>(was.marks.votes, marks.votes)
  return [
    ...reactions.map(([address, at, emoji]): Change => {
      return { event: 'message.reaction', message: point, said: { address, at }, emoji }
    }),
    ...votes.map(([address, at, keys]): Change => {
      return {
        event: 'poll.vote',
        message: point,
        said: { address, at },
        options: chosenIn(message.content.poll, keys),
      }
    }),
  ]
}

const hasFailed = (one: ChangedEntry) => isRisen(one) && one.entry.marks.status === 'failed'

/** Whether a message that was stored before has another status. */
const isRisen = ({ entry: { live, marks }, was }: ChangedEntry) =>
  live && was.content !== undefined && !marks.deleted && marks.status !== null && marks.status !== was.marks.status

/** Receipts for messages that were stored before: one change for each chat. */
function statusesOf(changed: ChangedEntry[]): Change[] {
  const moved = changed.filter(isRisen).flatMap(
    ({
      entry: {
        chatId = 0,
        message,
        marks: { status },
      },
    }) => (status === null ? [] : [{ chatId, id: message.place.id, status }]),
  )
  return [...Map.groupBy(moved, ({ chatId }) => chatId)].map(([chatId, messages]) => ({
    event: 'message.status',
    chatId,
    messages: messages.map(({ id, status }) => ({ id, status })),
  }))
}
