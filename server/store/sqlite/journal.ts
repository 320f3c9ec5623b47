import type { Store } from '../../ports/store/store.ts'
import { bounded, type Connection } from './connection.ts'
import { purging } from './job.ts'
import type { Fence } from './owners.ts'
import { moveSettled, purgeSettled, selectNewestSettled, selectSettled } from './settled.ts'
import type { Writer } from './writer.ts'

type Journal = Pick<Store, 'listJournal' | 'setJournalAttempts' | 'findJournaled' | 'recentJournal' | 'purgeJournal'>

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
    SELECT NULL FROM (${selectSettled})`

  const selectRecent = `
    SELECT substr(hash, 1, 8) AS digest FROM journal WHERE session_id = ?1
    UNION ALL
    SELECT digest FROM (${selectNewestSettled})`

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
      }, owned)
    },

    async findJournaled(sessionId, hash) {
      const [row] = await reader().all<{ entry: Buffer | null }>(selectOne, sessionId, hash)
      return row && { ...(row.entry !== null && { entry: row.entry }) }
    },

    async recentJournal(sessionId, limit) {
      return (await reader().all<{ digest: Buffer }>(selectRecent, sessionId, limit)).map(({ digest }) => digest)
    },

    // With low priority: nobody waits for it.
    purgeJournal: (now, limit) =>
      writer.write(async (db) => (await moveSettled(db, limit)) || purgeSettled(db, now, limit), purging(limit)),
  }
}
