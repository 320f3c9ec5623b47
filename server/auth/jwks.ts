/**
 * The login tokens' issuer publishes its public keys (a JWK set); this keeps a copy that survives the publisher's bad
 * days. Nothing that a token says ever leads to another address, and no token waits for a refresh that fails.
 */
import { createPublicKey, hash, type KeyObject } from 'node:crypto'
import type { Logger } from 'pino'

export const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const
export type Algorithm = (typeof algorithms)[number]

/** A public key that is strong enough and meant for signatures. */
export interface VerificationKey {
  /** SHA-256 of the key itself, whatever the publisher calls it. */
  thumbprint: string
  kid: string | undefined
  algorithms: readonly Algorithm[]
  key: KeyObject
}

export interface Jwks {
  /** The published keys that a token with this header may be signed by: all that fit when it names no `kid`. */
  find(algorithm: Algorithm, kid: string | undefined): Promise<VerificationKey[]>
  /** Whether the key is still published, as far as the copy knows. A promise only while the copy has to be renewed. */
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

/** From this age on, a copy is renewed in the background. */
const freshMs = 5 * 60_000
/** From this age on, a token waits for the renewal, unless the publisher is failing: a removed key ends here. */
const maxAgeMs = 10 * 60_000
/** From this age on, an old copy is worth nothing, however long the publisher has been failing. */
const maxStaleMs = 24 * 60 * 60_000
/** Tokens with made-up key names cause one fetch in this time. */
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
      // Half fixed, half random: never at once, never in step with other gateways.
      retryAt = monotonic() + Math.min(backoffCapMs, backoffBaseMs * 2 ** (failures - 1)) * (0.5 + random() / 2)
      const text = copy === undefined ? 'login tokens are refused' : 'login tokens are checked with an older copy'
      log.warn({ reason: reasonOf(error), from: url.origin + url.pathname }, `no keys from the token issuer: ${text}`)
    }
  }

  /** Undefined when the copy can be used as it is; otherwise what to wait for. */
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
      // Perhaps the publisher has a new key. `retryAt` guards a failing one, the cooldown a working one.
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

/** @throws Error with a reason for the operator; a set without one usable key is an error too */
const fetchKeys = async (url: URL, fetch: typeof globalThis.fetch, timeoutMs: number): Promise<VerificationKey[]> => {
  const response = await fetch(url, {
    // A redirect would let whoever controls the answer choose the publisher.
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

/** Undefined for what must not verify a login token: secrets, private keys, other uses, weak or unknown kinds. */
const toKey = (jwk: Record<string, unknown>): VerificationKey | undefined => {
  // A publisher that shows a private key has lost it.
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

/** What a key may verify: none when it is too weak. */
const algorithmsOf = (key: KeyObject): Algorithm[] => {
  const { modulusLength = 0, publicExponent = 0n, namedCurve } = key.asymmetricKeyDetails ?? {}
  // With an exponent of 1 a signature is its own proof.
  if (key.asymmetricKeyType === 'rsa') return modulusLength >= 2048 && publicExponent > 1n ? ['RS256', 'PS256'] : []
  if (key.asymmetricKeyType === 'ec') return namedCurve === 'prime256v1' ? ['ES256'] : []
  if (key.asymmetricKeyType === 'ed25519') return ['EdDSA']
  return []
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** `fetch failed` alone helps nobody: the cause says whether it was the name, the port or the certificate. */
const reasonOf = (error: unknown) => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
