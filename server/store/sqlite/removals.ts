import type { Store } from '../../ports/store/store.ts'
import { bounded, type Connection } from './connection.ts'
import type { Writer } from './writer.ts'

type Removals = Pick<Store, 'deleteSession'> & {
  /** Continues removals that the end of a process interrupted. */
  finishRemovals(): Promise<void>
}

const rowsPerRemoval = 2000
/** How many sessions are removed at a time: each fills a commit, and other sessions import meanwhile. */
const mostRemovals = 4

/** Tables with any number of rows. Events first, because deleting a message searches for its events. */
export const removalPieces = {
  deleteEvents: `DELETE FROM events WHERE id IN (SELECT id FROM events WHERE session_id = ? LIMIT ${bounded})`,
  deleteAnswers: `
    DELETE FROM kept_answers WHERE id IN (SELECT id FROM kept_answers WHERE session_id = ? LIMIT ${bounded})`,
  deleteMessages: `
    DELETE FROM messages WHERE (chat_id, timestamp, seq) IN (
      SELECT m.chat_id, m.timestamp, m.seq FROM chats c JOIN messages m ON m.chat_id = c.id
      WHERE c.session_id = ? LIMIT ${bounded}
    )`,
}

/** Deletes a session at once, and its rows in batches. */
export function createRemovals(reader: () => Connection, writer: Writer): Removals {
  const insertRemoval = 'INSERT INTO removals (session_id) SELECT id FROM sessions WHERE id = ? RETURNING session_id'
  const deleteSession = 'DELETE FROM sessions WHERE id = ?'

  const selectRemovals = 'SELECT session_id FROM removals'
  const selectRemoval = 'SELECT 1 FROM removals WHERE session_id = ?'
  const countChanges = 'SELECT changes() AS changes'
  const deleteRest = [
    'DELETE FROM waiting WHERE session_id = ?',
    'DELETE FROM sealed_waiting WHERE session_id = ?',
    'DELETE FROM authors WHERE address_id IN (SELECT id FROM addresses WHERE session_id = ?)',
    'DELETE FROM chats WHERE session_id = ?',
    'DELETE FROM addresses WHERE session_id = ?',
    'DELETE FROM peers WHERE session_id = ?',
    'DELETE FROM removals WHERE session_id = ?',
  ]

  let removals = 0
  const waiting: (() => void)[] = []

  /** Limits concurrent removals: a caller may delete hundreds of sessions at once. */
  async function remove(sessionId: string): Promise<void> {
    if (removals < mostRemovals) removals += 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      await removeNow(sessionId)
    } finally {
      const next = waiting.shift()
      if (next) next()
      else removals -= 1
    }
  }

  // In batches, so that a session with a million messages does not block the others.
  async function removeNow(sessionId: string): Promise<void> {
    const removal = { sessionId, facts: rowsPerRemoval }
    for (const statement of Object.values(removalPieces)) {
      let removed: number
      do {
        removed = await writer.write(async (db) => {
          await db.all(statement, sessionId, rowsPerRemoval)
          const [row] = await db.all<{ changes: number }>(countChanges)
          return row?.changes ?? 0
        }, removal)
      } while (removed === rowsPerRemoval)
    }
    await writer.write(async (db) => {
      for (const statement of deleteRest) await db.all(statement, sessionId)
    }, removal)
  }

  return {
    async deleteSession(sessionId) {
      const { isKnown, isOpen } = await writer.write(
        async (db) => {
          const rows = await db.all(insertRemoval, sessionId)
          await db.all(deleteSession, sessionId)
          return { isKnown: rows.length > 0, isOpen: (await db.all(selectRemoval, sessionId)).length > 0 }
        },
        { sessionId },
      )
      // Also for a session whose earlier removal failed.
      if (isOpen) await remove(sessionId)
      return isKnown
    },

    async finishRemovals() {
      for (const { session_id } of await reader().all<{ session_id: string }>(selectRemovals)) await remove(session_id)
    },
  }
}
