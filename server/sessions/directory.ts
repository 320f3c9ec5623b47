/**
 * Finds sessions, on any node: in the store, or, if the session runs in this process, in its live state, because the row is written a
 * moment after a change, or later when the store fails. So a request for a session of this process does not read the store, and
 * there is no cache that could be stale.
 */
import type { Principal } from '../model/principal.ts'
import type { SessionRow, SessionStatus } from '../model/session.ts'
import type { SessionCount, SessionPage, SessionPageRequest, SessionStore } from '../ports/store/sessions.ts'

export interface Directory {
  /** The session, if it belongs to the caller's organization; undefined also when it is unknown. @throws StoreUnavailable */
  find(principal: Pick<Principal, 'organizationId' | 'superAdmin'>, sessionId: string): Promise<SessionRow | undefined>
  /** One page of the organization's sessions, oldest first. @throws StoreUnavailable */
  list(organizationId: string, request: SessionPageRequest): Promise<SessionPage>
  /** How many sessions are stored, by status and by reason. @throws StoreUnavailable */
  census(): Promise<Census>
}

export interface Census {
  /** Every status, including 0. */
  byStatus: Record<SessionStatus, number>
  /** Only counts above 0; `reason` is a code, `none` or `other`. */
  byReason: SessionCount[]
}

export interface DirectoryParts {
  store: Pick<SessionStore, 'findSession' | 'listSessions' | 'countSessions'>
  /** The row of a session that runs in this process. */
  runningHere: (sessionId: string) => SessionRow | undefined
}

export const createDirectory = ({ store, runningHere }: DirectoryParts): Directory => ({
  async find({ organizationId, superAdmin }, sessionId) {
    const row = runningHere(sessionId)
    if (row === undefined) return store.findSession(superAdmin ? undefined : organizationId, sessionId)
    return row.organizationId === organizationId || superAdmin ? row : undefined
  },

  async list(organizationId, request) {
    const page = await store.listSessions(organizationId, request)
    return { ...page, rows: page.rows.map((row) => runningHere(row.id) ?? row) }
  },

  async census() {
    const byStatus = { starting: 0, scan_qr_code: 0, working: 0, failed: 0, stopped: 0, logged_out: 0 }
    const byReason = await store.countSessions()
    for (const { status, count } of byReason) byStatus[status] += count
    return { byStatus, byReason }
  },
})
