/** The journal entries whose messages are stored, as short rows: see `schema/0013-settled.sql`. */
import { bounded, type Connection } from './connection.ts'

const dayMs = 24 * 60 * 60 * 1000

/** WhatsApp keeps unacknowledged messages for about this long. */
const keptDays = 14

const dayOf = (now: number): number => Math.floor(now / dayMs)

const insertSettled = `
  INSERT INTO journal_writes (session_id, hash, day) SELECT ?, unhex(j.value), ? FROM json_each(?) j`

/** Marks entries as stored, inside the commit that stores them. */
export async function settle(db: Connection, sessionId: string, hashes: Buffer[], now: number): Promise<void> {
  if (hashes.length === 0) return
  await db.all(insertSettled, sessionId, dayOf(now), JSON.stringify(hashes.map((hash) => hash.toString('hex'))))
}

const numberOf = '(SELECT number FROM journal_sessions WHERE session_id = ?1)'

/** Parameters: session, hash. A seek for each day: at most fifteen. */
export const selectSettled = `
  WITH RECURSIVE days (day) AS (
    SELECT max(day) FROM settled WHERE session = ${numberOf}
    UNION ALL
    SELECT (SELECT max(s.day) FROM settled s WHERE s.session = ${numberOf} AND s.day < days.day)
    FROM days WHERE days.day IS NOT NULL
  )
  SELECT 1 FROM days CROSS JOIN settled s
  WHERE s.session = ${numberOf} AND s.day = days.day AND s.digest = substr(?2, 1, 8)
  UNION ALL
  SELECT 1 FROM journal_settled WHERE session_id = ?1 AND hash = ?2`

/** Parameters: session, limit. The newest days first. */
export const selectNewestSettled = `
  SELECT digest FROM (
    SELECT digest FROM settled WHERE session = ${numberOf} ORDER BY day DESC LIMIT ?2 + 0
  )
  UNION ALL
  SELECT substr(hash, 1, 8) FROM (
    SELECT hash FROM journal_settled WHERE session_id = ?1 ORDER BY id DESC LIMIT ?2 + 0
  )`

/** What a session that has new credentials, or is gone, leaves behind is deleted by `purgeSettled`. */
export const forgetSettled = [
  'DELETE FROM journal_sessions WHERE session_id = ?',
  'DELETE FROM journal_settled WHERE session_id = ?',
]

const oldest = (limit: string) => `(SELECT * FROM journal_settled ORDER BY id LIMIT ${limit} + 0)`

const moves = [
  `INSERT INTO journal_sessions (session_id) SELECT DISTINCT session_id FROM ${oldest('?1')}
   WHERE session_id NOT IN (SELECT session_id FROM journal_sessions)`,
  `INSERT INTO settled (session, day, digest)
   SELECT s.number, o.settled_at / ${dayMs}, substr(o.hash, 1, 8)
   FROM ${oldest('?1')} o JOIN journal_sessions s ON s.session_id = o.session_id WHERE true
   ON CONFLICT DO NOTHING`,
]
const deleteMoved = `DELETE FROM journal_settled WHERE id IN (SELECT id FROM ${oldest('?1')}) RETURNING id`

/** Moves rows of earlier versions. @returns how many; fewer than `limit` = none is left */
export async function moveSettled(db: Connection, limit: number): Promise<number> {
  for (const statement of moves) await db.all(statement, limit)
  return (await db.all(deleteMoved, limit)).length
}

// Walks from number to number, and in each over its first rows only.
export const deleteExpired = `
  WITH RECURSIVE numbers (number) AS (
    SELECT min(session) FROM settled
    UNION ALL
    SELECT (SELECT min(s.session) FROM settled s WHERE s.session > numbers.number)
    FROM numbers WHERE numbers.number IS NOT NULL
  )
  DELETE FROM settled WHERE (session, day, digest) IN (
    SELECT s.session, s.day, s.digest FROM numbers CROSS JOIN settled s
    WHERE s.session = numbers.number
      AND s.day < iif(EXISTS (SELECT 1 FROM journal_sessions j WHERE j.number = numbers.number), ?1, 1e9)
    LIMIT ${bounded}
  )
  RETURNING session`

/** Deletes rows that are too old, or of nobody. @returns how many; fewer than `limit` = none is left */
export const purgeSettled = async (db: Connection, now: number, limit: number): Promise<number> =>
  (await db.all(deleteExpired, dayOf(now) - keptDays, limit)).length
