import type { EventName, StoredEvent } from '../../model/events.ts'

/** Which part of a log is requested. */
export interface EventRequest {
  /** Events after this position; 0 = from the first. */
  after: number
  /** The most events of the page; fewer come where they are long. */
  limit: number
  /** Only events of this session. */
  sessionId?: string
  /** Only events with these names. */
  events?: readonly EventName[]
}

/** One page of an organization's log. */
export interface EventPage {
  /** Ascending by position. */
  events: StoredEvent[]
  /**
   * The log was searched up to this position: the next request continues after it. Below `after` when the log ends before it, because
   * the database was restored from an older copy.
   */
  scanned: number
  /** The oldest position that may still be there: a reader that stopped earlier than the one before it has missed events. */
  first: number
}

/** What `purgeEvents` has done. */
export interface PurgedEvents {
  /** How many were removed; fewer than the limit = no more are left. */
  removed: number
  /** Ids of the webhooks that some of them were not delivered to. */
  missedBy: string[]
}

/**
 * The event log: changes of the stored copy, each written in the commit that makes it. A reader that sees a position sees all earlier
 * ones that were not purged. The event of an edit is removed when a later edit, or the deletion, is written.
 */
export interface EventLog {
  /** Reads a page of an organization's log. Searches a bounded part of it, even if few events match. */
  readEvents(organizationId: string, request: EventRequest): Promise<EventPage>
  /** The position of the newest event; 0 = there was none yet. */
  eventHead(organizationId: string): Promise<number>
  /**
   * Removes events that were stored before this time, the oldest first, and notes for each webhook which of them it was not delivered
   * (`takeWebhook`).
   * @param limit the most that one call removes or returns
   */
  purgeEvents(before: number, limit: number): Promise<PurgedEvents>
}
