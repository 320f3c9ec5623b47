import type { Store } from '../../ports/store/store.ts'
import { bounded, type Connection, type Value } from './connection.ts'
import type { Fence } from './owners.ts'
import type { Writer } from './writer.ts'

type Journal = Pick<Store, 'listJournal' | 'setJournalAttempts' | 'findJournaled' | 'recentJournal'>

interface Row {
  id: number
  hash: Buffer
  entry: Buffer
  attempts: number
}

/** The most bytes of a page, because messages from a phone may have some megabytes each. */
const mostBytes = 8 * 1024 * 1024

export function createJournal(reader: () => Connection, writer: Writer, fence: Fence): Journal {
  // SQLite knows the length of an entry without reading it.
  const selectOpen = `
    WITH page AS (SELECT id, length(entry) AS bytes FROM journal WHERE session_id = ? AND id > ? ORDER BY id LIMIT ${bounded}),
    starts AS (SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS start FROM page)
    SELECT id, hash, entry, attempts FROM journal
    WHERE id IN (SELECT id FROM starts WHERE start < ${mostBytes}) ORDER BY id`

  const updateAttempts = `
    UPDATE journal SET attempts = ? WHERE session_id = ? AND id IN (SELECT value FROM json_each(?))`

  const selectOne = `
    SELECT entry FROM journal WHERE session_id = ?1 AND hash = ?2
    UNION ALL
    SELECT NULL FROM journal_settled WHERE session_id = ?1 AND hash = ?2`

  const selectRecent = `
    SELECT hash FROM journal WHERE session_id = ?1
    UNION ALL
    SELECT hash FROM (SELECT hash FROM journal_settled WHERE session_id = ?1 ORDER BY id DESC LIMIT ?2 + 0)`

  return {
    async listJournal(sessionId, { after, limit }) {
      const rows = await reader().all<Row>(selectOpen, sessionId, after ?? 0, limit)
      return rows.map(({ id, ...row }) => ({ position: id, ...row }))
    },

    async setJournalAttempts(owned, positions, attempts) {
      if (positions.length === 0) return
      await writer.write(async (db) => {
        await fence.check(db, owned)
        await db.all(updateAttempts, attempts, owned.sessionId, JSON.stringify(positions))
      })
    },

    async findJournaled(sessionId, hash) {
      const [row] = await reader().all<{ entry: Buffer | null }>(selectOne, sessionId, hash)
      return row && { ...(row.entry !== null && { entry: row.entry }) }
    },

    async recentJournal(sessionId, limit) {
      return (await reader().all<{ hash: Buffer }>(selectRecent, sessionId, limit)).map(({ hash }) => hash)
    },
  }
}

/** WhatsApp keeps unacknowledged messages for about this long. */
const keptMs = 14 * 24 * 60 * 60 * 1000

/** How many expired rows each settling removes: more than it can add, so that the table shrinks. */
const mostPurged = 200

const insertSettled = `
  INSERT INTO journal_writes (session_id, hash, settled_at) SELECT ?, unhex(j.value), ? FROM json_each(?) j`

const purge = `
  DELETE FROM journal_settled WHERE id IN (
    SELECT id FROM (SELECT id, settled_at FROM journal_settled ORDER BY id LIMIT ${mostPurged}) WHERE settled_at < ?
  )`

/** Marks entries as stored, inside the commit that stores them, and removes some expired ones. */
export async function settle(db: Connection, sessionId: string, hashes: Buffer[], now: number): Promise<void> {
  if (hashes.length === 0) return
  const values: Value[] = [sessionId, now, JSON.stringify(hashes.map((hash) => hash.toString('hex')))]
  await db.all(insertSettled, ...values)
  await db.all(purge, now - keptMs)
}
