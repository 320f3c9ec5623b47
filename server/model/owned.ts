/**
 * The right to write for a session. It comes with the session's lease, and each write of the owner carries it. Plain data, so that it
 * can pass between processes.
 */
export interface Owned {
  /** `sess_` + ULID. */
  readonly sessionId: string
  /** The organization of the session. */
  readonly organizationId: string
  /** Integer from 1; rises by one with each acquisition, and is never given twice. */
  readonly epoch: number
}
