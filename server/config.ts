/** The configuration: the environment, read and checked once. Nothing else in the server reads `process.env`. */
import type { LimitSettings } from './limits/limits.ts'
import { isLoopback } from './model/loopback.ts'
import { isNetwork } from './model/networks.ts'
import { settings } from './settings.ts'

/** The names of the modules. */
export const storeDrivers = ['sqlite3', 'node:sqlite'] as const
export type StoreDriver = (typeof storeDrivers)[number]

export interface Config {
  port: number
  host: string
  dataDir: string
  /** Which SQLite library opens the database: see `store/sqlite/driver.ts`. */
  /** Absent = `node:sqlite`. */
  storeDriver?: StoreDriver
  /** Raw value; `store/key-file.ts` decodes it. Absent = the key file in `dataDir`. */
  encryptionKey?: string
  /** All three or none. */
  login?: { jwksUrl: URL; issuer: string; audience: string }
  corsOrigins: string[]
  /** Networks of proxies whose X-Forwarded-For is trusted. */
  trustedProxies: string[]
  limits: LimitSettings
  /** How long events are kept. */
  eventRetentionDays: number
  media: {
    /** Attachments of live messages up to so many bytes are fetched at once; 0 = none. */
    eagerMaxBytes: number
    /** The most bytes of a file that is sent. */
    maxBytes: number
    /** The most bytes of stored attachments of a session. */
    quotaBytes: number
  }
  /** Networks that addresses of callers may lead to although they are not public. */
  outboundAllowPrivate: string[]
  logLevel: string
  whatsapp: {
    /** Absent: the version that the library ships. */
    version?: [number, number, number]
    /** Absent: the real WhatsApp. Present: a loopback address, always together with `testRootKey`. */
    url?: string
    testRootKey?: Buffer
    /** The media host instead of WhatsApp's own; a loopback address, always together with `testRootKey`. */
    mediaUrl?: string
    timeouts: { silentMs: number }
  }
}

/** An invalid value. The message is the one line that the operator sees. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/**
 * @param env usually `process.env`; empty values count as absent
 * @throws ConfigError naming the variable and what it takes
 */
export const readConfig = (env: Record<string, string | undefined>): Readonly<Config> => {
  const get = (name: string) => env[name]?.trim() || undefined
  const encryptionKey = get('ENCRYPTION_KEY')
  const login = loginOf(get)
  const driver = get('STORE_DRIVER')
  return Object.freeze({
    port: portOf(get('PORT') ?? '3000'),
    host: get('HOST') ?? '127.0.0.1',
    dataDir: get('DATA_DIR') ?? './data',
    ...(driver === undefined ? {} : { storeDriver: driverOf(driver) }),
    ...(encryptionKey === undefined ? {} : { encryptionKey }),
    ...(login === undefined ? {} : { login }),
    corsOrigins: originsOf(get('CORS_ORIGINS')),
    trustedProxies: networksIn('TRUSTED_PROXIES', get),
    limits: {
      wrongTokens: countOf('LIMIT_WRONG_TOKENS', get),
      pairing: countOf('LIMIT_PAIRING', get),
      starts: countOf('LIMIT_STARTS', get),
      presence: countOf('LIMIT_PRESENCE', get),
      sessions: countOf('SESSIONS_PER_ORGANIZATION', get),
      webhooks: countOf('WEBHOOKS_PER_ORGANIZATION', get),
      uploadBytes: bytesOf('MEDIA_UPLOAD_QUOTA_BYTES', get),
      streams: { organization: countOf('STREAMS_PER_ORGANIZATION', get), all: countOf('STREAMS_MAX', get) },
    },
    eventRetentionDays: daysOf(get('EVENT_RETENTION_DAYS') ?? '7'),
    media: {
      eagerMaxBytes: bytesOf('MEDIA_EAGER_MAX_BYTES', get),
      maxBytes: Math.min(bytesOf('MEDIA_MAX_BYTES', get), mostFileBytes),
      quotaBytes: bytesOf('MEDIA_QUOTA_BYTES', get),
    },
    outboundAllowPrivate: networksIn('OUTBOUND_ALLOW_PRIVATE', get),
    logLevel: levelOf(get('LOG_LEVEL') ?? 'info'),
    whatsapp: whatsappOf(get),
  })
}

/** Prefixes of settings: an unknown variable with such a prefix is a typing error. */
const families = [
  'STORE_',
  'LIMIT_',
  'EVENT_',
  'MEDIA_',
  'SESSIONS_PER_',
  'STREAMS_',
  'WEBHOOKS_PER_',
  'WHATSAPP_',
  'JWT_',
  'CORS_',
  'TRUSTED_',
  'OUTBOUND_',
]

/** @returns names that look like settings and are none, so that the operator learns of a typing error */
export const strangeNames = (env: Record<string, string | undefined>): string[] =>
  Object.keys(env)
    .filter(
      (name) => families.some((family) => name.startsWith(family)) && !settings.some((known) => known.name === name),
    )
    .sort()

/** `x-max-bytes` of `uploadMedia`. */
const mostFileBytes = 104_857_600

type Get = (name: string) => string | undefined

const portOf = (text: string) => {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw new ConfigError(`PORT takes 0 to 65535, not ${quote(text)}`)
  return port
}

const daysOf = (text: string) => {
  const days = Number(text)
  if (!/^\d{1,4}$/.test(text) || days < 1 || days > 3650)
    throw new ConfigError(`EVENT_RETENTION_DAYS takes 1 to 3650, not ${quote(text)}`)
  return days
}

const driverOf = (text: string): StoreDriver => {
  const found = storeDrivers.find((name) => name === text)
  if (found === undefined)
    throw new ConfigError(`STORE_DRIVER takes one of ${storeDrivers.join(', ')}, not ${quote(text)}`)
  return found
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

const levelOf = (text: string) => {
  if (!levels.includes(text)) throw new ConfigError(`LOG_LEVEL takes one of ${levels.join(', ')}, not ${quote(text)}`)
  return text
}

const loginOf = (get: Get) => {
  const [jwksUrl, issuer, audience] = [get('JWKS_URL'), get('JWT_ISSUER'), get('JWT_AUDIENCE')]
  if (!jwksUrl && !issuer && !audience) return undefined
  if (!jwksUrl || !issuer || !audience)
    throw new ConfigError('JWKS_URL, JWT_ISSUER and JWT_AUDIENCE belong together: set all three or none')
  const url = urlOf('JWKS_URL', jwksUrl)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw new ConfigError('JWKS_URL takes an https:// URL (http:// only for a loopback address)')
  return { jwksUrl: url, issuer, audience }
}

const originsOf = (text: string | undefined) =>
  listOf(text).map((part) => {
    const { origin } = URL.parse(/^https?:/i.test(part) ? part : '') ?? { origin: 'https://console.example.com' }
    if (part !== 'loopback' && part !== origin)
      throw new ConfigError(`CORS_ORIGINS takes origins like ${origin}, or the word loopback, not ${quote(part)}`)
    return part
  })

const networksIn = (name: string, get: Get) =>
  listOf(get(name)).map((part) => {
    // A network of all addresses is a mistake: everybody would be trusted.
    if (!isNetwork(part) || part.endsWith('/0'))
      throw new ConfigError(`${name} takes addresses or networks like 10.0.0.0/8, not ${quote(part)}`)
    return part
  })

const listOf = (text = '') =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** A whole number, or the default of the table. */
const countOf = (name: string, get: Get) => {
  const text = get(name) ?? settings.find((setting) => setting.name === name)?.fallback ?? ''
  if (!/^\d{1,6}$/.test(text)) throw new ConfigError(`${name} takes 0 to 999999, not ${quote(text)}`)
  return Number(text)
}

/** A number of bytes, or the default of the table. */
const bytesOf = (name: string, get: Get) => {
  const text = get(name) ?? settings.find((setting) => setting.name === name)?.fallback ?? ''
  if (!/^\d{1,15}$/.test(text)) throw new ConfigError(`${name} takes a number of bytes, not ${quote(text)}`)
  return Number(text)
}

const whatsappOf = (get: Get): Config['whatsapp'] => {
  const version = versionOf(get('WHATSAPP_VERSION'))
  const text = get('WHATSAPP_URL')
  const key = get('WHATSAPP_TEST_ROOT_KEY')
  const timeouts = { silentMs: silenceOf(get('WHATSAPP_SILENT_AFTER') ?? '1800') * 1000 }
  const media = get('WHATSAPP_MEDIA_URL')
  if (media && !text) throw new ConfigError('WHATSAPP_MEDIA_URL needs WHATSAPP_URL: set that too, or unset it')
  if (!text && !key) return { ...(version && { version }), timeouts }
  if (!text || !key) throw new ConfigError('WHATSAPP_URL and WHATSAPP_TEST_ROOT_KEY belong together: set both or none')
  const url = urlOf('WHATSAPP_URL', text)
  if (!['ws:', 'wss:'].includes(url.protocol)) throw new ConfigError('WHATSAPP_URL takes a ws:// or wss:// URL')
  if (!isLoopback(url.hostname))
    throw new ConfigError(`WHATSAPP_URL is for a test WhatsApp on a loopback address, not for ${url.hostname}`)
  if (!/^[0-9a-f]{64}$/i.test(key)) throw new ConfigError('WHATSAPP_TEST_ROOT_KEY takes 64 hex characters')
  const testRootKey = Buffer.from(key, 'hex')
  const mediaUrl = media === undefined ? undefined : mediaUrlOf(media)
  return { ...(version && { version }), url: text, testRootKey, ...(mediaUrl !== undefined && { mediaUrl }), timeouts }
}

const mediaUrlOf = (text: string) => {
  const url = urlOf('WHATSAPP_MEDIA_URL', text)
  if (url.protocol !== 'http:' || url.href !== `${url.origin}/`)
    throw new ConfigError('WHATSAPP_MEDIA_URL takes an http:// URL without a path')
  if (!isLoopback(url.hostname))
    throw new ConfigError(`WHATSAPP_MEDIA_URL is for a media host on a loopback address, not for ${url.hostname}`)
  return url.origin
}

const silenceOf = (text: string) => {
  if (!/^\d{1,6}$/.test(text))
    throw new ConfigError(`WHATSAPP_SILENT_AFTER takes seconds, 0 to 999999, not ${quote(text)}`)
  return Number(text)
}

const versionOf = (text: string | undefined): [number, number, number] | undefined => {
  if (text === undefined) return undefined
  const match = /^(\d{1,4})\.(\d{1,6})\.(\d{1,10})$/.exec(text)
  if (!match) throw new ConfigError(`WHATSAPP_VERSION takes three numbers like 2.3000.1043857760, not ${quote(text)}`)
  return [Number(match[1]), Number(match[2]), Number(match[3])]
}

const urlOf = (name: string, text: string) => {
  const url = URL.parse(text)
  if (!url) throw new ConfigError(`${name} takes a URL, not ${quote(text)}`)
  return url
}

const quote = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
