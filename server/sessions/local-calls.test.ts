import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { conflict } from '../model/errors.ts'
import { LiveError, type LiveFailure } from '../ports/live-calls.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { NoAnswer, NotConnected } from '../ports/whatsapp/calls.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'
import { createLocalCalls } from './local-calls.ts'

type Session = Exclude<ReturnType<Parameters<typeof createLocalCalls>[0]>, undefined>

const jid = '6281234567890@s.whatsapp.net'
const options = { withinMs: 1_000 }

const callsOf = (session: Partial<Session> = {}) =>
  createLocalCalls((id) =>
    id === 'sess_1'
      ? {
          client: undefined,
          qr: undefined,
          pairingCode: async () => 'ABCD1234',
          outbox: noOutbox,
          media: undefined,
          ...session,
        }
      : undefined,
  )

const noOutbox: Session['outbox'] = { send: async () => {}, resume: () => {}, cancelled: () => {}, heard: () => {} }

const connected = (sendChatPresence: WhatsAppClient['sendChatPresence']) =>
  callsOf({ client: { sendChatPresence } as WhatsAppClient })

const failureOf = async (work: Promise<unknown>): Promise<LiveFailure> => {
  const error: unknown = await work.then(
    () => new Error('it was carried out'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof LiveError) return error.failure
  throw error
}

test('goes to the connected client with what was given, and the caller’s patience', async () => {
  const sent: unknown[] = []
  const calls = connected(async (...args) => void sent.push(args))
  expect(await calls.call('sess_1', 'presence.send', { jid, state: 'composing' }, options)).toBeNull()
  expect(sent).toEqual([[jid, 'composing', options]])
})

test('the result is a copy', async () => {
  const qr = { code: 'code-1', expiresAt: 7 }
  const shown = await callsOf({ qr }).call('sess_1', 'qr.get', {}, options)
  expect(shown).toEqual(qr)
  expect(shown).not.toBe(qr)
  expect(await callsOf().call('sess_1', 'qr.get', {}, options)).toBeNull()
})

describe('certainly not carried out', () => {
  test('on a session that does not run here', async () => {
    expect(await failureOf(callsOf().call('sess_2', 'qr.get', {}, options))).toEqual({ kind: 'not_live' })
  })

  test('on one that is not connected', async () => {
    const work = callsOf().call('sess_1', 'presence.send', { jid, state: 'paused' }, options)
    expect(await failureOf(work)).toEqual({ kind: 'not_live' })
  })

  test('with more than 512 KiB', async () => {
    const phone = 'x'.repeat(512 * 1024)
    let called = false
    const calls = callsOf({
      pairingCode: async () => {
        called = true
        return ''
      },
    })
    expect(await failureOf(calls.call('sess_1', 'pairing.code', { phone }, options))).toMatchObject({
      kind: 'refused',
      code: 'payload_too_large',
    })
    expect(called).toBe(false)
  })
})

describe('nobody knows', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  const never = callsOf({ pairingCode: () => new Promise(() => {}) })
  const args = { phone: '6281234567890' }

  test('when the time is over', async () => {
    const failed = failureOf(never.call('sess_1', 'pairing.code', args, options))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await failed).toEqual({ kind: 'unknown' })
  })

  test('when the caller goes', async () => {
    const caller = new AbortController()
    const failed = failureOf(never.call('sess_1', 'pairing.code', args, { ...options, signal: caller.signal }))
    caller.abort()
    expect(await failed).toEqual({ kind: 'unknown' })
    expect(vi.getTimerCount()).toBe(0)
  })

  test('when the caller goes while WhatsApp is asked', async () => {
    const caller = new AbortController()
    const calls = connected((_jid, _state, limits) => Promise.reject(limits?.signal?.reason))
    caller.abort()
    const asked = calls.call(
      'sess_1',
      'presence.send',
      { jid, state: 'composing' },
      { ...options, signal: caller.signal },
    )
    expect(await failureOf(asked)).toEqual({ kind: 'unknown' })
  })

  test('when WhatsApp does not answer', async () => {
    const calls = connected(() => Promise.reject(new NoAnswer('late')))
    const asked = calls.call('sess_1', 'presence.send', { jid, state: 'composing' }, options)
    expect(await failureOf(asked)).toEqual({ kind: 'unknown' })
  })
})

test.each([
  [
    conflict('the session is already paired'),
    { kind: 'refused', code: 'conflict', message: 'the session is already paired' },
  ],
  [new StoreUnavailable('locked'), { kind: 'refused', code: 'gateway_unavailable' }],
  [new NotConnected('gone'), { kind: 'not_live' }],
  [
    new TypeError('x is not a function: 6281234567890'),
    { kind: 'refused', code: 'internal', message: expect.not.stringContaining('628') },
  ],
])('%s travels as data', async (error, failure) => {
  const calls = callsOf({ pairingCode: () => Promise.reject(error) })
  const failed = calls.call('sess_1', 'pairing.code', { phone: '6281234567890' }, options)
  expect(await failureOf(failed)).toMatchObject(failure)
  await expect(failed).rejects.toMatchObject({ cause: error })
})
