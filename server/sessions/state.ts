/**
 * What a session is, and what becomes of it: a pure function over the six documented statuses. It knows no clock, no
 * client and no store; the live session does what `next` says, and nothing else.
 */
import type { SessionStatus } from '../model/session.ts'
import type { CloseReason } from '../ports/whatsapp/connection.ts'
import { type Reason, say } from './reasons.ts'

export interface SessionState {
  status: SessionStatus
  /** Why; absent when there is nothing to add. */
  reason?: Reason
  /** It shall be connected: after a restart of the process it comes back if it is paired. */
  wanted: boolean
  /** Credentials of a WhatsApp account are stored. */
  paired: boolean
  /** Connections that failed one after another since it last held one for a while, or since a person started it. */
  failures: number
  /** Connections that WhatsApp itself asked to replace, counted the same way. */
  restarts: number
}

export type SessionEvent =
  /** It shall be connected; `urgent` when a person waits. */
  | { type: 'start'; urgent: boolean }
  /** A person wants it disconnected. */
  | { type: 'stop' }
  /** A person wants its device unlinked. */
  | { type: 'logout' }
  /** A person wants all of it gone. */
  | { type: 'remove' }
  /** The process that held it is gone; this is the first look at it in a new one. */
  | { type: 'loaded'; hasCredentials: boolean }
  | { type: 'qr' }
  | { type: 'paired' }
  | { type: 'open'; setAside?: number }
  /** It has been open for a while: the connection is good. */
  | { type: 'settled' }
  | { type: 'closed'; reason: CloseReason; detail: string }
  /** It is left out for a while: the process ended again and again, and it is under suspicion. */
  | { type: 'left_out' }
  /** Its credentials are older than what WhatsApp has seen, and were not used. */
  | { type: 'restored' }

/**
 * What the live session does after a transition.
 * - `stay`: nothing
 * - `disconnect`: closes the connection, or gives up the try, and plans no other
 * - `unlink`: the same, and unlinks the device first when it is connected
 * - `connect`: begins to connect in its turn, unless it is connected or connecting
 * - `connect_soon`: the same, ahead of those for whom no person waits
 * - `connect_at_once`: the same, without waiting for a turn
 * - `connect_later`: after the back-off of `failures`
 * - `forget`: `unlink`, and forgets the credentials
 * - `pair_afresh`: forgets the credentials, and connects soon
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

/** Nobody scans a code that can't be shown: an unpaired session gives up after so many failures in a row. */
export const maxPairingFailures = 5
/** WhatsApp asks for a new connection after pairing, once. More often in a row, and it is treated as a fault. */
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
      // Why it was logged out before stays true.
      if (state.status === 'logged_out') return { state, next: 'forget' }
      return { state: { ...ended(state, 'logged_out'), paired: false }, next: 'forget' }
    case 'loaded':
      return stay(loaded(state, event.hasCredentials))
    case 'left_out':
      return { state: because(state, 'failed', say('left_out')), next: 'disconnect' }
  }
  // What a client says after its session has ended counts for nothing: only a person brings it back.
  if (!isActive(state)) return stay(state)
  switch (event.type) {
    case 'qr':
      return stay({ ...because(state, 'scan_qr_code'), paired: false })
    case 'paired':
      // The account is told once it is stored: WhatsApp may have let the same connection in by then.
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

/** Connected, or on its way there. */
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

/** A session that is logged out stays so: it shows that pairing is needed. */
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
  // Credentials are stored before the account is known: a process may end between the two.
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
    // A client that was closed by us has no session left to tell. If it still has one, that one lost its connection.
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
    // What is stored is the other account's to see nothing of, and to write nothing to.
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
 * An unpaired session that WhatsApp logs out has credentials all the same: of a pairing that was not finished, or that
 * ended with the process before it was known. They stand in the way of a new pairing, and WhatsApp takes them no more.
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

/** The account is fine and the gateway is not: a paired session comes back when it is restarted with better settings. */
const misconfigured = (state: SessionState, reason: Reason): Transition =>
  stay({ ...ended(state, 'failed', reason), wanted: state.wanted && state.paired })
