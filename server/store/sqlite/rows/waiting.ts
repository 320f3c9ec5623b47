import { mostWaiting } from '../../converge/bounds.ts'
import type { WaitingRow } from '../../converge/rows.ts'
import { bounded, type Connection } from '../connection.ts'
import { numberOf } from './columns.ts'

const insert = `
  INSERT INTO waiting (session_id, peer_id, wa_id, from_me, sender, body, mentions, edited_at, deleted, status,
    error, reactions, votes)
  SELECT ?, j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5, j.value ->> 6,
    j.value ->> 7, j.value ->> 8, j.value ->> 9, j.value ->> 10, j.value ->> 11
  FROM jsonb_each(?) j`

const deleteRows = 'DELETE FROM waiting WHERE id IN (SELECT value FROM json_each(?))'

const forgetOldestOfTargets = `
  WITH target AS MATERIALIZED (
    SELECT j.value ->> 0 AS peer_id, j.value ->> 1 AS wa_id, (
      SELECT w.id FROM waiting w WHERE w.peer_id = j.value ->> 0 AND w.wa_id = j.value ->> 1
      ORDER BY w.id DESC LIMIT 1 OFFSET ${mostWaiting.ofTarget}
    ) AS until
    FROM jsonb_each(?) j
  )
  DELETE FROM waiting WHERE id IN (
    SELECT w.id FROM target t CROSS JOIN waiting w ON w.peer_id = t.peer_id AND w.wa_id = t.wa_id AND w.id <= t.until
  )`

const forgetOldestOfChat = `
  DELETE FROM waiting WHERE peer_id = ?1 AND id <= (
    SELECT id FROM waiting WHERE peer_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ${mostWaiting.ofChat}
  )`

const forgetOldest = `
  DELETE FROM waiting WHERE session_id = ? AND id <= (
    SELECT id FROM waiting WHERE session_id = ? ORDER BY id DESC LIMIT 1 OFFSET ${bounded}
  )`

export async function saveWaiting(db: Connection, sessionId: string, rows: WaitingRow[]): Promise<void> {
  await db.all(insert, sessionId, JSON.stringify(rows.map(valuesOf)))
  const targets = new Map(rows.map(({ peerId, waId }) => [`${peerId} ${waId}`, [peerId, waId]]))
  await db.all(forgetOldestOfTargets, JSON.stringify([...targets.values()]))
  for (const peerId of new Set(rows.map((row) => row.peerId))) await db.all(forgetOldestOfChat, peerId)
  await db.all(forgetOldest, sessionId, sessionId, mostWaiting.ofSession)
}

export async function deleteWaiting(db: Connection, ids: number[]): Promise<void> {
  await db.all(deleteRows, JSON.stringify(ids))
}

const valuesOf = ({ author, deletion, ...row }: WaitingRow) => [
  row.peerId,
  row.waId,
  author.fromMe,
  author.address,
  row.body,
  row.mentions,
  row.editedAt,
  numberOf(deletion),
  row.status,
  row.error,
  row.reactions,
  row.votes,
]
