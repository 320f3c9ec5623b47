import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig, strangeNames } from './config.ts'
import { settings } from './settings.ts'

const key = 'ab'.repeat(32)

describe('readConfig', () => {
  test('an empty environment gives a gateway for this machine and the real WhatsApp', () => {
    expect(readConfig({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      dataDir: './data',
      corsOrigins: [],
      trustedProxies: [],
      limits: {
        wrongTokens: 60,
        pairing: 2,
        starts: 6,
        presence: 120,
        sessions: 100,
        uploadBytes: 1_073_741_824,
        streams: { organization: 100, all: 2_000 },
        webhooks: 50,
      },
      eventRetentionDays: 7,
      media: { maxBytes: 104_857_600, eagerMaxBytes: 16 * 1024 ** 2, quotaBytes: 1024 ** 3 },
      outboundAllowPrivate: [],
      logLevel: 'info',
      whatsapp: { timeouts: { silentMs: 1_800_000 } },
    })
  })

  test('an empty value counts as absent', () => {
    expect(readConfig({ PORT: '', WHATSAPP_URL: ' ' })).toEqual(readConfig({}))
  })

  test('a test WhatsApp on loopback is taken with its root key', () => {
    const { whatsapp } = readConfig({ WHATSAPP_URL: 'ws://127.0.0.1:9/ws/chat', WHATSAPP_TEST_ROOT_KEY: key })
    expect(whatsapp).toMatchObject({ url: 'ws://127.0.0.1:9/ws/chat', testRootKey: Buffer.from(key, 'hex') })
  })

  test('limits are numbers, 0 for none', () => {
    const env = {
      LIMIT_WRONG_TOKENS: '0',
      LIMIT_PAIRING: '1',
      LIMIT_PRESENCE: '999999',
      SESSIONS_PER_ORGANIZATION: '0',
    }
    const limits = { wrongTokens: 0, pairing: 1, starts: 6, presence: 999_999, sessions: 0 }
    expect(readConfig(env).limits).toMatchObject(limits)
  })

  test('proxies, and where URLs may lead, are addresses and networks', () => {
    expect(readConfig({ TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).trustedProxies).toEqual(['10.0.0.0/8', '::1'])
    expect(readConfig({ OUTBOUND_ALLOW_PRIVATE: '127.0.0.0/8' }).outboundAllowPrivate).toEqual(['127.0.0.0/8'])
  })

  test('login tokens need URL, issuer and audience', () => {
    const login = { JWKS_URL: 'https://login.example/jwks', JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' }
    expect(readConfig(login).login).toEqual({
      jwksUrl: new URL('https://login.example/jwks'),
      issuer: 'i',
      audience: 'a',
    })
    expect(() => readConfig({ ...login, JWT_AUDIENCE: '' })).toThrow('belong together')
  })

  test.each([
    ['PORT', { PORT: '70000' }, 'PORT takes 0 to 65535'],
    ['PORT', { PORT: '3000x' }, 'PORT takes 0 to 65535'],
    ['STORE_DRIVER', { STORE_DRIVER: 'better-sqlite3' }, 'STORE_DRIVER takes one of sqlite3, node:sqlite'],
    ['LOG_LEVEL', { LOG_LEVEL: 'loud' }, 'LOG_LEVEL takes one of'],
    [
      'CORS_ORIGINS',
      { CORS_ORIGINS: 'https://a.example/path' },
      'CORS_ORIGINS takes origins like https://a.example, or',
    ],
    [
      'CORS_ORIGINS',
      { CORS_ORIGINS: 'Loopback' },
      'CORS_ORIGINS takes origins like https://console.example.com, or the word loopback',
    ],
    ['CORS_ORIGINS', { CORS_ORIGINS: '*' }, 'CORS_ORIGINS takes origins'],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'localhost:5173' }, 'like https://console.example.com'],
    ['JWKS_URL', { JWKS_URL: 'http://a.example/', JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' }, 'https://'],
    ['LIMIT_WRONG_TOKENS', { LIMIT_WRONG_TOKENS: '-1' }, 'LIMIT_WRONG_TOKENS takes 0 to 999999'],
    ['LIMIT_PAIRING', { LIMIT_PAIRING: '0.5' }, 'LIMIT_PAIRING takes 0 to 999999'],
    ['LIMIT_STARTS', { LIMIT_STARTS: '6/min' }, 'LIMIT_STARTS takes 0 to 999999'],
    ['LIMIT_PRESENCE', { LIMIT_PRESENCE: 'none' }, 'LIMIT_PRESENCE takes 0 to 999999'],
    ['EVENT_RETENTION_DAYS', { EVENT_RETENTION_DAYS: '0' }, 'takes 1 to 3650'],
    ['EVENT_RETENTION_DAYS', { EVENT_RETENTION_DAYS: '7d' }, 'takes 1 to 3650'],
    ['SESSIONS_PER_ORGANIZATION', { SESSIONS_PER_ORGANIZATION: '1e3' }, 'takes 0 to 999999'],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: 'proxy.local' }, 'TRUSTED_PROXIES takes addresses or networks'],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '10.0.0.0/33' }, 'TRUSTED_PROXIES takes addresses or networks'],
    ['OUTBOUND_ALLOW_PRIVATE', { OUTBOUND_ALLOW_PRIVATE: 'n8n' }, 'OUTBOUND_ALLOW_PRIVATE takes addresses or networks'],
    ['OUTBOUND_ALLOW_PRIVATE', { OUTBOUND_ALLOW_PRIVATE: '0.0.0.0/0' }, 'takes addresses or networks'],
    ['WHATSAPP_SILENT_AFTER', { WHATSAPP_SILENT_AFTER: '-1' }, '0 to 999999'],
    ['WHATSAPP_SILENT_AFTER', { WHATSAPP_SILENT_AFTER: '5m' }, '0 to 999999'],
    ['WHATSAPP_VERSION', { WHATSAPP_VERSION: '2.3000' }, 'three numbers'],
    ['WHATSAPP_URL alone', { WHATSAPP_URL: 'ws://127.0.0.1:9/' }, 'belong together'],
    ['the root key alone', { WHATSAPP_TEST_ROOT_KEY: key }, 'belong together'],
    ['a root key of 31 bytes', { WHATSAPP_URL: 'ws://127.0.0.1:9/', WHATSAPP_TEST_ROOT_KEY: key.slice(2) }, '64 hex'],
    [
      'a WhatsApp elsewhere',
      { WHATSAPP_URL: 'wss://web.whatsapp.com/ws/chat', WHATSAPP_TEST_ROOT_KEY: key },
      'loopback',
    ],
    ['WHATSAPP_MEDIA_URL alone', { WHATSAPP_MEDIA_URL: 'http://127.0.0.1:9' }, 'needs WHATSAPP_URL'],
    [
      'a media host elsewhere',
      { WHATSAPP_URL: 'ws://127.0.0.1:9/', WHATSAPP_TEST_ROOT_KEY: key, WHATSAPP_MEDIA_URL: 'http://10.0.0.1:9' },
      'loopback',
    ],
    [
      'a media host with a path',
      { WHATSAPP_URL: 'ws://127.0.0.1:9/', WHATSAPP_TEST_ROOT_KEY: key, WHATSAPP_MEDIA_URL: 'http://127.0.0.1:9/x' },
      'without a path',
    ],
    ['a name that only looks local', { WHATSAPP_URL: 'ws://127.0.0.1.evil/', WHATSAPP_TEST_ROOT_KEY: key }, 'loopback'],
    ['a private address', { WHATSAPP_URL: 'ws://192.168.1.1/', WHATSAPP_TEST_ROOT_KEY: key }, 'loopback'],
  ])('%s: a wrong value stops the start with one clear line', (_name, env, message) => {
    expect(() => readConfig(env)).toThrow(message)
  })
})

test('a name that looks like a setting and is none is reported; names of other programs are not', () => {
  const env = { LIMIT_WRONG_TOKEN: '10', WHATSAPP_PORT: '1', PATH: '/bin', LIMITS: '1', NODE_ENV: 'test' }
  expect(strangeNames(env)).toEqual(['LIMIT_WRONG_TOKEN', 'WHATSAPP_PORT'])
  expect(strangeNames(Object.fromEntries(settings.map(({ name }) => [name, '1'])))).toEqual([])
})

test('the table of docs/configuration.md is the configuration', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/configuration.md'), 'utf8')
  const rows = settings.map(
    ({ name, meaning, unit, fallback }) =>
      `| \`${name}\` | ${meaning} |${unit === undefined ? '' : ` ${unit}`} | ${fallback} |`,
  )
  expect(page.split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line))).toEqual(rows)
})
