import type { EventName, StoredEvent } from '../../model/events.ts'

/** Which part of a log is asked for. */
export interface EventRequest {
  /** Events after this position; 0 = from the first. */
  after: number
  /** At most so many events; fewer where they are long. */
  limit: number
  /** Of this session alone. */
  sessionId?: string
  /** With these names alone. */
  events?: readonly EventName[]
}

/** What was found of an organization's log. */
export interface EventPage {
  /** Ascending by position. */
  events: StoredEvent[]
  /**
   * Up to here there are no others for this request: the next one goes on after it. Below `after` when the log has not come that
   * far: then it is an older copy of the one that was read before.
   */
  scanned: number
  /** The oldest position that may still be there: who has read less than the one before it has missed something. */
  first: number
}

/**
 * The event log: what has changed in the stored copy, written in the commit that changes it. Whoever can see a position can
 * see all before it that were not purged. An edit of a message goes when a later one, or its deletion, is told.
 */
export interface EventLog {
  /** A page of an organization's log. Looks at a bounded part of it, however few events fit. */
  readEvents(organizationId: string, request: EventRequest): Promise<EventPage>
  /** The position of the newest event; 0 = there was none yet. */
  eventHead(organizationId: string): Promise<number>
  /**
   * Removes events that were stored before this time, the oldest first.
   * @param limit at most so many
   * @returns how many were removed; fewer than `limit` = none is left
   */
  purgeEvents(before: number, limit: number): Promise<number>
}
