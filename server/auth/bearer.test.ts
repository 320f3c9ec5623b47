import { describe, expect, test } from 'vitest'
import type { Principal } from '../model/principal.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { createAuthenticate } from './bearer.ts'

const principal = (kind: Principal['kind'], subject: string): Principal => ({
  kind,
  subject,
  organizationId: 'org_1',
  capabilities: new Set(['read']),
  superAdmin: false,
})
const person = principal('login', 'user_1')
const service = principal('apiKey', 'key_1')

const seen: string[] = []
const authenticate = createAuthenticate({
  loginTokens: {
    verify: async (token) => {
      seen.push(`login ${token}`)
      return token === 'h.p.s' ? person : undefined
    },
  },
  apiKeys: {
    verify: async (text) => {
      seen.push(`key ${text.slice(0, 20)}`)
      if (text === 'wa_locked') throw new StoreUnavailable('the database is locked')
      return text === 'wa_good' ? service : undefined
    },
  },
})

describe('Authorization', () => {
  test.each(['Bearer h.p.s', 'bearer h.p.s', 'BEARER h.p.s', 'Bearer  h.p.s'])(
    '%j is a login',
    async (authorization) => {
      expect(await authenticate({ authorization })).toBe(person)
    },
  )

  test('Bearer takes an API key too', async () => {
    expect(await authenticate({ authorization: 'Bearer wa_good' })).toBe(service)
  })

  test.each([
    '',
    'Bearer',
    'Bearer ',
    'Bearerh.p.s',
    'Bearer\th.p.s',
    'Bearer h.p.s ',
    'Bearer h.p.s%0a',
    'Bearer h.p.s\n',
    'Bearer "h.p.s"',
    'Bearer h.p.s,Bearer h.p.s',
    'Bearer h.p.s, Bearer h.p.s',
    'Bearer h.p.s h.p.s',
    'Basic h.p.s',
    'Token wa_good',
    'h.p.s',
    'wa_good',
    'Bearer x',
    'Bearer wа_good',
    `Bearer ${'x'.repeat(8_192)}`,
  ])('%.40j is nobody', async (authorization) => {
    expect(await authenticate({ authorization })).toBeUndefined()
  })

  test('a token with dots is never asked for among the keys, nor a key among the tokens', async () => {
    seen.length = 0
    await authenticate({ authorization: 'Bearer a.b.c' })
    await authenticate({ authorization: 'Bearer wa_bad' })
    expect(seen).toEqual(['login a.b.c', 'key wa_bad'])
  })

  test('a token that is too long is not looked at', async () => {
    seen.length = 0
    await authenticate({ authorization: `Bearer ${'x'.repeat(8_192)}`, 'x-api-key': 'x'.repeat(8_193) })
    expect(seen).toEqual([])
  })
})

describe('x-api-key', () => {
  test('carries a key', async () => {
    expect(await authenticate({ 'x-api-key': 'wa_good' })).toBe(service)
  })

  test('does not carry a login token', async () => {
    expect(await authenticate({ 'x-api-key': 'h.p.s' })).toBeUndefined()
  })

  test('is asked when the bearer token is not good', async () => {
    expect(await authenticate({ authorization: 'Bearer a.b.c', 'x-api-key': 'wa_good' })).toBe(service)
  })

  test('is not asked when it is', async () => {
    expect(await authenticate({ authorization: 'Bearer h.p.s', 'x-api-key': 'wa_good' })).toBe(person)
  })

  test.each([[['wa_good', 'wa_good']], ['wa_good, wa_good'], ['']])('%j is nobody', async (value) => {
    expect(await authenticate({ 'x-api-key': value })).toBeUndefined()
  })
})

test.each([{}, { cookie: 'access_token=h.p.s' }, { 'proxy-authorization': 'Bearer h.p.s' }])(
  '%j is nobody',
  async (headers) => {
    expect(await authenticate(headers)).toBeUndefined()
  },
)

test('a gateway without login tokens takes keys only', async () => {
  const keysOnly = createAuthenticate({ apiKeys: { verify: async () => undefined } })
  expect(await keysOnly({ authorization: 'Bearer h.p.s' })).toBeUndefined()
})

test('a store that cannot be asked is an error, not a refusal', async () => {
  await expect(authenticate({ 'x-api-key': 'wa_locked' })).rejects.toThrow(StoreUnavailable)
})
