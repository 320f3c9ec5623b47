import type { MessageType } from '../../../model/message.ts'
import type { Owned } from '../../../model/owned.ts'
import { mostAddressesTried, mostAuthorsTried } from '../../converge/bounds.ts'
import type { Key, MessageRow, MessageRows } from '../../converge/rows.ts'
import type { Connection } from '../connection.ts'
import { type Fence, isOwner } from '../owners.ts'
import type { Raws } from '../raws.ts'
import { type KeyedColumns, keyedOf, numberOf } from './columns.ts'
import { deleteWaiting, saveWaiting } from './waiting.ts'

interface MessageColumns extends KeyedColumns {
  waiting: null
  chatId: number
  timestamp: number
  seq: number
  id: string
  type: MessageType
  media: string | null
  quotedId: string | null
  quoted: string | null
  details: string | null
  poll: string | null
  placeholder: number
  raw: number | null
  createdAt: number
}

interface WaitingColumns extends KeyedColumns {
  /** Its row number. */
  waiting: number
}

export const countArrivals = `
  UPDATE sessions SET arrivals = arrivals + ? WHERE id = ? AND EXISTS (SELECT 1 FROM owners o WHERE ${isOwner})
  RETURNING arrivals AS arrived,
    EXISTS (SELECT 1 FROM sealed_waiting w WHERE w.session_id = sessions.id AND w.tried = 1) AS hasSealed`

// First the complete keys (`sought`), then the rows, so that no other row is read. We force the index and the join order (CROSS
// JOIN), because the planner would scan the whole chat for each key.
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
      (SELECT b.id FROM addresses b WHERE b.peer_id = k.author
        ORDER BY b.id DESC LIMIT 1 OFFSET ${mostAddressesTried - 1}),
      0)
    UNION ALL
    SELECT k.peer_id, k.chat_id, k.wa_id, 0, coalesce(a.peer_id, 0), m.sender
    FROM key k
    CROSS JOIN messages m INDEXED BY messages_by_wa_id
      ON m.chat_id = k.chat_id AND m.wa_id = k.wa_id AND m.from_me = 0 AND m.sender <= coalesce(
        (SELECT n.sender FROM messages n INDEXED BY messages_by_wa_id
          WHERE n.chat_id = k.chat_id AND n.wa_id = k.wa_id AND n.from_me = 0
          ORDER BY n.sender LIMIT 1 OFFSET ${mostAuthorsTried - 1}),
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
    k.author AS senderPeer, m.body, m.status, m.error, m.edited_at AS editedAt, m.deleted, m.mentions, m.reactions, m.votes,
    m.chat_id AS chatId, m.timestamp, m.seq, m.id, m.type, m.media, m.quoted_id AS quotedId, m.quoted, m.details, m.poll,
    m.placeholder, m.raw, m.created_at AS createdAt
  FROM sought k
  CROSS JOIN messages m INDEXED BY messages_by_wa_id
    ON m.chat_id = k.chat_id AND m.wa_id = k.wa_id AND m.from_me = k.from_me AND m.sender = k.sender
  UNION ALL
  SELECT w.id, w.peer_id, w.wa_id, w.from_me, w.sender,
    k.author, w.body, w.status, w.error, w.edited_at, w.deleted, w.mentions, w.reactions, w.votes,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL
  FROM sought k
  CROSS JOIN waiting w
    ON w.peer_id = k.peer_id AND w.wa_id = k.wa_id AND w.from_me = k.from_me AND w.sender = k.sender`

// jsonb_each reads its elements in place; json_each parses them again for each column.
const upsertMessages = `
  INSERT INTO messages (chat_id, timestamp, seq, id, wa_id, from_me, sender, type, body, media, quoted_id, mentions,
    status, error, edited_at, deleted, placeholder, raw, created_at, quoted, details, poll, reactions, votes)
  SELECT ${Array.from({ length: 24 }, (_, column) => `j.value ->> ${column}`).join(', ')}
  FROM jsonb_each(?) j WHERE true
  ON CONFLICT (chat_id, timestamp, seq) DO UPDATE SET type = excluded.type, body = excluded.body,
    media = excluded.media, quoted_id = excluded.quoted_id, mentions = excluded.mentions, status = excluded.status,
    error = excluded.error, edited_at = excluded.edited_at, deleted = excluded.deleted,
    placeholder = excluded.placeholder, raw = excluded.raw, quoted = excluded.quoted, details = excluded.details,
    poll = excluded.poll, reactions = excluded.reactions, votes = excluded.votes`

const insertAuthors = `
  INSERT INTO authors (address_id, chat_id)
  SELECT j.value ->> 0, j.value ->> 1 FROM jsonb_each(?) j WHERE true
  ON CONFLICT DO NOTHING`

const deleteMessages = `
  DELETE FROM messages WHERE (chat_id, timestamp, seq) IN (
    SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2 FROM jsonb_each(?) j
  )`

/** @param fence of the owner that writes */
export const createMessageRows = (
  db: Connection,
  owned: Owned,
  { fence, raws }: { fence: Pick<Fence, 'refusal'>; raws: Raws },
): MessageRows => ({
  async countArrivals(count) {
    const { sessionId, epoch } = owned
    const [row] = await db.all<{ arrived: number; hasSealed: number }>(
      countArrivals,
      count,
      sessionId,
      sessionId,
      epoch,
    )
    if (!row) throw await fence.refusal(db, owned)
    return { arrived: row.arrived, hasSealed: row.hasSealed === 1 }
  },

  async entries(keys) {
    const rows = await db.all<MessageColumns | WaitingColumns>(selectRows, JSON.stringify(keys.map(valuesOfKey)))
    return {
      messages: rows.flatMap((row) => (row.waiting === null ? [messageOf(row)] : [])),
      waiting: rows.flatMap((row) => (row.waiting === null ? [] : [{ ...keyedOf(row), id: row.waiting }])),
    }
  },

  async saveMessages(messages) {
    const numbers = await raws.add(db, owned.sessionId, messages)
    // Sorted, so that neighbouring rows are written together.
    const rows = messages.toSorted((a, b) => a.chatId - b.chatId || a.timestamp - b.timestamp || a.seq - b.seq)
    await db.all(upsertMessages, JSON.stringify(rows.map((row) => valuesOf(row, numbers))))
    const authors = new Map<string, number[]>()
    for (const { chatId, author } of rows)
      if (author.address !== 0) authors.set(`${author.address} ${chatId}`, [author.address, chatId])
    if (authors.size > 0) await db.all(insertAuthors, JSON.stringify([...authors.values()]))
  },

  async deleteMessages(messages) {
    const points = messages.map(({ chatId, timestamp, seq }) => [chatId, timestamp, seq])
    await db.all(deleteMessages, JSON.stringify(points))
  },

  readRaw: (messageId, raw) => raws.read(db, owned.sessionId, messageId, raw),
  saveWaiting: (rows) => saveWaiting(db, owned.sessionId, rows),
  deleteWaiting: (ids) => deleteWaiting(db, ids),
})

const valuesOfKey = ({ peerId, chatId, waId, author }: Key) =>
  author ? [peerId, chatId, waId, author.fromMe, author.peerId, author.address] : [peerId, chatId, waId]

const messageOf = (row: MessageColumns) => ({
  ...keyedOf(row),
  chatId: row.chatId,
  timestamp: row.timestamp,
  seq: row.seq,
  id: row.id,
  type: row.type,
  media: row.media,
  quotedId: row.quotedId,
  quoted: row.quoted,
  details: row.details,
  poll: row.poll,
  placeholder: row.placeholder === 1,
  raw: row.raw,
  createdAt: row.createdAt,
})

/** @param numbers row numbers of new protobufs, by message id */
const valuesOf = (row: MessageRow, numbers: Map<string, number>) => [
  row.chatId,
  row.timestamp,
  row.seq,
  row.id,
  row.waId,
  row.author.fromMe,
  row.author.address,
  row.type,
  row.body,
  row.media,
  row.quotedId,
  row.mentions,
  row.status,
  row.error,
  row.editedAt,
  numberOf(row.deletion),
  row.placeholder,
  typeof row.raw === 'number' ? row.raw : (numbers.get(row.id) ?? null),
  row.createdAt,
  row.quoted,
  row.details,
  row.poll,
  row.reactions,
  row.votes,
]
