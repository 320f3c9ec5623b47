import type { StoredEvent } from '../../model/events.ts'
import type { Fact } from '../../model/facts.ts'
import type { Owned } from '../../model/owned.ts'

/** The result of an `ingest` call. */
export interface Ingested {
  /** How many messages are new, or got content that was missing. */
  messages: number
  /** How many encrypted contents wait, because the message that decrypts them is not stored. Absent = none. */
  unopened?: number
  /**
   * The events that were written in the same commit, in order. A call of several commits returns those of the last. History
   * imports, and facts that change nothing, write none.
   */
  events: StoredEvent[]
}

/** Stores the facts that come from WhatsApp. */
export interface IngestStore {
  /**
   * Stores facts in order, all or none. Idempotent and convergent: repeated facts change nothing; an edit, revoke or receipt that
   * arrives before its message waits for it; two addresses of one person become one chat. Calls of one session are stored in call
   * order; calls of several sessions may share a commit.
   * @param settled hashes of the journal entries whose last facts are these
   * @throws Fenced
   */
  ingest(owned: Owned, facts: Fact[], now: number, settled?: Buffer[]): Promise<Ingested>
}
