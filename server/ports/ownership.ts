/**
 * Which node works for a session. One node at a time holds a session's lease. Each acquisition raises the epoch, and the writes that
 * only the owner may make carry it, so a node that was replaced and does not know it yet cannot store anything.
 *
 * A node acquires the sessions that it connects; a request never acquires one. Several nodes: a lease expires by the store's clock
 * unless it is renewed, and the owner measures its own end by a monotonic clock.
 */
import type { Owned } from '../model/owned.ts'

/** A node's right to work for one session, until it is released or lost. */
export interface Lease {
  /** What the owner's writes carry. */
  readonly owned: Owned
  /**
   * Aborted when another node has acquired the session, or the session was deleted. The reason is the `Fenced` error of the write that
   * found out, if one did. The holder sends and writes nothing after it.
   */
  readonly lost: AbortSignal
  /** Called once the connection is closed and everything is written. Idempotent. */
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
