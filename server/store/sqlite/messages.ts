import type { MessageStatus, MessageType } from '../../model/message.ts'
import { joined, type Marks, noMarks, sameMarks } from '../converge/marks.ts'
import { bounded, type Connection } from './connection.ts'
import type { Raws } from './raws.ts'

/** Who wrote a message, as far as its key needs to say it. */
export interface Author {
  fromMe: boolean
  /** Address it came from; 0 for own messages and where the chat says who it was. */
  address: number
  /** Whose address that is; 0 as above. */
  peerId: number
}

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
  /** Its protobuf: bytes that are new, or the number of the row that has them. */
  raw: Uint8Array | number | null
}

/** Where a message stands in its chat; never changes. */
export interface Place {
  timestamp: number
  seq: number
  id: string
  createdAt: number
}

/** All that is known of one message: content and place once it came, marks before or after. */
export interface Entry {
  /** The chat's peer. */
  readonly peerId: number
  chatId: number | undefined
  readonly waId: string
  readonly author: Author
  message: { place: Place; content: Content } | undefined
  marks: Marks
}

/** The messages that some facts speak of. Changes are kept until `save`. */
export interface Book {
  /** The entry of a key, a new one where nothing is stored. */
  entry(key: Pick<Entry, 'peerId' | 'chatId' | 'waId' | 'author'>): Entry
  entries(): Iterable<Entry>
  /** What is sealed under messages of these keys and waits for them. */
  readonly sealed: Sealed[]
  /** @returns messages that are new, have got content that they lacked, or were deleted */
  save(): Promise<Entry[]>
}

interface Sealed {
  /** Row number. */
  id: number
  peerId: number
  waId: string
}

/** Where to look: what this author has under this WhatsApp id in this chat. Strangers choose ids, and many may share one. */
export interface Lookup {
  peerId: number
  /** Absent while the chat has no row. */
  chatId: number | undefined
  waId: string
  /** Undefined = others, whoever they are: a few of them. */
  author: Author | undefined
}

/** One stored row of a key: a message, or marks that wait for one. */
interface Row {
  peerId: number
  waId: string
  fromMe: number
  sender: number
  senderPeer: number
  body: string | null
  mentions: string | null
  status: MessageStatus | null
  error: string | null
  editedAt: number | null
  deleted: number
}

interface MessageRow extends Row {
  waiting: null
  chatId: number
  timestamp: number
  seq: number
  id: string
  type: MessageType
  media: string | null
  quotedId: string | null
  placeholder: number
  raw: number | null
  createdAt: number
}

interface WaitingRow extends Row {
  /** Its row number. */
  waiting: number
}

/** Edits, revokes and receipts of one session that may wait for their message; the oldest give way. */
const mostWaiting = 10_000
/** Of one chat: nobody can push out what waits in another. */
const mostWaitingOfPeer = 1_000
/** Of one id in one chat: marks name authors, and who makes them up could name any number. */
const mostWaitingOfTarget = 20

/** Addresses of one author that are tried, the newest, besides the one that is named. */
const mostAddresses = 16
/** People whose messages of one id are looked at for a deletion that names nobody. */
const mostOthers = 4

// First the whole key of each row that may be there (`sought`), then the rows: so none is read that is not asked for.
// Left to itself the planner would walk the whole chat for each key: index and order (CROSS JOIN) are said.
export const selectRows = `
  WITH key AS MATERIALIZED (
    SELECT j.value ->> 0 AS peer_id, j.value ->> 1 AS chat_id, j.value ->> 2 AS wa_id, j.value ->> 3 AS from_me,
      j.value ->> 4 AS author, j.value ->> 5 AS sender
    FROM jsonb_each(?) j
  ),
  sought AS MATERIALIZED (
    SELECT k.peer_id, k.chat_id, k.wa_id, k.from_me, k.author, k.sender FROM key k
    WHERE k.author = 0 OR k.sender <> 0
    UNION ALL
    SELECT k.peer_id, k.chat_id, k.wa_id, k.from_me, k.author, a.id
    FROM key k
    CROSS JOIN addresses a ON a.peer_id = k.author AND a.id <> k.sender AND a.id >= coalesce(
      (SELECT b.id FROM addresses b WHERE b.peer_id = k.author ORDER BY b.id DESC LIMIT 1 OFFSET ${mostAddresses - 1}), 0)
    UNION ALL
    SELECT k.peer_id, k.chat_id, k.wa_id, 0, coalesce(a.peer_id, 0), m.sender
    FROM key k
    CROSS JOIN messages m INDEXED BY messages_by_wa_id
      ON m.chat_id = k.chat_id AND m.wa_id = k.wa_id AND m.from_me = 0 AND m.sender <= coalesce(
        (SELECT n.sender FROM messages n INDEXED BY messages_by_wa_id
          WHERE n.chat_id = k.chat_id AND n.wa_id = k.wa_id AND n.from_me = 0
          ORDER BY n.sender LIMIT 1 OFFSET ${mostOthers - 1}),
        9e18)
    LEFT JOIN addresses a ON a.id = m.sender
    WHERE k.author IS NULL
    UNION ALL
    SELECT k.peer_id, k.chat_id, k.wa_id, 0, coalesce(a.peer_id, 0), w.sender
    FROM key k
    CROSS JOIN waiting w ON w.peer_id = k.peer_id AND w.wa_id = k.wa_id AND w.from_me = 0
    LEFT JOIN addresses a ON a.id = w.sender
    WHERE k.author IS NULL
  )
  SELECT NULL AS waiting, k.peer_id AS peerId, m.wa_id AS waId, m.from_me AS fromMe, m.sender,
    k.author AS senderPeer, m.body, m.status, m.error, m.edited_at AS editedAt, m.deleted,
    m.chat_id AS chatId, m.timestamp, m.seq, m.id, m.type, m.media, m.quoted_id AS quotedId, m.mentions, m.placeholder,
    m.raw, m.created_at AS createdAt
  FROM sought k
  CROSS JOIN messages m INDEXED BY messages_by_wa_id
    ON m.chat_id = k.chat_id AND m.wa_id = k.wa_id AND m.from_me = k.from_me AND m.sender = k.sender
  UNION ALL
  SELECT w.id, w.peer_id, w.wa_id, w.from_me, w.sender,
    k.author, w.body, w.status, w.error, w.edited_at, w.deleted,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, w.mentions, NULL,
    NULL, NULL
  FROM sought k
  CROSS JOIN waiting w
    ON w.peer_id = k.peer_id AND w.wa_id = k.wa_id AND w.from_me = k.from_me AND w.sender = k.sender`

export const selectSealed = `
  SELECT s.id, s.peer_id AS peerId, s.wa_id AS waId
  FROM jsonb_each(?) j
  CROSS JOIN sealed_waiting s ON s.peer_id = j.value ->> 0 AND s.wa_id = j.value ->> 1 AND s.tried = 1`

// jsonb_each: its elements are read in place, those of json_each are parsed once more for each column.
const upsertMessages = `
  INSERT INTO messages (chat_id, timestamp, seq, id, wa_id, from_me, sender, type, body, media, quoted_id, mentions,
    status, error, edited_at, deleted, placeholder, raw, created_at)
  SELECT j.value ->> 'chatId', j.value ->> 'timestamp', j.value ->> 'seq', j.value ->> 'id', j.value ->> 'waId',
    j.value ->> 'fromMe', j.value ->> 'sender', j.value ->> 'type', j.value ->> 'body', j.value ->> 'media',
    j.value ->> 'quotedId', j.value ->> 'mentions', j.value ->> 'status', j.value ->> 'error', j.value ->> 'editedAt',
    j.value ->> 'deleted', j.value ->> 'placeholder', j.value ->> 'raw', j.value ->> 'createdAt'
  FROM jsonb_each(?) j WHERE true
  ON CONFLICT (chat_id, timestamp, seq) DO UPDATE SET type = excluded.type, body = excluded.body,
    media = excluded.media, quoted_id = excluded.quoted_id, mentions = excluded.mentions, status = excluded.status,
    error = excluded.error, edited_at = excluded.edited_at, deleted = excluded.deleted,
    placeholder = excluded.placeholder, raw = excluded.raw`

const insertAuthors = `
  INSERT INTO authors (address_id, chat_id)
  SELECT j.value ->> 0, j.value ->> 1 FROM jsonb_each(?) j WHERE true
  ON CONFLICT DO NOTHING`

const insertWaiting = `
  INSERT INTO waiting (session_id, peer_id, wa_id, from_me, sender, body, mentions, edited_at, deleted, status,
    error)
  SELECT ?, j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5, j.value ->> 6,
    j.value ->> 7, j.value ->> 8, j.value ->> 9
  FROM jsonb_each(?) j`

const deleteWaiting = 'DELETE FROM waiting WHERE id IN (SELECT value FROM json_each(?))'

const forgetOldestOfTargets = `
  WITH target AS MATERIALIZED (
    SELECT j.value ->> 0 AS peer_id, j.value ->> 1 AS wa_id, (
      SELECT w.id FROM waiting w WHERE w.peer_id = j.value ->> 0 AND w.wa_id = j.value ->> 1
      ORDER BY w.id DESC LIMIT 1 OFFSET ${mostWaitingOfTarget}
    ) AS until
    FROM jsonb_each(?) j
  )
  DELETE FROM waiting WHERE id IN (
    SELECT w.id FROM target t CROSS JOIN waiting w ON w.peer_id = t.peer_id AND w.wa_id = t.wa_id AND w.id <= t.until
  )`

const forgetOldestOfPeer = `
  DELETE FROM waiting WHERE peer_id = ?1 AND id <= (
    SELECT id FROM waiting WHERE peer_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ${mostWaitingOfPeer}
  )`

const forgetOldest = `
  DELETE FROM waiting WHERE session_id = ? AND id <= (
    SELECT id FROM waiting WHERE session_id = ? ORDER BY id DESC LIMIT 1 OFFSET ${bounded}
  )`

/** What is asked of the database, each once, however often the facts say it. */
function distinct(where: Lookup[]) {
  const keys = new Map<string, unknown[]>()
  const targets = new Map<string, [peerId: number, waId: string]>()
  for (const { peerId, chatId, waId, author } of where) {
    const who = author ? [Number(author.fromMe), author.peerId, author.address] : []
    keys.set(`${peerId} ${who} ${waId}`, [peerId, chatId, waId, ...who])
    targets.set(`${peerId} ${waId}`, [peerId, waId])
  }
  return { keys: [...keys.values()], targets: [...targets.values()] }
}

/** Reads what is stored under some keys. Marks that waited for a message that is there now join it with the next `save`. */
export async function openBook(db: Connection, sessionId: string, raws: Raws, where: Lookup[]): Promise<Book> {
  const entries = new Map<string, Entry>()
  // What is stored of an entry: what is written is what differs from it.
  const before = new Map<Entry, { content?: Content; marks: Marks }>()
  const waited = new Map<Entry, number[]>()

  const entry: Book['entry'] = ({ peerId, chatId, waId, author }) => {
    const key = `${peerId} ${author.fromMe ? 'me' : author.peerId} ${waId}`
    const known = entries.get(key)
    if (known) {
      known.chatId ??= chatId
      return known
    }
    const fresh: Entry = { peerId, chatId, waId, author, message: undefined, marks: noMarks }
    entries.set(key, fresh)
    return fresh
  }

  const { keys, targets } = distinct(where)
  const rows = keys.length === 0 ? [] : await db.all<MessageRow | WaitingRow>(selectRows, JSON.stringify(keys))
  const sealed = targets.length === 0 ? [] : await db.all<Sealed>(selectSealed, JSON.stringify(targets))
  for (const row of rows) {
    if (row.waiting !== null) continue
    const known = entry({ ...row, author: authorOf(row) })
    known.message = { place: row, content: { ...row, placeholder: row.placeholder === 1 } }
    known.marks = marksOf(row)
    before.set(known, { content: known.message.content, marks: known.marks })
  }
  for (const row of rows) {
    if (row.waiting === null) continue
    const known = entry({ ...row, chatId: undefined, author: authorOf(row) })
    known.marks = joined(known.marks, marksOf(row))
    if (!known.message) before.set(known, { marks: known.marks })
    waited.set(known, [...(waited.get(known) ?? []), row.waiting])
  }

  const differs = (known: Entry) => {
    const old = before.get(known)
    return old?.content !== known.message?.content || !sameMarks(old?.marks ?? noMarks, known.marks)
  }

  const hasComeOrGone = (known: Entry) => {
    const old = before.get(known)
    return old?.content !== known.message?.content || old?.marks.deleted !== known.marks.deleted
  }

  return {
    entry,
    entries: () => entries.values(),
    sealed,

    async save() {
      const changed = [...entries.values()].filter(differs)
      const told = changed.filter(({ message }) => message).filter(hasComeOrGone)
      await saveMessages(db, sessionId, raws, changed)
      const early = new Set(changed.filter(({ message }) => !message))
      const settled = [...waited].flatMap(([known, ids]) => (known.message || early.has(known) ? ids : []))
      if (settled.length > 0) await db.all(deleteWaiting, JSON.stringify(settled))
      if (early.size > 0) await saveWaiting(db, sessionId, [...early])
      return told
    },
  }
}

const authorOf = (row: { fromMe: number; sender: number; senderPeer: number }): Author => ({
  fromMe: row.fromMe === 1,
  address: row.sender,
  peerId: row.senderPeer,
})

/** What `deleted` says in a row. */
const deletion = { none: 0, deleted: 1, removed: 2 }

const deletionOf = ({ deleted, removed }: Marks) =>
  removed ? deletion.removed : deleted ? deletion.deleted : deletion.none

const marksOf = (row: Omit<Marks, 'deleted' | 'removed'> & { deleted: number }): Marks => ({
  editedAt: row.editedAt,
  // A message's own text is no mark, nor is whom it mentions.
  body: row.editedAt === null ? null : row.body,
  mentions: row.editedAt === null ? null : row.mentions,
  deleted: row.deleted !== deletion.none,
  removed: row.deleted === deletion.removed,
  status: row.status,
  error: row.error,
})

/** Writes messages as they are now, new ones and changed ones. */
export async function saveMessages(db: Connection, sessionId: string, raws: Raws, entries: Entry[]): Promise<void> {
  const numbers = await saveRaws(db, sessionId, raws, entries)
  const rows = entries.flatMap((entry) => (entry.message ? [rowOf(entry, entry.message, numbers.get(entry))] : []))
  if (rows.length === 0) return
  // Neighbours in the file are written together.
  rows.sort((a, b) => a.chatId - b.chatId || a.timestamp - b.timestamp || a.seq - b.seq)
  await db.all(upsertMessages, JSON.stringify(rows))

  const authors = new Map(
    rows.filter(({ sender }) => sender !== 0).map(({ sender, chatId }) => [`${sender} ${chatId}`, [sender, chatId]]),
  )
  if (authors.size > 0) await db.all(insertAuthors, JSON.stringify([...authors.values()]))
}

/** What was deleted is kept nowhere. @returns where the others' protobufs are */
async function saveRaws(
  db: Connection,
  sessionId: string,
  raws: Raws,
  entries: Entry[],
): Promise<Map<Entry, number | undefined>> {
  const numbers = new Map<Entry, number | undefined>()
  const added: { entry: Entry; messageId: string; raw: Uint8Array }[] = []
  for (const entry of entries) {
    const { raw = null } = entry.message?.content ?? {}
    if (raw === null || !entry.message || entry.marks.deleted) continue
    if (typeof raw === 'number') numbers.set(entry, raw)
    else added.push({ entry, messageId: entry.message.place.id, raw })
  }
  const places = await raws.add(db, sessionId, added)
  for (const [n, { entry }] of added.entries()) numbers.set(entry, places[n])
  return numbers
}

/** What is absent or undefined is stored as NULL. */
function rowOf(
  { chatId = 0, waId, author, marks }: Entry,
  { place, content }: NonNullable<Entry['message']>,
  raw: number | undefined,
) {
  return {
    chatId,
    timestamp: place.timestamp,
    seq: place.seq,
    id: place.id,
    waId,
    fromMe: Number(author.fromMe),
    sender: author.address,
    type: content.type,
    quotedId: marks.removed ? undefined : (content.quotedId ?? undefined),
    ...(!marks.deleted && {
      body: (marks.editedAt === null ? content.body : marks.body) ?? undefined,
      media: content.media ?? undefined,
      mentions: (marks.editedAt === null ? content.mentions : marks.mentions) ?? undefined,
    }),
    status: marks.status ?? undefined,
    error: marks.error ?? undefined,
    editedAt: marks.editedAt ?? undefined,
    deleted: deletionOf(marks),
    placeholder: Number(content.placeholder),
    raw,
    createdAt: place.createdAt,
  }
}

async function saveWaiting(db: Connection, sessionId: string, early: Entry[]): Promise<void> {
  const ofTargets = Map.groupBy(early, ({ peerId, waId }) => `${peerId} ${waId}`)
  const entries = [...ofTargets.values()].flatMap((ofTarget) => ofTarget.slice(-mostWaitingOfTarget))
  const rows = entries.map(({ peerId, waId, author, marks }) => [
    peerId,
    waId,
    Number(author.fromMe),
    author.address,
    marks.body,
    marks.mentions,
    marks.editedAt,
    deletionOf(marks),
    marks.status,
    marks.error,
  ])
  await db.all(insertWaiting, sessionId, JSON.stringify(rows))
  const targets = new Map(entries.map(({ peerId, waId }) => [`${peerId} ${waId}`, [peerId, waId]]))
  await db.all(forgetOldestOfTargets, JSON.stringify([...targets.values()]))
  for (const peerId of new Set(entries.map((entry) => entry.peerId))) await db.all(forgetOldestOfPeer, peerId)
  await db.all(forgetOldest, sessionId, sessionId, mostWaiting)
}
