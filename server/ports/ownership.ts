/**
 * Which node works for a session. One at a time holds a session's lease, and each acquisition gives it a new epoch; the writes
 * that only the owner may make carry it, so a node that was replaced and does not know it yet stores nothing.
 *
 * A node acquires what it has to connect; a request never does. With several nodes a lease ends by the store's clock unless it is
 * renewed, and the owner's own end of it is measured by a clock that never goes back.
 */
import type { Owned } from '../model/owned.ts'

/** A node's right to work for one session, until it is given back or lost. */
export interface Lease {
  /** What the owner's writes carry. */
  readonly owned: Owned
  /**
   * Aborted when the session has another owner, or none any more as it was deleted. Its reason is the `Fenced` that a write met,
   * if one did. Nothing is sent and nothing is written after it.
   */
  readonly lost: AbortSignal
  /** Gives it back, once the connection is closed and everything is written. Idempotent. */
  release(): Promise<void>
}

/** Acquires sessions for this node. */
export interface Ownership {
  /**
   * Makes this node the owner of a session, with an epoch that is one higher than the last.
   * @returns undefined when another node holds the session, or there is no such session
   */
  acquire(sessionId: string): Promise<Lease | undefined>
}
