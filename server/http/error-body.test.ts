import { expect, test } from 'vitest'
import { GatewayError, notConnected, notFound, unavailable } from '../model/errors.ts'
import { LiveError } from '../ports/live-calls.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { errorAnswer } from './error-body.ts'

test.each([
  // A caller with a key can cause these as often as it likes.
  ['WhatsApp cannot be reached', unavailable('WhatsApp could not be reached'), 503, false],
  ['the session is not connected', notConnected(), 501, false],
  ['the client is not connected', new LiveError({ kind: 'not_live' }), 501, false],
  ['WhatsApp did not answer in time', new LiveError({ kind: 'unknown' }), 503, false],
  ['the owner says no', new LiveError({ kind: 'refused', code: 'conflict', message: 'paired' }), 409, false],
  ['the owner fails', new LiveError({ kind: 'refused', code: 'internal', message: 'oh' }), 500, true],
  ['there is no such thing', notFound('chat'), 404, false],
  ['the store is away', new StoreUnavailable('locked'), 503, true],
  ['a fault of ours', new TypeError('x is not a function'), 500, true],
  ['a fault that was noticed', new GatewayError('internal', 'impossible'), 500, true],
  ['something that is no error', 428, 500, true],
])('%s: answered, and an error in the log only where something is wrong here', (_what, thrown, status, ours) => {
  expect(errorAnswer(thrown)).toMatchObject({ status, ours })
})
