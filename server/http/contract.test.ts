/** A large body is read when there is room for it, and its room is given back whatever the answer is. */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { contract } from '../../generated/contract.ts'
import { unavailable } from '../model/errors.ts'
import type { Handlers } from '../operation.ts'
import { createContract } from './contract.ts'

const unused = () => {
  throw new Error('this test does not call it')
}

const asked = async (admit: () => Promise<() => void>, type: string) => {
  const headers = { 'content-type': type, 'content-length': '2000000' }
  const stream = Object.assign(Readable.from([Buffer.from('{}')]), { headers }) as unknown as IncomingMessage
  const handlers = Object.fromEntries(Object.keys(contract.operations).map((id) => [id, unused]))
  const { answer } = await createContract({
    contract,
    handlers: handlers as unknown as Handlers,
    authenticate: async () => ({
      kind: 'apiKey',
      subject: 'key_1',
      organizationId: 'org_1',
      capabilities: new Set(['send']),
      superAdmin: false,
    }),
    findSession: async () => undefined,
    findLive: () => undefined,
    idempotent: { once: unused },
    loadObject: () => undefined,
    checkState: () => undefined,
    pacing: { admit: async () => undefined, wrongToken: async () => undefined },
    largeBodies: { admit },
  })
  const error = await answer({
    method: 'POST',
    path: '/api/v1/sessions/sess_01KERN71T0J4N2XM6TSKAR76K0/messages',
    query: '',
    headers,
    address: () => '127.0.0.1',
    stream,
    accepts: () => false,
    signal: new AbortController().signal,
    onOperation: () => {},
  }).catch((thrown: unknown) => thrown)
  return { error, isRead: stream.readableEnded || stream.readableFlowing === true }
}

test('without room it is not read', async () => {
  const { error, isRead } = await asked(() => Promise.reject(unavailable('no room')), 'application/json')
  expect(error).toMatchObject({ code: 'gateway_unavailable' })
  expect(isRead).toBe(false)
})

test('its room is given back', async () => {
  let left = 0
  const leave = async () => () => {
    left += 1
  }
  expect((await asked(leave, 'text/plain')).error).toMatchObject({ code: 'unsupported_media_type' })
  expect((await asked(leave, 'application/json')).error).toMatchObject({ code: 'validation_error' })
  expect(left).toBe(2)
})
