import type { Fact } from '../../model/facts.ts'
import type { Owned } from '../../model/owned.ts'

/** How many facts of which kind an `ingest` call changed something with: for metrics. */
export interface Ingested {
  /** Messages that are new. */
  messages: number
  /** Contents that are sealed under a message that is not there, or of which nothing is kept: they wait. Absent = none. */
  unopened?: number
}

/** The way in of all that WhatsApp tells. */
export interface IngestStore {
  /**
   * Stores what WhatsApp told, in order, all or nothing. Idempotent and convergent: the same facts again change nothing,
   * an edit, revoke or receipt that comes before its message waits for it, two addresses of one person become one chat.
   * Calls of one session are stored in call order; calls of several may share a commit.
   * @param settled hashes of the journal entries that are stored with these facts, and those before them
   * @throws Fenced
   */
  ingest(owned: Owned, facts: Fact[], now: number, settled?: Buffer[]): Promise<Ingested>
}
