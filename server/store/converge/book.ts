import type { MessageType } from '../../model/message.ts'
import { mostWaiting } from './bounds.ts'
import { joined, type Marks, noMarks, sameMarks } from './marks.ts'
import type { Author, Deletion, Key, MessageRow, Point, Rows, Stored, WaitingRow } from './rows.ts'

/** What a message says. */
export interface Content {
  type: MessageType
  body: string | null
  /** JSON of `Media`. */
  media: string | null
  quotedId: string | null
  /** JSON array of JIDs. */
  mentions: string | null
  /** Not decrypted yet. */
  placeholder: boolean
  /** Its protobuf: bytes that are new, or the row number of the stored one. */
  raw: Uint8Array | number | null
}

/** Where a message stands in its chat; never changes. */
export interface Place extends Point {
  /** `msg_` + ULID. */
  id: string
  createdAt: number
}

/** All that is known of one message: content and place once it came, marks before or after. */
export interface Entry {
  /** The chat's peer. */
  readonly peerId: number
  /** Absent while that peer has no chat. */
  chatId: number | undefined
  readonly waId: string
  readonly author: Author
  message: { place: Place; content: Content } | undefined
  marks: Marks
  /** Whether a fact that is no history speaks of it. */
  live: boolean
}

/** A message of which more is known than what was stored. */
export interface ChangedEntry {
  entry: Entry & { message: NonNullable<Entry['message']> }
  /** What was stored: `content` is absent for a message that is new. */
  was: { content?: Content; marks: Marks }
}

/** The messages that some facts speak of. Changes are kept until `save`. */
export interface Book {
  /** The entry of a key, a new one where nothing is stored. */
  entry(key: Pick<Entry, 'peerId' | 'chatId' | 'waId' | 'author'>): Entry
  entries(): Iterable<Entry>
  /** @returns the messages that were changed, in the order in which they were asked for */
  save(): Promise<ChangedEntry[]>
}

/** Loads what is stored under some keys. Marks that waited for a message that is there now join it with the next `save`. */
export async function openBook(rows: Rows, keys: Key[]): Promise<Book> {
  const entries = new Map<string, Entry>()
  /** What is stored of an entry: what is saved is what differs from it. */
  const before = new Map<Entry, { content?: Content; marks: Marks }>()
  const waited = new Map<Entry, number[]>()

  const asked = new Set<Entry>()
  const load: Book['entry'] = ({ peerId, chatId, waId, author }) => {
    const key = `${peerId} ${author.fromMe ? 'me' : author.peerId} ${waId}`
    const known = entries.get(key)
    if (known) {
      known.chatId ??= chatId
      return known
    }
    const fresh: Entry = { peerId, chatId, waId, author, message: undefined, marks: noMarks, live: false }
    entries.set(key, fresh)
    return fresh
  }

  const found = keys.length === 0 ? { messages: [], waiting: [] } : await rows.entries(distinct(keys))
  for (const row of found.messages) {
    const known = load(row)
    known.message = messageOf(row)
    known.marks = marksOf(row)
    before.set(known, { content: known.message.content, marks: known.marks })
  }
  for (const row of found.waiting) {
    const known = load({ ...row, chatId: undefined })
    known.marks = joined(known.marks, marksOf(row))
    if (!known.message) before.set(known, { marks: known.marks })
    waited.set(known, [...(waited.get(known) ?? []), row.id])
  }

  const differs = (known: Entry) => {
    const old = before.get(known)
    return old?.content !== known.message?.content || !sameMarks(old?.marks ?? noMarks, known.marks)
  }

  const wasOf = (known: Entry) => before.get(known) ?? { marks: noMarks }

  return {
    entry(key) {
      const known = load(key)
      asked.add(known)
      return known
    },
    entries: () => entries.values(),

    async save() {
      const changed = [...new Set([...asked, ...entries.values()])].filter(differs)
      const messages = changed.filter(hasMessage)
      const early = changed.filter(({ message }) => !message)
      await saveMessages(rows, messages)
      const replaced = new Set(early)
      const settled = [...waited].flatMap(([known, ids]) => (known.message || replaced.has(known) ? ids : []))
      if (settled.length > 0) await rows.deleteWaiting(settled)
      if (early.length > 0) await rows.saveWaiting(newestOfTargets(early).map(waitingRowOf))
      return messages.map((known) => ({ entry: known, was: wasOf(known) }))
    },
  }
}

/** Whether it has come. */
export const hasMessage = (entry: Entry): entry is ChangedEntry['entry'] => entry.message !== undefined

/** Whether a message is new, has got content that it lacked, or was deleted. */
export const hasComeOrGone = ({ entry: { message, marks }, was }: ChangedEntry): boolean =>
  message.content !== was.content || marks.deleted !== was.marks.deleted

/** Each once, however often the facts say it. */
const distinct = (keys: Key[]): Key[] => [
  ...new Map(
    keys.map((key) => {
      const { peerId, waId, author } = key
      const who = author ? `${author.fromMe} ${author.peerId} ${author.address}` : ''
      return [`${peerId} ${who} ${waId}`, key]
    }),
  ).values(),
]

/** Saves messages as they are now, new ones and changed ones. */
export async function saveMessages(rows: Rows, entries: Entry[]): Promise<void> {
  const messages = entries.flatMap((entry) => (entry.message ? [rowOf(entry, entry.message)] : []))
  if (messages.length > 0) await rows.saveMessages(messages)
}

/** What marks name authors who never wrote, any number of them, so that only the newest of one id are worth a row. */
const newestOfTargets = (early: Entry[]): Entry[] =>
  [...Map.groupBy(early, ({ peerId, waId }) => `${peerId} ${waId}`).values()].flatMap((ofTarget) =>
    ofTarget.slice(-mostWaiting.ofTarget),
  )

const deletionOf = ({ deleted, removed }: Marks): Deletion => (removed ? 'removed' : deleted ? 'deleted' : 'none')

/** What is stored of marks, beside the content that it belongs to or alone. */
export const marksOf = ({ editedAt, body, mentions, deletion, status, error }: Stored<WaitingRow>): Marks => ({
  editedAt,
  // A message's own text is no mark, nor is whom it mentions.
  body: editedAt === null ? null : body,
  mentions: editedAt === null ? null : mentions,
  deleted: deletion !== 'none',
  removed: deletion === 'removed',
  status,
  error,
})

const messageOf = (row: MessageRow): NonNullable<Entry['message']> => {
  const { timestamp, seq, id, createdAt, type, body, media, quotedId, mentions, placeholder, raw } = row
  return {
    place: { timestamp, seq, id, createdAt },
    content: { type, body, media, quotedId, mentions, placeholder, raw },
  }
}

/** Of what was deleted nothing is kept but its place; of what the account deleted for itself not even what it answers. */
function rowOf(
  { chatId = 0, waId, author, marks }: Entry,
  { place, content }: NonNullable<Entry['message']>,
): MessageRow {
  const { body, mentions } = marks.editedAt === null ? content : marks
  return {
    chatId,
    ...place,
    waId,
    author,
    type: content.type,
    quotedId: marks.removed ? null : content.quotedId,
    ...(marks.deleted
      ? { body: null, media: null, mentions: null, raw: null }
      : { body, media: content.media, mentions, raw: content.raw }),
    status: marks.status,
    error: marks.error,
    editedAt: marks.editedAt,
    deletion: deletionOf(marks),
    placeholder: content.placeholder,
  }
}

const waitingRowOf = ({ peerId, waId, author, marks }: Entry): WaitingRow => {
  const { body, mentions, editedAt, status, error } = marks
  return { peerId, waId, author, body, mentions, editedAt, deletion: deletionOf(marks), status, error }
}
