import type { Owned } from '../../model/owned.ts'
import type { OwnerPatch, SessionPatch, SessionRow, SessionStatus } from '../../model/session.ts'
import type { KeptAnswer } from './idempotency.ts'

/** How many sessions have a status for a reason. */
export interface SessionCount {
  /** One of the documented statuses. */
  status: SessionStatus
  /** `none` = the status has no reason; `other` = an earlier version stored it without a code. */
  reason: string
  /** At least 1. */
  count: number
}

/** One page of an organization's sessions. */
export interface SessionPage {
  /** In list order. */
  rows: SessionRow[]
  /** Id of the page's last session, present only when more follow. */
  last?: string
}

/** Which part of an organization's list of sessions is requested. */
export interface SessionPageRequest {
  /** The most rows of the page, 1 to 200. */
  limit: number
  /** Sessions after this id, whether or not it still exists; absent = from the start of the list. */
  after?: string
}

/** The rows of sessions. */
export interface SessionStore {
  /**
   * Stores a new session.
   * @param kept the answer under the caller's idempotency key: stored in the same commit
   * @throws KeyTaken, StoreUnavailable
   */
  insertSession(row: SessionRow, kept?: KeptAnswer): Promise<void>
  /**
   * The organization's session, or undefined: unknown and foreign look the same.
   * @param organizationId undefined = any organization
   */
  findSession(organizationId: string | undefined, sessionId: string): Promise<SessionRow | undefined>
  /** The organization's sessions in the order of their ids, which is that of their creation. */
  listSessions(organizationId: string, request: SessionPageRequest): Promise<SessionPage>
  /** How many sessions the organization has. */
  countSessionsOf(organizationId: string): Promise<number>
  /** Sessions of all organizations that should be connected, or were when their owner ended, oldest first: for the start of a process. */
  sessionsAtWork(): Promise<SessionRow[]>
  /** Counts the sessions of all organizations by status and reason; only counts above 0, in no order. */
  countSessions(): Promise<SessionCount[]>
  /**
   * Any node's write: forgets the restrictions whose time is over, and tells it as `session.restricted`.
   * @returns how many; fewer than `limit` = none is left
   */
  endRestrictions(now: number, limit: number): Promise<number>
  /** Any node's write: applies a patch and sets `updatedAt`; returns the row after it, undefined when the session is gone. */
  updateSession(sessionId: string, patch: SessionPatch, now: number): Promise<SessionRow | undefined>
  /** The owner's write: applies a patch and sets `updatedAt`. @throws Fenced */
  updateOwned(owned: Owned, patch: OwnerPatch, now: number): Promise<void>
  /** Deletes the session with everything that belongs to it; later writes of its owner are fenced. False when there was none. */
  deleteSession(sessionId: string): Promise<boolean>
}
