import { hostname } from 'node:os'
import type { Owned } from '../../model/owned.ts'
import type { Ownership } from '../../ports/ownership.ts'
import { Fenced, SessionGone } from '../../ports/store/errors.ts'
import type { Connection } from './connection.ts'
import type { Writer } from './writer.ts'

/** Refuses writes of owners that were replaced. A lease whose write is refused is lost. */
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
 */
export function createOwners(writer: Writer): Ownership & { fence: Fence } {
  const upsertOwner = `
    INSERT INTO owners (session_id, epoch, node) SELECT id, 1, ?2 FROM sessions WHERE id = ?1
    ON CONFLICT (session_id) DO UPDATE SET epoch = epoch + 1, node = excluded.node
    RETURNING epoch, (SELECT s.organization_id FROM sessions s WHERE s.id = session_id) AS organizationId`

  const selectOwner = `SELECT 1 FROM owners o WHERE ${isOwner}`
  const selectSession = 'SELECT 1 FROM sessions WHERE id = ?'

  const node = `${hostname()}/${process.pid}`
  const held = new Map<string, { epoch: number; lost: AbortController }>()

  const refusal = async (db: Connection, { sessionId, epoch }: Owned) => {
    const [session] = await db.all(selectSession, sessionId)
    const refused = session ? new Fenced() : new SessionGone()
    const lease = held.get(sessionId)
    if (lease?.epoch === epoch) {
      held.delete(sessionId)
      lease.lost.abort(refused)
    }
    return refused
  }

  return {
    async acquire(sessionId) {
      const [row] = await writer.write((db) => db.all<Omit<Owned, 'sessionId'>>(upsertOwner, sessionId, node), {
        sessionId,
      })
      if (!row) return undefined
      const { epoch, organizationId } = row
      held.get(sessionId)?.lost.abort(new Fenced())
      const lost = new AbortController()
      held.set(sessionId, { epoch, lost })
      return {
        owned: { sessionId, organizationId, epoch },
        lost: lost.signal,
        async release() {
          if (held.get(sessionId)?.epoch === epoch) held.delete(sessionId)
        },
      }
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
