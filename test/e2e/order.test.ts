/** A request with two faults is answered for the one that comes first in the contract ("Order of checks"): each pair of neighbours. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TokenName } from '../../conformance/target.ts'
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts'

const maxSessions = 10

let sandbox: Sandbox

beforeAll(async () => {
  const env = { LIMIT_PRESENCE: '1', LIMIT_STARTS: '1', SESSIONS_PER_ORGANIZATION: String(maxSessions) }
  // The clock of the limits stands still: what is used up stays so.
  sandbox = await startSandbox({ env, paceClock: () => 0 })
})
afterAll(() => sandbox?.close())

interface Asked {
  token?: TokenName
  type?: string
  key?: string
  body?: string
}

/** @returns status, and where the first of `details.errors` is */
const ask = async (method: string, path: string, { token, type = 'application/json', key, body }: Asked) => {
  const response = await fetch(sandbox.url + path, {
    method,
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${sandbox.target.tokens[token]}` }),
      ...(body !== undefined && { 'Content-Type': type }),
      ...(key !== undefined && { 'Idempotency-Key': key }),
    },
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  const { error } = (text === '' ? {} : JSON.parse(text)) as { error?: { details?: { errors?: { path: string }[] } } }
  return [response.status, error?.details?.errors?.[0]?.path]
}

const presence = (session: string) => `/sessions/${session}/chats/6281234567890@s.whatsapp.net/presence`
const composing = '{"state":"composing"}'

test('401 before 403, and before everything else', async () => {
  expect(await ask('POST', '/sessions?unknown=1', { type: 'text/plain', body: '{' })).toEqual([401, undefined])
})

test('403 before 415', async () => {
  expect(await ask('POST', '/sessions', { token: 'readOnly', type: 'text/plain', body: '{}' })).toEqual([
    403,
    undefined,
  ])
})

test('400 and 415 before 422', async () => {
  expect(await ask('POST', '/sessions?unknown=1', { token: 'full', body: '{' })).toEqual([400, '/body'])
  const text = { token: 'full', type: 'text/plain', body: '{}' } as const
  expect(await ask('POST', '/sessions?unknown=1', text)).toEqual([415, undefined])
})

test('422 before 404', async () => {
  const { unknownSession } = sandbox.target.fixtures
  const [status] = await ask('PUT', presence(unknownSession), { token: 'full', body: '{}' })
  expect(status).toBe(422)
})

test('404 before 429 and 501', async () => {
  const { unknownSession } = sandbox.target.fixtures
  for (let n = 0; n < 3; n += 1)
    expect(await ask('PUT', presence(unknownSession), { token: 'full', body: composing })).toEqual([404, undefined])
})

test('422 before the key, the key before 409, 409 before 429', async () => {
  const create = (body: object, more: Asked = {}) =>
    ask('POST', '/sessions', { token: 'otherOrg', body: JSON.stringify(body), ...more })
  expect(await create({ label: 'one' }, { key: 'used' })).toEqual([201, undefined])
  expect(await create({ lable: 'one' }, { key: 'used' })).toEqual([422, '/body/lable'])

  // First the starts of the organization are used up, then its sessions.
  let status: unknown = 201
  while (status === 201) [status] = await create({ start: true })
  expect(status).toBe(429)
  status = 201
  while (status === 201) [status] = await create({})
  expect(status).toBe(409)

  expect(await create({ start: true })).toEqual([409, undefined])
  expect(await create({ label: 'two' }, { key: 'used' })).toEqual([422, '/header/Idempotency-Key'])
  expect(await create({ label: 'one' }, { key: 'used' })).toEqual([201, undefined])
})

test('429 before 501', async () => {
  const { offlineSession } = sandbox.target.fixtures
  expect(await ask('PUT', presence(offlineSession), { token: 'full', body: composing })).toEqual([501, undefined])
  expect(await ask('PUT', presence(offlineSession), { token: 'full', body: composing })).toEqual([429, undefined])
})
