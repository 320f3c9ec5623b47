import type { Owned } from '../../model/owned.ts'
import type { Lease } from '../../ports/ownership.ts'
import { Fenced } from '../../ports/store/errors.ts'

/** The leases of this process. */
export interface Leases {
  /** The earlier lease of the session is lost. */
  grant(owned: Owned): Lease
  /** A write with this epoch was refused: its lease is lost. */
  refused(owned: Owned, error: Fenced): void
}

export const createLeases = (): Leases => {
  const held = new Map<string, { epoch: number; lost: AbortController }>()

  return {
    grant(owned) {
      const { sessionId, epoch } = owned
      held.get(sessionId)?.lost.abort(new Fenced())
      const lost = new AbortController()
      held.set(sessionId, { epoch, lost })
      return {
        owned,
        lost: lost.signal,
        async release() {
          if (held.get(sessionId)?.epoch === epoch) held.delete(sessionId)
        },
      }
    },

    refused({ sessionId, epoch }, error) {
      const lease = held.get(sessionId)
      if (lease?.epoch !== epoch) return
      held.delete(sessionId)
      lease.lost.abort(error)
    },
  }
}
