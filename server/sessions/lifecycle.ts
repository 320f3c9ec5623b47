/** The state of a session and its row, which change together, and only here. */
import type { Logger } from 'pino'
import { type SessionRow, withSettings } from '../model/session.ts'
import type { RowWriter } from './row-writer.ts'
import { type Known, patchBetween, rowIn, stateOf } from './session-row.ts'
import { type Next, type SessionEvent, type SessionState, transition } from './state.ts'

export interface Lifecycle {
  readonly state: SessionState
  readonly row: SessionRow
  /**
   * Applies an event to the state machine, and carries out the transition.
   * @param known what the event adds to the row
   * @returns resolves when the change is stored; a rejection may be ignored, because the writer retries
   */
  dispatch(event: SessionEvent, known?: Known): Promise<void>
  /** @param until epoch ms until which WhatsApp lets the account begin no chats; absent = it may begin some. @returns as `dispatch` */
  restrict(until?: number): Promise<void>
  /** Takes over the settings of a row that was stored meanwhile. */
  adopt(stored: SessionRow): void
}

export interface LifecycleParts {
  stored: SessionRow
  writer: Pick<RowWriter, 'write'>
  /** Carries out a transition. */
  follow: (next: Next) => void
  clock: () => number
  log: Pick<Logger, 'info' | 'warn'>
}

export const createLifecycle = ({ stored, writer, follow, clock, log }: LifecycleParts): Lifecycle => {
  let row = stored
  let state = stateOf(stored)

  const change = (next: SessionRow): Promise<void> => {
    const before = row
    const patch = patchBetween(before, next)
    if (patch === undefined) return Promise.resolve()
    row = { ...next, updatedAt: clock() }
    if (before.status !== row.status || before.statusReason !== row.statusReason) logStatus(log, row)
    const written = writer.write(patch, row.updatedAt)
    written.catch(() => {})
    return written
  }

  return {
    get state() {
      return state
    },
    get row() {
      return row
    },
    restrict(until) {
      const { restrictedUntil: _before, ...rest } = row
      return change({ ...rest, ...(until !== undefined && { restrictedUntil: until }) })
    },
    adopt(stored) {
      row = { ...withSettings(row, stored), updatedAt: Math.max(row.updatedAt, stored.updatedAt) }
    },
    dispatch(event, known = {}) {
      const result = transition(state, event)
      state = result.state
      const written = change(rowIn({ ...row, ...known }, state))
      follow(result.next)
      return written
    },
  }
}

const words: Record<SessionRow['status'], string> = {
  starting: 'connecting to WhatsApp',
  scan_qr_code: 'waiting for a phone to scan the code',
  working: 'connected to WhatsApp',
  failed: 'failed',
  stopped: 'stopped',
  logged_out: 'logged out',
}

const logStatus = (log: Pick<Logger, 'info' | 'warn'>, { id, status, statusReason }: SessionRow) => {
  const text = words[status] + (statusReason === undefined ? '' : `: ${statusReason}`)
  // `logged_out` with a reason was not caused by a logout through this API.
  if (status === 'failed' || (status === 'logged_out' && statusReason !== undefined)) log.warn({ sessionId: id }, text)
  else log.info({ sessionId: id }, text)
}
