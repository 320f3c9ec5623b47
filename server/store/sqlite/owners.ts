import { hostname } from 'node:os'
import type { Owned } from '../../model/owned.ts'
import { Fenced, SessionGone } from '../../ports/store/errors.ts'
import type { Connection } from './connection.ts'
import type { Writer } from './writer.ts'

/** Refuses writes of owners that were replaced. */
export interface Fence {
  /** The first statement of an owner's transaction. @throws Fenced */
  check(db: Connection, owned: Owned): Promise<void>
  /** The error for a statement that checks the owner itself, and has found none. */
  refusal(db: Connection, owned: Owned): Promise<Fenced>
}

/** Condition on the row `owners o`; its parameters are session and epoch. */
export const isOwner = 'o.session_id = ? AND o.epoch = ?'

/**
 * Only one process uses the database at a time, so acquiring always succeeds. The epoch refuses late writes of an earlier lease of this
 * process.
 * @param onRefused called before a write is refused
 */
export function createOwners(
  writer: Writer,
  onRefused: (owned: Owned, error: Fenced) => void,
): { acquire(sessionId: string): Promise<Owned | undefined>; fence: Fence } {
  const upsertOwner = `
    INSERT INTO owners (session_id, epoch, node) SELECT id, 1, ?2 FROM sessions WHERE id = ?1
    ON CONFLICT (session_id) DO UPDATE SET epoch = epoch + 1, node = excluded.node
    RETURNING epoch, (SELECT s.organization_id FROM sessions s WHERE s.id = session_id) AS organizationId`

  const selectOwner = `SELECT 1 FROM owners o WHERE ${isOwner}`
  const selectSession = 'SELECT 1 FROM sessions WHERE id = ?'

  const node = `${hostname()}/${process.pid}`

  const refusal = async (db: Connection, owned: Owned) => {
    const [session] = await db.all(selectSession, owned.sessionId)
    const refused = session ? new Fenced() : new SessionGone()
    onRefused(owned, refused)
    return refused
  }

  return {
    async acquire(sessionId) {
      const [row] = await writer.write((db) => db.all<Omit<Owned, 'sessionId'>>(upsertOwner, sessionId, node), {
        sessionId,
      })
      return row && { sessionId, organizationId: row.organizationId, epoch: row.epoch }
    },

    fence: {
      async check(db, owned) {
        const [owner] = await db.all(selectOwner, owned.sessionId, owned.epoch)
        if (!owner) throw await refusal(db, owned)
      },
      refusal,
    },
  }
}
