/**
 * A cache of the public keys (JWK set) that the issuer of login tokens publishes, which outlasts failures of the issuer. Nothing in
 * a token can make it fetch another address, and no token waits for a refresh while refreshing fails.
 */
import { createPublicKey, hash, type KeyObject } from 'node:crypto'
import type { Logger } from 'pino'

export const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const
export type Algorithm = (typeof algorithms)[number]

/** A public key that is strong enough and meant for signatures. */
export interface VerificationKey {
  /** SHA-256 of the key itself, independent of its `kid`. */
  thumbprint: string
  kid: string | undefined
  algorithms: readonly Algorithm[]
  key: KeyObject
}

export interface Jwks {
  /** The published keys that may have signed a token with this header: all that fit when it has no `kid`. */
  find(algorithm: Algorithm, kid: string | undefined): Promise<VerificationKey[]>
  /** Whether the cached set has the key. A promise only while the cache has to be refreshed. */
  trusts(thumbprint: string): boolean | Promise<boolean>
}

export interface JwksOptions {
  url: URL
  log: Pick<Logger, 'warn'>
  fetch?: typeof globalThis.fetch
  /** Milliseconds that never jump. */
  monotonic?: () => number
  random?: () => number
  timeoutMs?: number
}

/** From this age on, the cache is refreshed in the background. */
const freshMs = 5 * 60_000
/** From this age on, a token waits for the refresh, unless the issuer is failing. A removed key is accepted until then. */
const maxAgeMs = 10 * 60_000
/** From this age on, the cached set is not used, even if the issuer is failing. */
const maxStaleMs = 24 * 60 * 60_000
/** Tokens with unknown key names cause at most one fetch in this time. */
const cooldownMs = 30_000
const backoffBaseMs = 1_000
const backoffCapMs = 60_000
const maxBytes = 1_000_000
const maxKeys = 32

export const createJwks = (options: JwksOptions): Jwks => {
  const { url, log, monotonic = () => performance.now(), random = Math.random } = options
  const load = () => fetchKeys(url, options.fetch ?? globalThis.fetch, options.timeoutMs ?? 5_000)

  let copy: { keys: VerificationKey[]; thumbprints: ReadonlySet<string>; at: number } | undefined
  let refreshing: Promise<void> | undefined
  let attemptedAt = Number.NEGATIVE_INFINITY
  let failures = 0
  let retryAt = Number.NEGATIVE_INFINITY

  const refresh = (): Promise<void> => {
    refreshing ??= attempt().finally(() => {
      refreshing = undefined
    })
    return refreshing
  }

  const attempt = async () => {
    attemptedAt = monotonic()
    try {
      const keys = await load()
      copy = { keys, thumbprints: new Set(keys.map(({ thumbprint }) => thumbprint)), at: monotonic() }
      failures = 0
      retryAt = Number.NEGATIVE_INFINITY
    } catch (error) {
      failures += 1
      // Half fixed, half random: not at once, and not at the same time as other gateways.
      retryAt = monotonic() + Math.min(backoffCapMs, backoffBaseMs * 2 ** (failures - 1)) * (0.5 + random() / 2)
      const text = copy === undefined ? 'login tokens are refused' : 'login tokens are checked with an older copy'
      log.warn({ reason: reasonOf(error), from: url.origin + url.pathname }, `no keys from the token issuer: ${text}`)
    }
  }

  /** Undefined when the cached set can be used; otherwise what to wait for. */
  const renewal = (): Promise<void> | undefined => {
    const age = copy === undefined ? Number.POSITIVE_INFINITY : monotonic() - copy.at
    if (age < freshMs) return undefined
    if (age >= maxStaleMs) copy = undefined
    if (monotonic() < retryAt) return undefined
    const renewed = refresh()
    const mayWait = copy === undefined || (age >= maxAgeMs && failures === 0)
    return mayWait ? renewed : undefined
  }

  const matching = (algorithm: Algorithm, kid: string | undefined) =>
    (copy?.keys ?? []).filter((key) => key.algorithms.includes(algorithm) && (kid === undefined || key.kid === kid))

  return {
    async find(algorithm, kid) {
      await renewal()
      const keys = matching(algorithm, kid)
      if (keys.length > 0 || copy === undefined) return keys
      // The issuer may have a new key. `retryAt` protects a failing issuer from requests, the cooldown a working one.
      if (monotonic() - attemptedAt < cooldownMs || monotonic() < retryAt) return keys
      await refresh()
      return matching(algorithm, kid)
    },
    trusts(thumbprint) {
      const isPublished = () => copy?.thumbprints.has(thumbprint) ?? false
      return renewal()?.then(isPublished) ?? isPublished()
    },
  }
}

/** @throws Error with a reason for the operator; also for a set without any usable key */
const fetchKeys = async (url: URL, fetch: typeof globalThis.fetch, timeoutMs: number): Promise<VerificationKey[]> => {
  const response = await fetch(url, {
    // A redirect would let the sender of the answer choose another issuer.
    redirect: 'error',
    headers: { accept: 'application/json, application/jwk-set+json' },
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`status ${response.status}`)
  }
  const keys = parseKeys(await readBounded(response))
  if (keys.length === 0) throw new Error('no usable key in the answer')
  return keys
}

const readBounded = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    // Leaving the loop cancels the body.
    if (size > maxBytes) throw new Error(`more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const parseKeys = (text: string): VerificationKey[] => {
  const set: unknown = JSON.parse(text)
  const keys = isObject(set) ? set.keys : undefined
  if (!Array.isArray(keys)) throw new Error('not a JWK set')
  return keys.slice(0, maxKeys).flatMap((jwk: unknown) => (isObject(jwk) ? (toKey(jwk) ?? []) : []))
}

/** Undefined for a key that must not verify login tokens: secret, private, for another use, weak or of an unknown kind. */
const toKey = (jwk: Record<string, unknown>): VerificationKey | undefined => {
  // A private key that is published is compromised.
  if (jwk.kty === 'oct' || jwk.d !== undefined || jwk.k !== undefined) return undefined
  if (jwk.use !== undefined && jwk.use !== 'sig') return undefined
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify'))) return undefined
  if (jwk.kid !== undefined && typeof jwk.kid !== 'string') return undefined
  const key = importKey(jwk)
  if (key === undefined) return undefined
  const usable = algorithmsOf(key).filter((algorithm) => jwk.alg === undefined || jwk.alg === algorithm)
  if (usable.length === 0) return undefined
  const der = key.export({ type: 'spki', format: 'der' })
  return { thumbprint: hash('sha256', der, 'base64url'), kid: jwk.kid, algorithms: usable, key }
}

const importKey = (jwk: Record<string, unknown>): KeyObject | undefined => {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}

/** The algorithms that a key may verify; none when it is too weak. */
const algorithmsOf = (key: KeyObject): Algorithm[] => {
  const { modulusLength = 0, publicExponent = 0n, namedCurve } = key.asymmetricKeyDetails ?? {}
  // With an exponent of 1 any signature can be forged.
  if (key.asymmetricKeyType === 'rsa') return modulusLength >= 2048 && publicExponent > 1n ? ['RS256', 'PS256'] : []
  if (key.asymmetricKeyType === 'ec') return namedCurve === 'prime256v1' ? ['ES256'] : []
  if (key.asymmetricKeyType === 'ed25519') return ['EdDSA']
  return []
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Adds the cause to `fetch failed`: it says whether the name, the port or the certificate was the problem. */
const reasonOf = (error: unknown) => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
