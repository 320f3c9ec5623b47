/**
 * Who may write for a session: handed out with its lease, and given back with each of the owner's writes. Plain data, so that a
 * write can say it from anywhere.
 */
export interface Owned {
  /** `sess_` + ULID. */
  readonly sessionId: string
  /** The organization of the session. */
  readonly organizationId: string
  /** Integer from 1; rises by one with each acquisition, and is never given twice. */
  readonly epoch: number
}
