import { createHmac, generateKeyPairSync, hash, sign as signBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLoginTokens, type LoginTokens } from './login-token.ts'
import {
  audience,
  base64url,
  createKey,
  goodClaims,
  issuer,
  type JwksServer,
  type SigningKey,
  sign,
  signRaw,
  startJwksServer,
} from './test-issuer.ts'

const now = Date.parse('2026-05-01T12:00:00Z')
const seconds = now / 1000
const keys = {
  RS256: createKey('RS256'),
  PS256: createKey('PS256', { alg: 'PS256' }),
  ES256: createKey('ES256'),
  EdDSA: createKey('EdDSA', { kid: undefined }),
}
const stranger = createKey('RS256')
const others = {
  es384: createKey('ES384', { kid: 'es384' }),
  encryption: createKey('RS256', { kid: 'encryption', use: 'enc' }),
  encryptOnly: createKey('RS256', { kid: 'encryptOnly', use: undefined, key_ops: ['encrypt'] }),
  kidNumber: createKey('RS256', { kid: 7 }),
}
const leaked = createKey('RS256', { kid: 'leaked' })
leaked.jwk = { ...leaked.privateKey.export({ format: 'jwk' }), kid: 'leaked', use: 'sig' }
const secret = Buffer.alloc(32, 1)
const symmetric = { ...stranger, jwk: { kty: 'oct', k: secret.toString('base64url'), kid: 'symmetric' } }
const weak = { ...createKey('RS256'), ...generateKeyPairSync('rsa', { modulusLength: 1024 }) }
weak.jwk = { ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak' }
const exponentOne = { ...keys.RS256, jwk: { ...keys.RS256.jwk, kid: 'exponentOne', e: 'AQ' } }
const smallOrder = {
  ...keys.EdDSA,
  jwk: {
    kty: 'OKP',
    crv: 'Ed25519',
    kid: 'smallOrder',
    x: Buffer.from([1, ...Array(31).fill(0)]).toString('base64url'),
  },
}

let server: JwksServer
let tokens: LoginTokens
const warnings: unknown[] = []

beforeAll(async () => {
  server = await startJwksServer()
  const published = [keys, others].flatMap((group): SigningKey[] => Object.values(group))
  server.publish(...published, leaked, symmetric, weak, exponentOne, smallOrder)
  const log = { warn: (...args: unknown[]) => void warnings.push(args) }
  tokens = createLoginTokens({ jwksUrl: server.url, issuer, audience, clock: () => now, log })
})
afterAll(() => server.close())

const good = (changes: Record<string, unknown> = {}) => ({ ...goodClaims(now), ...changes })
const verify = async (token: string | Promise<string>) => tokens.verify(await token)
const withClaims = (changes: Record<string, unknown>) => verify(sign(keys.RS256, good(changes)))

describe('who a good token is', () => {
  test.each(['RS256', 'PS256', 'ES256'] as const)('%s is accepted', async (alg) => {
    expect(await verify(sign(keys[alg], good()))).toEqual({
      kind: 'login',
      subject: 'user_1',
      organizationId: 'org_1',
      capabilities: new Set(['read', 'send', 'manage', 'events']),
      superAdmin: false,
    })
  })

  test('EdDSA is accepted, from a key without kid', async () => {
    expect(await verify(sign(keys.EdDSA, good(), { kid: undefined }))).toMatchObject({ subject: 'user_1' })
  })

  test('one RSA key without alg verifies PS256 too', async () => {
    expect(await verify(sign({ ...keys.RS256, alg: 'PS256' }, good()))).toMatchObject({ subject: 'user_1' })
  })

  test('kid absent: each published key that fits is tried', async () => {
    expect(await verify(sign(keys.PS256, good(), { kid: undefined }))).toMatchObject({ subject: 'user_1' })
  })

  test.each([
    ['owner', ['read', 'send', 'manage', 'events']],
    ['admin', ['read', 'send', 'manage', 'events']],
    ['member', ['read', 'send', 'events']],
    ['auditor', []],
    ['admin ', []],
    ['ADMIN', []],
    ['__proto__', []],
    [null, []],
    [['admin'], []],
    [undefined, []],
  ])('orgRole %j may do %j', async (orgRole, expected) => {
    expect((await withClaims({ orgRole }))?.capabilities).toEqual(new Set(expected))
  })

  test('roles may do what docs/configuration.md says', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8')
    const [, table = ''] = page.split('| `orgRole` | capabilities |')
    const roles = [...table.matchAll(/^\| `(\w+)` \| ([a-z, ]+) \|$/gm)]
    expect(roles.map(([, role]) => role)).toEqual(['owner', 'admin', 'member'])
    for (const [, orgRole, words] of roles)
      expect((await withClaims({ orgRole }))?.capabilities).toEqual(new Set(words?.split(', ')))
  })

  test('the platform role super_admin may do everything', async () => {
    expect(await withClaims({ orgRole: 'member', role: 'super_admin' })).toMatchObject({
      capabilities: new Set(['read', 'send', 'manage', 'events']),
      superAdmin: true,
    })
  })

  test.each(['SUPER_ADMIN', 'super_admin ', ['super_admin'], true, 'admin'])(
    'the platform role %j is none',
    async (role) => {
      expect(await withClaims({ orgRole: 'member', role })).toMatchObject({
        capabilities: new Set(['read', 'send', 'events']),
        superAdmin: false,
      })
    },
  )

  test('capabilities that the token itself names count for nothing', async () => {
    const principal = await withClaims({ orgRole: 'member', capabilities: ['manage'], scope: 'manage' })
    expect(principal?.capabilities.has('manage')).toBe(false)
  })

  test.each([
    ['an aud array with ours', { aud: ['https://other.example.com', audience] }],
    ['exp with a fraction', { exp: seconds + 0.5 }],
    ['exp in the year 9999', { exp: 253_402_300_799 }],
    ['nbf 5 s ahead', { nbf: seconds + 5 }],
    ['iat in the future', { iat: seconds + 3600 }],
    ['500 claims', Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`claim${i}`, i]))],
  ])('accepted: %s', async (_name, changes) => {
    expect(await withClaims(changes)).toMatchObject({ subject: 'user_1' })
  })

  test.each(['JWT', 'jwt', 'at+jwt', undefined])('accepted: typ %s', async (typ) => {
    expect(await verify(sign(keys.RS256, good(), { typ }))).toMatchObject({ subject: 'user_1' })
  })
})

describe('claims that are refused', () => {
  test.each<[string, Record<string, unknown>]>([
    ['no exp', { exp: undefined }],
    ['exp as text', { exp: String(seconds + 300) }],
    ['exp now', { exp: seconds }],
    ['exp 1 s ago', { exp: seconds - 1 }],
    ['exp 61 s ago', { exp: seconds - 61 }],
    ['exp in milliseconds', { exp: now + 300_000 }],
    ['nbf a minute ahead', { nbf: seconds + 60 }],
    ['nbf as text', { nbf: String(seconds) }],
    ['no iss', { iss: undefined }],
    ['another iss', { iss: 'https://evil.example.com' }],
    ['iss with a slash more', { iss: `${issuer}/` }],
    ['iss as array', { iss: [issuer] }],
    ['no aud', { aud: undefined }],
    ['another aud', { aud: 'https://other.example.com' }],
    ['aud array without ours', { aud: ['https://other.example.com'] }],
    ['empty aud array', { aud: [] }],
    ['aud longer than ours', { aud: `${audience}.evil.example` }],
    ['no sub', { sub: undefined }],
    ['empty sub', { sub: '' }],
    ['sub as number', { sub: 1 }],
    ['sub of 256 characters', { sub: 'x'.repeat(256) }],
    ['no organization', { activeOrganizationId: undefined }],
    ['organization null', { activeOrganizationId: null }],
    ['organization empty', { activeOrganizationId: '' }],
    ['organization as array', { activeOrganizationId: ['org_1'] }],
    ['organization as number', { activeOrganizationId: 1 }],
    ['organization of 256 characters', { activeOrganizationId: 'x'.repeat(256) }],
    ['super_admin without organization', { activeOrganizationId: undefined, role: 'super_admin' }],
  ])('%s', async (_name, changes) => {
    expect(await withClaims(changes)).toBeUndefined()
  })

  test('exp beyond every number', async () => {
    const payload = base64url(JSON.stringify(good()).replace(/"exp":\d+/, '"exp":1e999'))
    expect(await verify(signRaw(keys.RS256, base64url({ alg: 'RS256', kid: 'RS256' }), payload))).toBeUndefined()
  })

  test.each([
    ['array', base64url([good()])],
    ['string', base64url('"user_1"')],
    ['not JSON', base64url('sub=user_1')],
    ['null', base64url('null')],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')],
  ])('payload: %s', async (_name, payload) => {
    expect(await verify(signRaw(keys.RS256, base64url({ alg: 'RS256', kid: 'RS256' }), payload))).toBeUndefined()
  })

  test('a token inside a token', async () => {
    const inner = await sign(keys.RS256, good())
    const header = base64url({ alg: 'RS256', kid: 'RS256', cty: 'JWT' })
    expect(await verify(signRaw(keys.RS256, header, base64url(inner)))).toBeUndefined()
  })
})

describe('algorithms that are refused', () => {
  test.each(['none', 'None', 'nOnE', '', 'HS256', 'RS1', 'RS512', 'ES256K', 'Ed25519 ', ['RS256'], null, 1, undefined])(
    'alg %j, well signed',
    async (alg) => {
      const header = base64url({ alg, kid: 'RS256' })
      expect(await verify(signRaw(keys.RS256, header, base64url(good())))).toBeUndefined()
    },
  )

  test.each(['none', 'None', 'RS256'])('alg %s without signature', async (alg) => {
    expect(await verify(`${base64url({ alg, kid: 'RS256' })}.${base64url(good())}.`)).toBeUndefined()
  })

  const publicPem = keys.RS256.publicKey.export({ type: 'spki', format: 'pem' })
  test.each([
    ['the public key as PEM', 'RS256', Buffer.from(publicPem)],
    ['the public key as JWK', 'RS256', Buffer.from(JSON.stringify(keys.RS256.jwk))],
    ['nothing', 'RS256', Buffer.alloc(0)],
    ['a published secret', 'symmetric', secret],
  ])('HS256 with %s', async (_name, kid, key) => {
    const input = `${base64url({ alg: 'HS256', kid })}.${base64url(good())}`
    expect(await verify(`${input}.${createHmac('sha256', key).update(input).digest('base64url')}`)).toBeUndefined()
  })

  test.each<[string, SigningKey, Record<string, unknown>]>([
    ['RS256 under the name of an EC key', keys.RS256, { kid: 'ES256' }],
    ['RS256 with a key that is published for PS256', { ...keys.PS256, alg: 'RS256' }, { kid: 'PS256' }],
    ['ES384', others.es384, {}],
    ['a key for encryption', others.encryption, {}],
    ['a key whose operations are encryption', others.encryptOnly, {}],
    ['a key with a number as kid', others.kidNumber, {}],
    ['a key that is published with its private half', leaked, {}],
    ['an RSA key with exponent 1', exponentOne, { kid: 'exponentOne' }],
  ])('%s', async (_name, key, header) => {
    expect(await verify(sign(key, good(), header))).toBeUndefined()
  })

  test('an RSA key of 1024 bits', async () => {
    const header = base64url({ alg: 'RS256', kid: 'weak' })
    expect(await verify(signRaw(weak, header, base64url(good())))).toBeUndefined()
  })

  test('the signature that an Ed25519 key of small order accepts for every message', async () => {
    const input = `${base64url({ alg: 'EdDSA', kid: 'smallOrder' })}.${base64url(good())}`
    const forged = Buffer.concat([Buffer.from([1]), Buffer.alloc(63)])
    expect(await verify(`${input}.${forged.toString('base64url')}`)).toBeUndefined()
  })

  test('the signature that an RSA key with exponent 1 accepts for a message: its own encoding', async () => {
    const input = `${base64url({ alg: 'RS256', kid: 'exponentOne' })}.${base64url(good())}`
    const digestInfo = Buffer.from(`3031300d060960864801650304020105000420${hash('sha256', input)}`, 'hex')
    const padding = Buffer.alloc(256 - 3 - digestInfo.length, 0xff)
    const forged = Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), digestInfo])
    expect(await verify(`${input}.${forged.toString('base64url')}`)).toBeUndefined()
  })

  test('ES256 with an all-zero signature', async () => {
    const input = `${base64url({ alg: 'ES256', kid: 'ES256' })}.${base64url(good())}`
    expect(await verify(`${input}.${Buffer.alloc(64).toString('base64url')}`)).toBeUndefined()
  })

  test('ES256 with a signature in DER', async () => {
    const input = `${base64url({ alg: 'ES256', kid: 'ES256' })}.${base64url(good())}`
    const der = signBytes('sha256', Buffer.from(input), keys.ES256.privateKey)
    expect(await verify(`${input}.${der.toString('base64url')}`)).toBeUndefined()
  })
})

describe('headers that are refused', () => {
  test.each<[string, unknown]>([
    ['array', [{ alg: 'RS256' }]],
    ['null', null],
    ['kid as number', { alg: 'RS256', kid: 7 }],
    ['kid as array', { alg: 'RS256', kid: ['RS256'] }],
    ['kid null', { alg: 'RS256', kid: null }],
    ['crit unknown', { alg: 'RS256', kid: 'RS256', crit: ['exp'], exp: 1 }],
    ['b64 false', { alg: 'RS256', kid: 'RS256', crit: ['b64'], b64: false }],
    ['typ dpop+jwt', { alg: 'RS256', kid: 'RS256', typ: 'dpop+jwt' }],
    ['typ as array', { alg: 'RS256', kid: 'RS256', typ: ['JWT'] }],
  ])('%s', async (_name, header) => {
    expect(await verify(signRaw(keys.RS256, base64url(header), base64url(good())))).toBeUndefined()
  })

  test.each(['../../dev/null', "' union select 1", 'https://evil.example.com/key', 'x'.repeat(5000), '__proto__', ''])(
    'kid %.30s',
    async (kid) => {
      expect(await verify(sign(stranger, good(), { kid }))).toBeUndefined()
    },
  )

  test('a key that the token brings along, or an address of one, is never used', async () => {
    const evil = await startJwksServer()
    evil.publish(stranger)
    const brought = { kid: undefined, jwk: stranger.jwk, jku: evil.url.href, x5u: evil.url.href, x5c: ['MIIB'] }
    expect(await verify(sign(stranger, good(), brought))).toBeUndefined()
    expect(evil.hits()).toBe(0)
    await evil.close()
  })
})

describe('structures and signatures that are refused', () => {
  let token: string
  beforeAll(async () => {
    token = await sign(keys.RS256, good())
  })

  test.each<[string, (header: string, payload: string, signature: string) => string]>([
    ['two parts', (h, p) => `${h}.${p}`],
    ['four parts', (h, p, s) => `${h}.${p}.${s}.${s}`],
    ['five parts', (h, p, s) => `${h}.${p}.${s}.${s}.${s}`],
    ['only dots', () => '..'],
    ['no payload', (h, _p, s) => `${h}..${s}`],
    ['no header', (_h, p, s) => `.${p}.${s}`],
    ['no signature', (h, p) => `${h}.${p}.`],
    ['padding', (h, p, s) => `${h}.${p}.${s}==`],
    ['white space inside', (h, p, s) => `${h}.${p} .${s}`],
    ['a new line at the end', (h, p, s) => `${h}.${p}.${s}\n`],
    ['base64 instead of base64url', (h, p, s) => `${h}.${p}.${s.slice(0, -2)}+/`],
    ['JSON serialization', (h, p, s) => JSON.stringify({ protected: h, payload: p, signature: s })],
    ['another header', (_h, p, s) => `${base64url({ alg: 'RS256', kid: 'RS256', x: 1 })}.${p}.${s}`],
    ['another payload', (h, _p, s) => `${h}.${base64url(good({ orgRole: 'admin' }))}.${s}`],
    ['the signature twice', (h, p, s) => `${h}.${p}.${s}${s}`],
  ])('%s', async (_name, change) => {
    const [header = '', payload = '', signature = ''] = token.split('.')
    expect(await verify(change(header, payload, signature))).toBeUndefined()
  })

  test('the signature of another token', async () => {
    const other = await sign(keys.RS256, good({ sub: 'user_2' }))
    const [header, payload] = token.split('.')
    expect(await verify(`${header}.${payload}.${other.split('.')[2]}`)).toBeUndefined()
  })

  test('a signature with any one of its characters changed', async () => {
    const start = token.lastIndexOf('.') + 1
    const results = await Promise.all(
      Array.from({ length: token.length - start }, (_, i) => {
        const at = start + i
        const changed = token[at] === 'A' ? 'B' : 'A'
        return verify(token.slice(0, at) + changed + token.slice(at + 1))
      }),
    )
    expect(results.filter((principal) => principal !== undefined)).toEqual([])
  })

  test('another spelling of the same signature', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    // 342 characters hold 4 bits more than 256 bytes: a lenient decoder drops them.
    const last = alphabet.indexOf(token.slice(-1))
    expect(await verify(token.slice(0, -1) + alphabet[last | 1])).toBeUndefined()
  })

  test('signed by nobody we know', async () => {
    expect(await verify(sign(stranger, good()))).toBeUndefined()
  })
})

test('nothing about a refused token is logged', () => {
  expect(warnings).toEqual([])
})
