import type { Owned } from '../../model/owned.ts'
import type { OwnerPatch, SessionPatch, SessionRow, SessionStatus } from '../../model/session.ts'
import type { KeptAnswer } from './idempotency.ts'

/** So many sessions have this status for a reason of this kind. */
export interface SessionCount {
  /** One of the documented statuses. */
  status: SessionStatus
  /** `none` when there is nothing to add to the status, `other` beside words of a version that kept no codes. */
  reason: string
  /** At least 1. */
  count: number
}

/** The rows of sessions. */
export interface SessionStore {
  /**
   * Stores a new session.
   * @param kept the answer to whoever creates it under an idempotency key: stored with the session, both or none
   * @throws KeyTaken, StoreUnavailable
   */
  insertSession(row: SessionRow, kept?: KeptAnswer): Promise<void>
  /**
   * The organization's session, or undefined: unknown and foreign look the same.
   * @param organizationId undefined = of whichever organization it is
   */
  findSession(organizationId: string | undefined, sessionId: string): Promise<SessionRow | undefined>
  /** The organization's sessions, oldest first. */
  listSessions(organizationId: string): Promise<SessionRow[]>
  /** Sessions of all organizations that shall be connected, or were when their owner ended, oldest first: for the start of a process. */
  sessionsAtWork(): Promise<SessionRow[]>
  /** Of all organizations; what there is at least one of, in no order. */
  countSessions(): Promise<SessionCount[]>
  /** Any node's write: applies a patch and sets `updatedAt`; returns the row after it, undefined when the session is gone. */
  updateSession(sessionId: string, patch: SessionPatch, now: number): Promise<SessionRow | undefined>
  /** The owner's write: applies a patch and sets `updatedAt`. @throws Fenced */
  updateOwned(owned: Owned, patch: OwnerPatch, now: number): Promise<void>
  /** Removes the session and everything that is stored under it, and with it its owner's right to write. False when there was none. */
  deleteSession(sessionId: string): Promise<boolean>
}
