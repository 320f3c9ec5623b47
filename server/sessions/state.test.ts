import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CloseReason } from '../ports/whatsapp/connection.ts'
import {
  isActive,
  maxPairingFailures,
  maxRestarts,
  type SessionEvent,
  type SessionState,
  type Transition,
  transition,
} from './state.ts'

const fresh: SessionState = { status: 'stopped', wanted: false, paired: false, failures: 0, restarts: 0 }
const reasons: CloseReason[] = [
  'restart',
  'silent',
  'lost',
  'broke',
  'replaced',
  'logged_out',
  'outdated',
  'banned',
  'pairing_expired',
  'pairing_failed',
  'credentials_unreadable',
  'refused',
  'closed',
]
const closedBy = (reason: CloseReason): SessionEvent => ({ type: 'closed', reason, detail: 'code 1' })

/** The state after these events, and what to do next. */
const after = (...events: SessionEvent[]): Transition =>
  events.reduce<Transition>(({ state }, event) => transition(state, event), { state: fresh, next: 'stay' })

const start: SessionEvent = { type: 'start', urgent: true }
const qr: SessionEvent = { type: 'qr' }
const paired: SessionEvent = { type: 'paired' }
const open: SessionEvent = { type: 'open' }

describe('the documented path', () => {
  test('stopped, starting, scan_qr_code, starting, working', () => {
    const path = [[], [start], [start, qr], [start, qr, paired], [start, qr, paired, closedBy('restart'), open]]
    expect(path.map((events) => after(...events).state.status)).toEqual([
      'stopped',
      'starting',
      'scan_qr_code',
      'starting',
      'working',
    ])
  })

  test('let in on the connection that it was paired on, it is working, whichever is told first', () => {
    expect(after(start, qr, paired, open).state).toEqual(after(start, qr, open, paired).state)
    expect(after(start, qr, open, paired).state).toMatchObject({ status: 'working', paired: true })
  })

  test.each<[CloseReason, SessionState['status'], Transition['next'], boolean]>([
    ['restart', 'starting', 'connect_at_once', true],
    ['silent', 'starting', 'connect', true],
    ['lost', 'starting', 'connect_later', true],
    ['broke', 'starting', 'connect_later', true],
    ['closed', 'starting', 'connect_later', true],
    ['replaced', 'failed', 'stay', false],
    ['banned', 'failed', 'stay', false],
    ['logged_out', 'logged_out', 'forget', false],
    ['outdated', 'failed', 'stay', true],
    ['refused', 'failed', 'stay', true],
    ['credentials_unreadable', 'failed', 'stay', true],
  ])('working, closed by %s: %s, then %s, wanted %s', (reason, status, next, wanted) => {
    const result = after(start, open, closedBy(reason))
    expect(result).toMatchObject({ next, state: { status, wanted } })
    expect(result.state.reason?.words).toMatch(/\S/)
  })

  test.each<[CloseReason, SessionState['status'], Transition['next'], boolean]>([
    ['lost', 'starting', 'connect_later', true],
    ['pairing_expired', 'stopped', 'stay', false],
    ['pairing_failed', 'failed', 'stay', false],
    ['logged_out', 'starting', 'pair_afresh', true],
    ['outdated', 'failed', 'stay', false],
    ['credentials_unreadable', 'failed', 'stay', false],
  ])('pairing, closed by %s: %s, then %s, wanted %s', (reason, status, next, wanted) => {
    expect(after(start, qr, closedBy(reason))).toMatchObject({ next, state: { status, wanted } })
  })

  test('logout changes nothing of a session that the phone has logged out, its reason included', () => {
    const unlinked = after(start, open, closedBy('logged_out'))
    expect(after(start, open, closedBy('logged_out'), { type: 'logout' })).toEqual(unlinked)
  })

  test('stop keeps the account, logout gives it up', () => {
    expect(after(start, open, { type: 'stop' })).toMatchObject({
      next: 'disconnect',
      state: { status: 'stopped', wanted: false, paired: true },
    })
    expect(after(start, open, { type: 'logout' })).toMatchObject({
      next: 'forget',
      state: { status: 'logged_out', wanted: false, paired: false },
    })
  })

  test('stop of a logged out session: still logged out, so that it shows that pairing is needed', () => {
    expect(after({ type: 'logout' }, { type: 'stop' })).toMatchObject({
      next: 'disconnect',
      state: { status: 'logged_out' },
    })
  })

  test('a start for which nobody waits takes its turn with the others', () => {
    expect(after({ type: 'start', urgent: false }).next).toBe('connect')
    expect(after(start).next).toBe('connect_soon')
  })

  test('remove unlinks the device and stops, as stop does', () => {
    const { state } = after(start, open, { type: 'stop' })
    expect(after(start, open, { type: 'remove' })).toEqual({ state, next: 'unlink' })
  })

  test('left out: disconnected, and still wanted', () => {
    expect(after(start, open, { type: 'left_out' })).toMatchObject({
      next: 'disconnect',
      state: { status: 'failed', wanted: true },
    })
  })

  test('credentials from an older copy are not used; the session is still paired and wanted', () => {
    const { state, next } = after(start, qr, paired, closedBy('restart'), { type: 'restored' })
    expect(next).toBe('disconnect')
    expect(state).toMatchObject({ status: 'failed', paired: true, wanted: true })
  })

  test('WhatsApp asks for new connections without end: after three they take their time', () => {
    const restarts = Array.from({ length: maxRestarts + 1 }, () => closedBy('restart'))
    expect(after(start, open, ...restarts).next).toBe('connect_later')
    expect(after(start, open, ...restarts, open, { type: 'settled' }, closedBy('restart')).next).toBe('connect_at_once')
  })
})

const sessionEvent: fc.Arbitrary<SessionEvent> = fc.oneof(
  fc.constantFrom<SessionEvent>(start, { type: 'stop' }, { type: 'logout' }, { type: 'remove' }),
  fc.boolean().map((hasCredentials): SessionEvent => ({ type: 'loaded', hasCredentials })),
  fc.constantFrom<SessionEvent>(qr, paired, open, { type: 'settled' }, { type: 'restored' }),
  fc.constantFrom(...reasons).map(closedBy),
)
const byPerson = (event: SessionEvent) => ['start', 'stop', 'logout', 'remove'].includes(event.type)

/** Calls `check` with each step of random lives. */
const always = (check: (before: SessionState, event: SessionEvent, result: Transition) => void) =>
  fc.assert(
    fc.property(fc.array(sessionEvent, { maxLength: 40 }), (events) => {
      let state = fresh
      for (const event of events) {
        const result = transition(state, event)
        check(state, event, result)
        state = result.state
      }
    }),
  )

describe('whatever happens', () => {
  test('status, wanted and paired never contradict each other', () => {
    always((_before, _event, { state }) => {
      if (isActive(state)) expect(state.wanted).toBe(true)
      if (state.status === 'working') expect(state.paired).toBe(true)
      if (state.status === 'scan_qr_code') expect(state.paired).toBe(false)
      if (state.status === 'stopped') expect(state.wanted).toBe(false)
      if (state.status === 'logged_out') expect(state).toMatchObject({ wanted: false, paired: false })
      if (state.status === 'failed') expect(state.paired || !state.wanted).toBe(true)
    })
  })

  test('a session that has ended is left alone until a person acts', () => {
    always((before, event, result) => {
      if (!isActive(before) && !byPerson(event)) expect(result).toEqual({ state: before, next: 'stay' })
    })
  })

  test('440 ends every active session, and nothing is tried after it', () => {
    always((before) => {
      if (!isActive(before)) return
      expect(transition(before, closedBy('replaced'))).toMatchObject({
        next: 'stay',
        state: { status: 'failed', wanted: false },
      })
    })
  })

  test('only an active session connects', () => {
    always((_before, _event, { state, next }) => {
      if (next.startsWith('connect') || next === 'pair_afresh') expect(isActive(state)).toBe(true)
    })
  })

  test('credentials of an account are forgotten by a logout only, here or on the phone', () => {
    always((before, event, { next }) => {
      const isLogout = event.type === 'logout' || (event.type === 'closed' && event.reason === 'logged_out')
      if (before.paired && (next === 'forget' || next === 'pair_afresh')) expect(isLogout).toBe(true)
    })
  })

  test('a failed or ended session says why; a working one has nothing to add', () => {
    always((_before, _event, { state }) => {
      if (state.status === 'failed') expect(state.reason?.words).toMatch(/\S/)
      if (state.status === 'working') expect(state).not.toHaveProperty('reason')
    })
  })

  test('pairing gives up after a bounded number of failures', () => {
    always((_before, _event, { state }) => {
      if (isActive(state) && !state.paired) expect(state.failures).toBeLessThan(maxPairingFailures)
    })
  })

  test('each command twice is the same as once', () => {
    always((before, event) => {
      if (!byPerson(event)) return
      const once = transition(before, event).state
      expect(transition(once, event).state).toEqual(once)
    })
  })

  test('a new process never believes that an old connection still exists', () => {
    always((before) => {
      const { state } = transition(before, { type: 'loaded', hasCredentials: false })
      expect(['working', 'scan_qr_code']).not.toContain(state.status)
      if (before.wanted && before.paired) expect(state.wanted).toBe(true)
    })
  })
})
