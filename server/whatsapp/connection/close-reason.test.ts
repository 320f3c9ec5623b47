import { describe, expect, test } from 'vitest'
import type { CloseReason } from '../../ports/whatsapp/connection.ts'
import { endingOf, isGone } from './close-reason.ts'

/** An error as the library ends a connection with. */
const ended = (statusCode: number, message: string, data?: unknown) =>
  Object.assign(new Error(message), { output: { statusCode }, data })

describe('of a paired session', () => {
  test.each<[string, unknown, CloseReason, string]>([
    [
      'restart',
      ended(515, 'Stream Errored (restart required)'),
      'restart',
      'WhatsApp asked for a new connection (515)',
    ],
    ['conflict', ended(440, 'Stream Errored (conflict)'), 'replaced', 'the same credentials connected elsewhere (440)'],
    ['unlinked', ended(401, 'Stream Errored (conflict)'), 'logged_out', 'WhatsApp unlinked the device (401)'],
    ['main phone gone', ended(403, 'Connection Failure'), 'logged_out', 'WhatsApp unlinked the device (403)'],
    ['unknown logout', ended(406, 'Connection Failure'), 'logged_out', 'WhatsApp unlinked the device (406)'],
    [
      'temporary ban',
      ended(402, 'Connection Failure', { code: '101', expire: '3600' }),
      'banned',
      'WhatsApp refuses this account for now (402), ban code 101, for 3600 s',
    ],
    [
      'ban with odd attributes',
      ended(402, 'Connection Failure', { code: '6281234567890 !', expire: {} }),
      'banned',
      'WhatsApp refuses this account for now (402)',
    ],
    [
      'outdated',
      ended(405, 'Connection Failure'),
      'outdated',
      'WhatsApp refuses this client version (405): set WHATSAPP_VERSION',
    ],
    [
      'bad user agent',
      ended(409, 'Connection Failure'),
      'outdated',
      'WhatsApp refuses this client version (409): set WHATSAPP_VERSION',
    ],
    [
      'no devices',
      ended(411, 'Multi-device beta not joined'),
      'refused',
      'the account does not take linked devices (411)',
    ],
    ['unknown stream error', ended(500, 'Stream Errored (unknown)'), 'lost', 'WhatsApp ended the connection (500)'],
    ['service unavailable', ended(503, 'Stream Errored (503)'), 'lost', 'WhatsApp ended the connection (503)'],
    ['generic failure', ended(400, 'Connection Failure'), 'lost', 'WhatsApp ended the connection (400)'],
    ['dropped', ended(428, 'Connection Terminated'), 'lost', 'the connection was dropped (428)'],
    [
      'no such host',
      ended(408, 'WebSocket Error (getaddrinfo ENOTFOUND)', { code: 'ENOTFOUND' }),
      'lost',
      'WhatsApp could not be reached (ENOTFOUND)',
    ],
    ['silent', ended(408, 'Connection was lost'), 'lost', 'no answer in time (408)'],
    ['nothing at all', undefined, 'lost', 'the connection ended'],
    ['any other error', new Error('6281234567890 broke'), 'lost', 'the connection ended'],
    [
      'certificate of WhatsApp',
      ended(400, 'certification match failed'),
      'refused',
      'the server is not WhatsApp: its certificate was not accepted',
    ],
    [
      'certificate of TLS',
      ended(408, 'WebSocket Error (self-signed certificate)', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
      'refused',
      'the server is not WhatsApp: its certificate was not accepted',
    ],
  ])('%s', (_, error, reason, detail) => {
    expect(endingOf(error, true)).toEqual({ reason, detail })
  })
})

describe('of a session that pairs', () => {
  test.each<[string, unknown, CloseReason, string]>([
    ['nobody scanned', ended(408, 'QR refs attempts ended'), 'pairing_expired', 'nobody scanned the code'],
    ['bad signature', ended(500, 'Invalid account signature'), 'pairing_failed', 'the pairing was not valid (500)'],
    ['refused', ended(401, 'Connection Failure'), 'pairing_failed', 'the pairing was not valid (401)'],
    ['server trouble', ended(500, 'Stream Errored (unknown)'), 'lost', 'WhatsApp ended the connection (500)'],
    ['network trouble', ended(500, 'WebSocket Error (boom)'), 'lost', 'WhatsApp ended the connection (500)'],
  ])('%s', (_, error, reason, detail) => {
    expect(endingOf(error, false)).toEqual({ reason, detail })
  })
})

describe('isGone', () => {
  test.each<[string, unknown, boolean]>([
    ['the library refuses to write', ended(428, 'Connection Closed'), true],
    ['a write that never ends', ended(408, 'Timed Out'), true],
    ['reset', Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET' }), true],
    ['reset, without a code', new Error('write EPIPE'), true],
    ['closing', new Error('WebSocket is not open: readyState 2 (CLOSING)'), true],
    ['a query under way, with the code of the WebSocket', 1006, true],
    ['a wrong call', new TypeError('Cannot destructure'), false],
    ['another answer', ended(500, 'item-not-found'), false],
  ])('%s: %s', (_, error, gone) => {
    expect(isGone(error)).toBe(gone)
  })
})
