import type { Store } from '../../ports/store/store.ts'
import type { Connection } from './connection.ts'
import type { Writer } from './writer.ts'

export function createRestored(reader: () => Connection, writer: Writer): Pick<Store, 'restoredAt' | 'acceptRestored'> {
  const selectFoundAt = 'SELECT found_at AS foundAt FROM restored WHERE session_id = ?'
  const deleteAll = 'DELETE FROM restored RETURNING session_id'

  return {
    async restoredAt(sessionId) {
      const [row] = await reader().all<{ foundAt: number }>(selectFoundAt, sessionId)
      return row?.foundAt
    },

    async acceptRestored() {
      const rows = await writer.write((db) => db.all(deleteAll))
      return rows.length
    },
  }
}
