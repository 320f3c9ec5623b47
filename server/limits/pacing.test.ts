import { beforeEach, expect, test } from 'vitest'
import { GatewayError } from '../model/errors.ts'
import type { Principal } from '../model/principal.ts'
import { TooSoon } from '../model/send-pace.ts'
import type { SessionRow } from '../model/session.ts'
import type { Asked, OperationId } from '../operation.ts'
import { createBuckets } from './buckets.ts'
import { createLimits, type LimitSettings, noLimits } from './limits.ts'
import { createPacing, type Pacing } from './pacing.ts'

const settings: LimitSettings = {
  wrongTokens: 1,
  pairing: 1,
  starts: 1,
  presence: 1,
  sessions: 1,
  uploadBytes: 0,
  streams: { organization: 1, all: 1 },
  webhooks: 0,
}

let now: number
let early: TooSoon | undefined
let pacing: Pacing

const sending = {
  store: { findTooSoon: async (_session: string, to: string) => (to === stranger ? early : undefined) },
  clock: () => now,
}
const stranger = '6281200000099@s.whatsapp.net'

const pacingOf = (changes: Partial<LimitSettings> = {}) =>
  createPacing({
    pace: createBuckets({ clock: () => now }),
    limits: createLimits({ ...settings, ...changes }),
    ...sending,
  })

beforeEach(() => {
  now = 0
  early = undefined
  pacing = pacingOf()
})

const session = (id: string, changes: Partial<SessionRow> = {}): SessionRow => ({
  id,
  organizationId: 'org_a',
  status: 'stopped',
  wanted: false,
  autoRead: false,
  presenceTyping: false,
  ratePerMin: 20,
  ratePerHour: 200,
  newChatsPerDay: 20,
  createdAt: 0,
  updatedAt: 0,
  ...changes,
})

const paired = (id: string, changes: Partial<SessionRow> = {}) =>
  session(id, { waJid: '6281234567890@s.whatsapp.net', ...changes })

/** @returns seconds to wait; 0 when it was let through */
const admit = async <K extends OperationId>(operationId: K, input: object): Promise<number> => {
  try {
    await pacing.admit(operationId, input as Asked<K>)
    return 0
  } catch (error) {
    if (!(error instanceof GatewayError) || error.status !== 429) throw error
    return Number(error.headers?.['Retry-After'])
  }
}

const principal = { organizationId: 'org_a' } as Principal

test('calls without a limit always pass', async () => {
  for (let turn = 0; turn < 5; turn += 1) {
    expect(await admit('stopSession', { session: session('s') })).toBe(0)
    expect(await admit('createSession', { principal, body: {} })).toBe(0)
  }
})

test.each(['working', 'scan_qr_code', 'starting'] as const)(
  'to start a session that is %s costs nothing',
  async (status) => {
    for (let turn = 0; turn < 5; turn += 1)
      expect(await admit('startSession', { session: paired('s', { status }) })).toBe(0)
    expect(await admit('restartSession', { session: paired('s', { status }) })).toBe(0)
  },
)

test.each(['stopped', 'failed', 'logged_out'] as const)('to start a session that is %s is paced', async (status) => {
  expect(await admit('startSession', { session: paired('s', { status }) })).toBe(0)
  expect(await admit('startSession', { session: paired('s', { status }) })).toBe(60)
  expect(await admit('restartSession', { session: paired('s', { status }) })).toBe(60)
  expect(await admit('startSession', { session: paired('other', { status }) })).toBe(0)
})

test('an organization begins to pair five times as often as one session, in whatever way', async () => {
  expect(await admit('createSession', { principal, body: { start: true } })).toBe(0)
  for (const id of ['a', 'b', 'c', 'd']) expect(await admit('startSession', { session: session(id) })).toBe(0)
  expect(await admit('createSession', { principal, body: { start: true } })).toBe(12)
  expect(await admit('restartSession', { session: session('e') })).toBe(12)
  expect(await admit('startSession', { session: session('f', { organizationId: 'org_b' }) })).toBe(0)
  expect(await admit('restartSession', { session: paired('g') })).toBe(0)
})

test('a session that connects is told to hurry at the pace of starts', async () => {
  const connecting = paired('s', { status: 'starting' })
  expect([await pacing.mayHurry(connecting), await pacing.mayHurry(connecting)]).toEqual([true, false])
  now += 60_000
  expect(await pacing.mayHurry(connecting)).toBe(true)
})

test('0 is no limit, for that one alone', async () => {
  pacing = pacingOf({ presence: 0 })
  for (let turn = 0; turn < 1_000; turn += 1) expect(await admit('setChatPresence', { session: session('s') })).toBe(0)
  expect(await admit('sessionPairingCode', { session: session('s') })).toBe(0)
  expect(await admit('sessionPairingCode', { session: session('s') })).toBe(60)
})

test('without limits nothing is counted', async () => {
  pacing = createPacing({ pace: { take: () => expect.unreachable() }, limits: noLimits, ...sending })
  expect(await admit('setChatPresence', { session: session('s') })).toBe(0)
  await pacing.wrongToken('192.0.2.1')
})

test('a message that may not be sent now is refused, unless it waits', async () => {
  early = new TooSoon('newChatsPerDay', 4_320_000)
  const asked = { session: paired('s'), query: {}, body: { to: stranger } }
  await expect(pacing.admit('sendMessage', asked as unknown as Asked<'sendMessage'>)).rejects.toBe(early)
  expect(await admit('sendMessage', { ...asked, query: { async: true } })).toBe(0)
  expect(await admit('sendMessage', { ...asked, body: { to: '6281200000001@s.whatsapp.net' } })).toBe(0)
})

test('wrong tokens count for the address, and the refusal names it so', async () => {
  await pacing.wrongToken('192.0.2.1')
  await pacing.wrongToken('192.0.2.2')
  await expect(pacing.wrongToken('192.0.2.1')).rejects.toMatchObject({
    code: 'rate_limited',
    status: 429,
    details: { reason: 'wrong_tokens' },
    headers: { 'Retry-After': '60' },
  })
})

test('Retry-After is rounded up to whole seconds, and is at least 1', async () => {
  pacing = pacingOf({ presence: 40_000 })
  let wait = 0
  for (let turn = 0; wait === 0 && turn < 40_001; turn += 1)
    wait = await admit('setChatPresence', { session: session('s') })
  expect(wait).toBe(1)
})
