import { generateKeyPairSync } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createJwks, type Jwks } from './jwks.ts'
import { createLoginTokens, type LoginTokens } from './login-token.ts'
import {
  audience,
  createKey,
  goodClaims,
  issuer,
  type JwksServer,
  type SigningKey,
  sign,
  startJwksServer,
} from './test-issuer.ts'

const minute = 60_000
const hour = 60 * minute
const epoch = Date.parse('2026-05-01T12:00:00Z')
const first = createKey('ES256', { kid: 'first' })
const second = createKey('ES256', { kid: 'second' })

let server: JwksServer
let time: number
let warnings: string[]

const options = () => ({
  log: { warn: (_context: unknown, text?: string) => void warnings.push(text ?? '') },
  monotonic: () => time,
  random: () => 1,
  timeoutMs: 200,
})

const openJwks = (fetch?: typeof globalThis.fetch) =>
  createJwks({ ...options(), url: server.url, ...(fetch && { fetch }) })

/** A service whose clock moves with the test's. */
const openTokens = () =>
  createLoginTokens({ ...options(), jwksUrl: server.url, issuer, audience, clock: () => epoch + time })

const tokenOf = (key: SigningKey, changes: Record<string, unknown> = {}) =>
  sign(key, { ...goodClaims(epoch), exp: epoch / 1000 + 48 * 3600, ...changes })

const accepts = async (tokens: LoginTokens, token: string) => (await tokens.verify(token)) !== undefined

/** Waits for a background refresh that is under way: until the server was asked `hits` times and the answer is in. */
const settled = async (hits: number) => {
  await expect.poll(() => server.hits()).toBe(hits)
  await new Promise((resolve) => setImmediate(resolve))
}

beforeEach(async () => {
  server = await startJwksServer()
  server.publish(first)
  time = 0
  warnings = []
})
afterEach(() => server.close())

const faults: [string, RequestListener][] = [
  ['status 500', (_request, response) => void response.writeHead(500).end()],
  ['status 404', (_request, response) => void response.writeHead(404).end('{"keys":[]}')],
  ['silence', () => {}],
  [
    'silence after the headers',
    (_request, response) => {
      response.writeHead(200)
      response.flushHeaders()
    },
  ],
  ['a reset', (request) => void request.socket.resetAndDestroy()],
  ['HTML', (_request, response) => void response.writeHead(200).end('<html></html>')],
  ['nothing', (_request, response) => void response.writeHead(200).end()],
  ['no keys', (_request, response) => void response.writeHead(200).end('{"keys":[]}')],
  ['keys that are no list', (_request, response) => void response.writeHead(200).end('{"keys":{}}')],
  ['null', (_request, response) => void response.writeHead(200).end('null')],
  ['10 MB', (_request, response) => void response.writeHead(200).end(`{"x":"${'x'.repeat(10_000_000)}"}`)],
  ['a redirect', (_request, response) => void response.writeHead(302, { location: '/other.json' }).end()],
]

describe('F35: the publisher answers', () => {
  test.each(faults)('%s: tokens of known keys stay accepted for 24 h, without delay', async (_name, fault) => {
    const tokens = openTokens()
    expect(await accepts(tokens, await tokenOf(first))).toBe(true)
    server.answer(fault)
    time = 6 * minute
    expect(await accepts(tokens, await tokenOf(first, { sub: 'user_2' }))).toBe(true)
    await expect.poll(() => warnings).toHaveLength(1)
    time = 23 * hour
    const before = performance.now()
    expect(await accepts(tokens, await tokenOf(first, { sub: 'user_3' }))).toBe(true)
    expect(performance.now() - before).toBeLessThan(150)
    await expect.poll(() => warnings).toHaveLength(2)
    time = 24 * hour
    expect(await accepts(tokens, await tokenOf(first))).toBe(false)
  })

  test.each(faults)('%s from the start: every token is refused, and a line says so', async (_name, fault) => {
    server.answer(fault)
    expect(await accepts(openTokens(), await tokenOf(first))).toBe(false)
    expect(warnings).toEqual(['no keys from the token issuer: login tokens are refused'])
  })

  test('an error: one fetch in each pause, and the pauses grow to a minute', async () => {
    server.answer((_request, response) => void response.writeHead(500).end())
    const jwks = openJwks()
    const attempts: number[] = []
    for (time = 0; time < 5 * minute; time += 500) {
      const before = server.hits()
      await Promise.all([jwks.find('ES256', 'first'), jwks.find('ES256', 'first')])
      if (server.hits() > before) attempts.push(time)
    }
    expect(server.hits()).toBe(attempts.length)
    expect(attempts).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000, 243_000])
  })

  test('again: tokens are accepted after the pause', async () => {
    server.answer((_request, response) => void response.writeHead(500).end())
    const tokens = openTokens()
    const token = await tokenOf(first)
    expect(await accepts(tokens, token)).toBe(false)
    server.publish(first)
    time = 1_000
    expect(await accepts(tokens, token)).toBe(true)
  })

  test('slowly: a hundred first tokens share one fetch', async () => {
    const tokens = openTokens()
    const token = await tokenOf(first)
    const answers = await Promise.all(Array.from({ length: 100 }, () => accepts(tokens, token)))
    expect(new Set(answers)).toEqual(new Set([true]))
    expect(server.hits()).toBe(1)
  })
})

describe('F36: keys change', () => {
  test('a new key is accepted with the first token that names it, after the cooldown', async () => {
    const tokens = openTokens()
    await accepts(tokens, await tokenOf(first))
    server.publish(first, second)
    time = 29_000
    expect(await accepts(tokens, await tokenOf(second))).toBe(false)
    time = 30_000
    expect(await accepts(tokens, await tokenOf(second))).toBe(true)
    expect(server.hits()).toBe(2)
  })

  test('a thousand unknown key names cause one fetch in 30 s', async () => {
    const jwks = openJwks()
    await jwks.find('ES256', 'first')
    time = 30_000
    await Promise.all(Array.from({ length: 1000 }, (_, i) => jwks.find('ES256', `unknown-${i}`)))
    time = 59_000
    await Promise.all(Array.from({ length: 1000 }, (_, i) => jwks.find('ES256', `other-${i}`)))
    expect(server.hits()).toBe(2)
  })

  test('a removed key: a busy gateway notices in the background and refuses its verified tokens', async () => {
    const tokens = openTokens()
    const token = await tokenOf(first)
    await accepts(tokens, token)
    server.publish(second)
    time = 5 * minute
    expect(await accepts(tokens, token)).toBe(true)
    await settled(2)
    await expect.poll(() => accepts(tokens, token)).toBe(false)
  })

  test('a removed key: an idle gateway asks before it accepts a verified token again', async () => {
    const tokens = openTokens()
    const token = await tokenOf(first)
    await accepts(tokens, token)
    server.publish(second)
    time = 10 * minute
    expect(await accepts(tokens, token)).toBe(false)
  })

  test('the same name with a new key: the old key is refused, the new one accepted', async () => {
    const renamed = createKey('ES256', { kid: 'first' })
    const tokens = openTokens()
    const token = await tokenOf(first)
    await accepts(tokens, token)
    server.publish(renamed)
    time = 10 * minute
    expect(await accepts(tokens, token)).toBe(false)
    expect(await accepts(tokens, await tokenOf(renamed))).toBe(true)
  })

  test('two keys without name: both verify', async () => {
    const unnamed = [createKey('ES256', { kid: undefined }), createKey('ES256', { kid: undefined })] as const
    server.publish(...unnamed)
    const tokens = openTokens()
    for (const key of unnamed) {
      const token = await sign(key, goodClaims(epoch), { kid: undefined })
      expect(await accepts(tokens, token)).toBe(true)
    }
  })
})

describe('which published keys count', () => {
  const found = async (jwks: Jwks, kid: string) => [
    ...(await jwks.find('RS256', kid)),
    ...(await jwks.find('ES256', kid)),
    ...(await jwks.find('EdDSA', kid)),
  ]
  const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' })
  const { privateKey } = generateKeyPairSync('ed25519')

  test.each<[string, Record<string, unknown>]>([
    ['RSA of 1024 bits', rsa(1024)],
    ['RSA with exponent 1', { ...rsa(2048), e: 'AQ' }],
    ['a secret', { kty: 'oct', k: 'AAAA' }],
    ['a private key', privateKey.export({ format: 'jwk' })],
    ['P-384', createKey('ES384').jwk],
    ['another use', { ...first.jwk, use: 'enc' }],
    ['another algorithm', { ...first.jwk, alg: 'ES384' }],
    ['other operations', { ...first.jwk, key_ops: ['sign'] }],
    ['a point that is not on the curve', { ...first.jwk, y: first.jwk.x }],
    ['an unknown kind', { kty: 'XYZ' }],
    ['no kind', {}],
  ])('%s: ignored, and the good key beside it is kept', async (_name, jwk) => {
    server.publish({ ...first, jwk: { ...jwk, kid: 'bad' } }, first)
    const jwks = openJwks()
    expect(await found(jwks, 'bad')).toEqual([])
    expect(await found(jwks, 'first')).toHaveLength(1)
  })

  test('at most 32 keys are kept', async () => {
    server.publish(...Array.from({ length: 40 }, () => ({ ...first, jwk: { ...first.jwk, kid: undefined } })))
    expect(await openJwks().find('ES256', undefined)).toHaveLength(32)
  })

  test('the fetch is injected, refuses redirects and is bounded in time', async () => {
    const seen: RequestInit[] = []
    await openJwks(async (input, init = {}) => {
      seen.push(init)
      return fetch(input, init)
    }).find('ES256', 'first')
    expect(seen).toMatchObject([{ redirect: 'error', signal: expect.any(AbortSignal) }])
  })
})
