/**
 * API keys: `wa_` + id (26) + secret (32) + checksum (6), all base62, 67 characters. The checksum lets anyone, secret
 * scanners too, recognize a typing error without asking the database, which has only the SHA-256 of the whole.
 */
import { hash, randomInt, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Logger } from 'pino'
import { ulid } from 'ulid'
import { createLru } from '../model/lru.ts'
import type { Capability, Principal } from '../model/principal.ts'
import type { ApiKeyRow } from '../ports/store/api-keys.ts'
import type { Store } from '../ports/store/store.ts'

export interface NewApiKey {
  organizationId: string
  capabilities: readonly Capability[]
  label?: string
  /** Epoch ms; absent: never. */
  expiresAt?: number
}

/** @returns the key to show once, and the row to store; the row does not contain the key */
export const mintApiKey = (key: NewApiKey, now: number): { text: string; row: ApiKeyRow } => {
  const id = ulid(now)
  const body = prefix + id + randomBase62(secretLength)
  const text = body + checksumOf(body)
  return {
    text,
    row: {
      id: rowIdOf(id),
      organizationId: key.organizationId,
      capabilities: [...key.capabilities],
      ...(key.label !== undefined && { label: key.label }),
      secretHash: sha256(text),
      createdAt: now,
      ...(key.expiresAt !== undefined && { expiresAt: key.expiresAt }),
    },
  }
}

export interface ApiKeys {
  /**
   * @param text anything; only a well-formed key with a true checksum reaches the store
   * @returns undefined when it is no key, unknown, expired or revoked
   * @throws StoreUnavailable
   */
  verify(text: string): Promise<Principal | undefined>
}

export interface ApiKeyOptions {
  store: Pick<Store, 'findApiKey' | 'touchApiKey'>
  /** Epoch ms: for expiry and last use. */
  clock: () => number
  log: Pick<Logger, 'warn'>
  /** Milliseconds of a monotonic clock: for the age of cached keys. */
  monotonic?: () => number
}

/** How long a key is cached, ms. Several nodes: a key that another node revokes is accepted for at most this long. */
const rememberMs = 2_000
const remembered = 10_000
const touchMs = 60_000

export const createApiKeys = ({ store, clock, log, monotonic = () => performance.now() }: ApiKeyOptions): ApiKeys => {
  // Unknown ids have their own cache, so that invented keys cannot evict the known ones.
  const known = createLru<string, { row: ApiKeyRow; principal: Principal; until: number }>(remembered)
  const unknown = createLru<string, number>(remembered)
  const lookups = new Map<string, Promise<ApiKeyRow | undefined>>()
  const touched = createLru<string, number>(remembered)

  const find = async (id: string) => {
    const hit = known.get(id)
    if (hit !== undefined && hit.until > monotonic()) return hit
    if ((unknown.get(id) ?? 0) > monotonic()) return undefined
    const row = await lookUpOnce(id)
    const until = monotonic() + rememberMs
    if (row === undefined) {
      known.delete(id)
      unknown.set(id, until)
      return undefined
    }
    const found = { row, principal: toPrincipal(row), until }
    known.set(id, found)
    return found
  }

  const lookUpOnce = (id: string) => {
    const running = lookups.get(id)
    if (running !== undefined) return running
    const lookup = store.findApiKey(id).finally(() => lookups.delete(id))
    lookups.set(id, lookup)
    return lookup
  }

  const touch = (row: ApiKeyRow) => {
    const now = clock()
    if (now - (touched.get(row.id) ?? row.lastUsedAt ?? Number.NEGATIVE_INFINITY) < touchMs) return
    touched.set(row.id, now)
    // A failure to store the last use must not fail the request.
    store.touchApiKey(row.id, now).catch((error: unknown) => {
      log.warn({ err: error, keyId: row.id }, 'the last use of an API key could not be stored')
    })
  }

  return {
    async verify(text) {
      const id = idOf(text)
      if (id === undefined) return undefined
      const found = await find(id)
      if (found === undefined) return undefined
      const { row, principal } = found
      if (!timingSafeEqual(sha256(text), row.secretHash)) return undefined
      if (row.revokedAt !== undefined || (row.expiresAt ?? Number.POSITIVE_INFINITY) <= clock()) return undefined
      touch(row)
      return principal
    },
  }
}

const prefix = 'wa_'
const secretLength = 32
const wellFormed = /^wa_([0-9A-HJKMNP-TV-Z]{26})[0-9A-Za-z]{38}$/

/** Row id of a key that could be one, judged by its text alone. */
const idOf = (text: string) => {
  const id = wellFormed.exec(text)?.[1]
  if (id === undefined) return undefined
  return text.endsWith(checksumOf(text.slice(0, -checksumLength))) ? rowIdOf(id) : undefined
}

const rowIdOf = (id: string) => `key_${id}`

const toPrincipal = (row: ApiKeyRow): Principal => ({
  kind: 'apiKey',
  subject: row.id,
  organizationId: row.organizationId,
  capabilities: new Set(row.capabilities),
  superAdmin: false,
})

const sha256 = (text: string) => hash('sha256', text, 'buffer')

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const randomBase62 = (length: number) => Array.from({ length }, () => base62[randomInt(62)]).join('')

/** 62⁶ is more than 2³²: every CRC-32 fits. */
const checksumLength = 6

const checksumOf = (body: string) => {
  let rest = crc32(body)
  let text = ''
  for (let i = 0; i < checksumLength; i++) {
    text = base62[rest % 62] + text
    rest = Math.floor(rest / 62)
  }
  return text
}
