import { describe, expect, test } from 'vitest'
import { readConfig } from './config.ts'

const key = 'ab'.repeat(32)

describe('readConfig', () => {
  test('an empty environment gives a gateway for this machine and the real WhatsApp', () => {
    expect(readConfig({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      dataDir: './data',
      corsOrigins: [],
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
    ['LOG_LEVEL', { LOG_LEVEL: 'loud' }, 'LOG_LEVEL takes one of'],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://a.example/path' }, 'CORS_ORIGINS takes origins'],
    ['CORS_ORIGINS', { CORS_ORIGINS: '*' }, 'CORS_ORIGINS takes a URL'],
    ['JWKS_URL', { JWKS_URL: 'http://a.example/', JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' }, 'https://'],
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
    ['WHATSAPP_MEDIA_URL alone', { WHATSAPP_MEDIA_URL: 'http://127.0.0.1:9' }, 'set both or none'],
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
