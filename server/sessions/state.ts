/**
 * The state machine of a session: a pure function over the six documented statuses, without clock, client and store. The live session
 * carries out `next`, and nothing else.
 */
import type { SessionStatus } from '../model/session.ts'
import type { CloseReason } from '../ports/whatsapp/connection.ts'
import { type Reason, say } from './reasons.ts'

export interface SessionState {
  status: SessionStatus
  /** Why; absent when there is nothing to add. */
  reason?: Reason
  /** It should be connected: after a restart of the process it reconnects if it is paired. */
  wanted: boolean
  /** Credentials of a WhatsApp account are stored. */
  paired: boolean
  /** Consecutive failures since the last stable connection, or since a person started it. */
  failures: number
  /** Consecutive restarts that WhatsApp requested, counted the same way. */
  restarts: number
}

export type SessionEvent =
  /** A command to connect; `urgent` when a person waits. */
  | { type: 'start'; urgent: boolean }
  /** A command to disconnect. */
  | { type: 'stop' }
  /** A command to unlink its device. */
  | { type: 'logout' }
  /** A command to delete it. */
  | { type: 'remove' }
  /** It was loaded into a new process. */
  | { type: 'loaded'; hasCredentials: boolean }
  | { type: 'qr' }
  | { type: 'paired' }
  | { type: 'open'; setAside?: number }
  /** It has been open long enough: the connection is stable. */
  | { type: 'settled' }
  | { type: 'closed'; reason: CloseReason; detail: string }
  /** It is left out for a while, because the process crashed repeatedly while it was at work. */
  | { type: 'left_out' }
  /** Its credentials are older than what WhatsApp has seen, and were not used. */
  | { type: 'restored' }

/**
 * What the live session does after a transition:
 * - `stay`: nothing
 * - `disconnect`: closes the connection, or gives up the attempt, and does not reconnect
 * - `unlink`: the same, and unlinks the device first when it is connected
 * - `connect`: starts to connect in its turn, unless it is connected or connecting
 * - `connect_soon`: the same, ahead of those that no person waits for
 * - `connect_at_once`: the same, without waiting for a turn
 * - `connect_later`: after the backoff for `failures`
 * - `forget`: `unlink`, and deletes the credentials
 * - `pair_afresh`: deletes the credentials, and connects soon
 */
export type Next =
  | 'stay'
  | 'disconnect'
  | 'unlink'
  | 'connect'
  | 'connect_soon'
  | 'connect_at_once'
  | 'connect_later'
  | 'forget'
  | 'pair_afresh'

export interface Transition {
  state: SessionState
  next: Next
}

/** An unpaired session gives up after this many consecutive failures, because it has no code to show. */
export const maxPairingFailures = 5
/** WhatsApp requests a restart once after pairing. More consecutive restarts are treated as failures. */
export const maxRestarts = 3

export const transition = (state: SessionState, event: SessionEvent): Transition => {
  switch (event.type) {
    case 'start':
      return { state: started(state), next: event.urgent ? 'connect_soon' : 'connect' }
    case 'stop':
      return { state: stopped(state), next: 'disconnect' }
    case 'remove':
      return { state: stopped(state), next: 'unlink' }
    case 'logout':
      // The earlier reason for being logged out stays.
      if (state.status === 'logged_out') return { state, next: 'forget' }
      return { state: { ...ended(state, 'logged_out'), paired: false }, next: 'forget' }
    case 'loaded':
      return stay(loaded(state, event.hasCredentials))
    case 'left_out':
      return { state: because(state, 'failed', say('left_out')), next: 'disconnect' }
  }
  // Events of a client are ignored after its session has ended: only a command starts it again.
  if (!isActive(state)) return stay(state)
  switch (event.type) {
    case 'qr':
      return stay({ ...because(state, 'scan_qr_code'), paired: false })
    case 'paired':
      // `paired` is emitted after the credentials are stored, and the connection may be open by then.
      if (state.status === 'working') return stay({ ...state, paired: true, failures: 0 })
      return stay({ ...because(state, 'starting', say('paired')), paired: true, failures: 0 })
    case 'open':
      return stay({ ...because(state, 'working', keptUnread(event.setAside)), paired: true })
    case 'settled':
      return stay(state.status === 'working' ? { ...state, failures: 0, restarts: 0 } : state)
    case 'closed':
      return closed(state, event.reason, event.detail)
    case 'restored':
      return { ...misconfigured(state, say('restored')), next: 'disconnect' }
  }
}

/** Connected or connecting. */
export const isActive = ({ status }: Pick<SessionState, 'status'>) =>
  status === 'starting' || status === 'scan_qr_code' || status === 'working'

const keptUnread = (setAside = 0) =>
  setAside === 0 ? undefined : say('set_aside', setAside === 1 ? '1 message' : `${setAside} messages`)

const stay = (state: SessionState): Transition => ({ state, next: 'stay' })

const because = (state: SessionState, status: SessionStatus, reason?: Reason): SessionState => {
  const { reason: _before, ...rest } = state
  return { ...rest, status, ...(reason !== undefined && { reason }) }
}

const ended = (state: SessionState, status: SessionStatus, reason?: Reason): SessionState => ({
  ...because(state, status, reason),
  wanted: false,
  failures: 0,
  restarts: 0,
})

/** `logged_out` stays, because it shows that pairing is needed. */
const stopped = (state: SessionState): SessionState =>
  state.status === 'logged_out' ? { ...state, wanted: false } : ended(state, 'stopped')

const started = (state: SessionState): SessionState => ({
  ...(isActive(state) ? state : because(state, 'starting')),
  wanted: true,
  failures: 0,
  restarts: 0,
})

const loaded = (state: SessionState, hasCredentials: boolean): SessionState => {
  if (!isActive(state)) return state
  // Credentials are stored before the account is known, and a process may end in between.
  const paired = state.paired || hasCredentials
  if (!state.wanted) return ended(state, 'stopped')
  if (!paired) return ended(state, 'stopped', say('pairing_interrupted'))
  return { ...because(state, 'starting', say('resumed')), paired }
}

const closed = (state: SessionState, reason: CloseReason, detail: string): Transition => {
  switch (reason) {
    case 'restart':
      if (state.restarts >= maxRestarts) return lost(state, detail)
      return {
        state: { ...because(state, 'starting', say('restart')), restarts: state.restarts + 1 },
        next: 'connect_at_once',
      }
    case 'silent':
      return { state: because(state, 'starting', say('silent')), next: 'connect' }
    case 'lost':
    // The gateway closed it, but the session is still active: treated as a lost connection.
    case 'closed':
      return lost(state, detail)
    case 'broke':
      return lost(state, detail, 'broke')
    case 'logged_out':
      return loggedOut(state, detail)
    case 'replaced':
      return stay(ended(state, 'failed', say('replaced')))
    case 'banned':
      return stay(ended(state, 'failed', say('banned', detail)))
    case 'pairing_expired':
      return stay(ended(state, 'stopped', say('pairing_expired')))
    case 'pairing_failed':
      return stay(ended(state, 'failed', say('pairing_failed', detail)))
    // The other account must neither see nor change what is stored.
    case 'other_account':
      return { state: { ...ended(state, 'failed', say('other_account')), paired: false }, next: 'forget' }
    case 'outdated':
      return misconfigured(state, say('outdated'))
    case 'credentials_unreadable':
      return misconfigured(state, say('credentials_unreadable', detail))
    case 'refused':
      return misconfigured(state, say('refused', detail))
  }
}

const lost = (state: SessionState, detail: string, why: 'lost' | 'broke' = 'lost'): Transition => {
  const failures = state.failures + 1
  if (!state.paired && failures >= maxPairingFailures) return stay(ended(state, 'failed', say('unreachable', detail)))
  return {
    state: { ...because(state, 'starting', say(why, detail)), failures },
    next: 'connect_later',
  }
}

/**
 * When WhatsApp logs out an unpaired session, there are credentials of an unfinished pairing, or of one whose end the process did not
 * live to store. WhatsApp no longer accepts them, and they would prevent a new pairing.
 */
const loggedOut = (state: SessionState, detail: string): Transition => {
  if (state.paired)
    return {
      state: { ...ended(state, 'logged_out', say('logged_out')), paired: false },
      next: 'forget',
    }
  const failures = state.failures + 1
  if (failures >= maxPairingFailures) return stay(ended(state, 'failed', say('pairing_refused', detail)))
  return { state: { ...because(state, 'starting'), failures }, next: 'pair_afresh' }
}

/** The gateway's configuration is wrong, not the account: a paired session reconnects after a restart with other settings. */
const misconfigured = (state: SessionState, reason: Reason): Transition =>
  stay({ ...ended(state, 'failed', reason), wanted: state.wanted && state.paired })
