import type { StoredEvent } from '../../model/events.ts'
import type { Fact } from '../../model/facts.ts'
import type { Owned } from '../../model/owned.ts'

/** What an `ingest` call has changed. */
export interface Ingested {
  /** How many messages are new, or have got content that they lacked. */
  messages: number
  /** Contents that are sealed under a message that is not there, or of which nothing is kept: they wait. Absent = none. */
  unopened?: number
  /**
   * What was stored of it in the event log, in the same commit; in order. Of a call that took several
   * commits, those of the last. Histories tell nothing, nor does what changes nothing.
   */
  events: StoredEvent[]
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
