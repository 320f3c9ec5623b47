import type { MessageType } from '../../model/message.ts'
import { mostWaiting } from './bounds.ts'
import { joined, type Marks, noMarks, sameMarks } from './marks.ts'
import type { Author, Deletion, Key, MessageRow, Point, Rows, Stored, WaitingRow } from './rows.ts'

/** The content of a message. */
export interface Content {
  type: MessageType
  body: string | null
  /** JSON of `Media`. */
  media: string | null
  quotedId: string | null
  /** JSON: see `MessageRow`. */
  quoted: string | null
  details: string | null
  poll: string | null
  /** JSON array of JIDs. */
  mentions: string | null
  /** Not decrypted yet. */
  placeholder: boolean
  /** Its protobuf: bytes that are new, or the row number of the stored one. */
  raw: Uint8Array | number | null
}

/** The position of a message in its chat; never changes. */
export interface Place extends Point {
  /** `msg_` + ULID. */
  id: string
  createdAt: number
}

/** Everything known about one message: content and position once it has arrived; marks possibly before. */
export interface Entry {
  /** The chat's peer. */
  readonly peerId: number
  /** Absent while that peer has no chat. */
  chatId: number | undefined
  readonly waId: string
  readonly author: Author
  message: { place: Place; content: Content } | undefined
  marks: Marks
  /** Whether a live fact (no history) concerns it. */
  live: boolean
}

/** A message with unsaved changes. */
export interface ChangedEntry {
  entry: Entry & { message: NonNullable<Entry['message']> }
  /** The stored state; `content` is absent for a new message. */
  was: { content?: Content; marks: Marks }
}

/** The messages that a batch of facts concerns. Changes stay in memory until `save`. */
export interface Book {
  /** The entry of a key; a new one if nothing is stored. */
  entry(key: Pick<Entry, 'peerId' | 'chatId' | 'waId' | 'author'>): Entry
  entries(): Iterable<Entry>
  /** @returns the changed messages, in the order in which they were requested */
  save(): Promise<ChangedEntry[]>
}

/** Loads what is stored under these keys. Marks whose message has arrived are joined with it at the next `save`. */
export async function openBook(rows: Rows, keys: Key[]): Promise<Book> {
  const entries = new Map<string, Entry>()
  /** The stored state of an entry: only differences are saved. */
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

/** Whether it has arrived. */
export const hasMessage = (entry: Entry): entry is ChangedEntry['entry'] => entry.message !== undefined

/** Whether a message is new, its missing content has arrived, or it was deleted. */
export const hasComeOrGone = ({ entry: { message, marks }, was }: ChangedEntry): boolean =>
  message.content !== was.content || marks.deleted !== was.marks.deleted

/** Without duplicates. */
const distinct = (keys: Key[]): Key[] => [
  ...new Map(
    keys.map((key) => {
      const { peerId, waId, author } = key
      const who = author ? `${author.fromMe} ${author.peerId} ${author.address}` : ''
      return [`${peerId} ${who} ${waId}`, key]
    }),
  ).values(),
]

/** Saves new and changed messages. */
export async function saveMessages(rows: Rows, entries: Entry[]): Promise<void> {
  const messages = entries.flatMap((entry) => (entry.message ? [rowOf(entry, entry.message)] : []))
  if (messages.length > 0) await rows.saveMessages(messages)
}

/** Marks can name any number of authors who never wrote, so only the newest of one id are stored. */
const newestOfTargets = (early: Entry[]): Entry[] =>
  [...Map.groupBy(early, ({ peerId, waId }) => `${peerId} ${waId}`).values()].flatMap((ofTarget) =>
    ofTarget.slice(-mostWaiting.ofTarget),
  )

const deletionOf = ({ deleted, removed }: Marks): Deletion => (removed ? 'removed' : deleted ? 'deleted' : 'none')

/** The columns of marks, with or without the content that they belong to. */
export const marksOf = ({
  editedAt,
  body,
  mentions,
  deletion,
  status,
  error,
  reactions,
  votes,
}: Stored<WaitingRow>): Marks => ({
  editedAt,
  // The original text and mentions of a message are no marks.
  body: editedAt === null ? null : body,
  mentions: editedAt === null ? null : mentions,
  deleted: deletion !== 'none',
  removed: deletion === 'removed',
  status,
  error,
  reactions,
  votes,
})

const messageOf = (row: MessageRow): NonNullable<Entry['message']> => {
  const { timestamp, seq, id, createdAt } = row
  const { type, body, media, quotedId, quoted, details, poll, mentions, placeholder, raw } = row
  return {
    place: { timestamp, seq, id, createdAt },
    content: { type, body, media, quotedId, quoted, details, poll, mentions, placeholder, raw },
  }
}

/** What a deleted message does not keep. */
const nothing = {
  body: null,
  media: null,
  mentions: null,
  quotedId: null,
  quoted: null,
  details: null,
  poll: null,
  raw: null,
}

/** A deleted message keeps its position only. */
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
    ...content,
    ...(marks.deleted ? nothing : { body, mentions }),
    status: marks.status,
    error: marks.error,
    editedAt: marks.editedAt,
    deletion: deletionOf(marks),
    reactions: marks.reactions,
    votes: marks.votes,
  }
}

const waitingRowOf = ({ peerId, waId, author, marks }: Entry): WaitingRow => {
  const { body, mentions, editedAt, status, error, reactions, votes } = marks
  const deletion = deletionOf(marks)
  return { peerId, waId, author, body, mentions, editedAt, deletion, status, error, reactions, votes }
}
