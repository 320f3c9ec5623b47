/** Login tokens: JWTs that the frontend issues to a person, verified with the keys that it publishes. */
import { hash } from 'node:crypto'
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import type { Logger } from 'pino'
import { createLru } from '../model/lru.ts'
import { type Capability, capabilities, type Principal } from '../model/principal.ts'
import { type Algorithm, algorithms, createJwks, type JwksOptions, type VerificationKey } from './jwks.ts'

export interface LoginTokens {
  /**
   * @param token anything; only compact JWTs are looked at
   * @returns undefined when it is not a valid login token
   */
  verify(token: string): Promise<Principal | undefined>
}

export interface LoginTokenOptions extends Omit<JwksOptions, 'url'> {
  jwksUrl: URL
  issuer: string
  audience: string
  /** Epoch ms: for `exp` and `nbf`. */
  clock: () => number
  log: Pick<Logger, 'warn'>
}

/** Caches verified tokens until they expire, as long as their key stays published. */
interface Verified {
  principal: Principal
  /** Epoch ms. */
  expiresAt: number
  thumbprint: string
}

const remembered = 10_000

export const createLoginTokens = (options: LoginTokenOptions): LoginTokens => {
  const { issuer, audience, clock } = options
  const jwks = createJwks({ ...options, url: options.jwksUrl })
  // Keyed by digest, so that a memory dump of this cache does not contain tokens.
  const cache = createLru<string, Verified>(remembered)

  const check = async (token: string): Promise<Verified | undefined> => {
    const header = readHeader(token)
    if (header === undefined) return undefined
    for (const key of await jwks.find(header.alg, header.kid)) {
      const payload = await payloadOf(token, key)
      if (payload !== undefined) return toVerified(payload, key.thumbprint)
    }
    return undefined
  }

  /** Undefined when the key did not sign the token, or its claims make it invalid. */
  const payloadOf = async (token: string, { key }: VerificationKey) => {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [...algorithms],
        issuer,
        audience,
        requiredClaims: ['exp'],
        currentDate: new Date(clock()),
        clockTolerance: notBeforeToleranceSeconds,
      })
      return payload
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined
      throw error
    }
  }

  return {
    async verify(token) {
      if (!compact.test(token)) return undefined
      const digest = hash('sha256', token, 'base64url')
      const hit = cache.get(digest)
      const isTrusted = hit !== undefined && (await jwks.trusts(hit.thumbprint))
      const verified = isTrusted ? hit : await check(token)
      if (verified === undefined || verified.expiresAt <= clock()) {
        cache.delete(digest)
        return undefined
      }
      if (verified !== hit) cache.set(digest, verified)
      return verified.principal
    },
  }
}

/** Strict base64url: no padding, no white space, no other serialization. */
const compact = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Tolerance for clocks that differ: a new token may seem to be from the future. `exp` has no tolerance. */
const notBeforeToleranceSeconds = 5

const types = new Set(['jwt', 'application/jwt', 'at+jwt', 'application/at+jwt'])

/** The part of the header that chooses the key; undefined when the header has anything that login tokens do not have. */
const readHeader = (token: string): { alg: Algorithm; kid: string | undefined } | undefined => {
  if (!isCanonical(token.slice(token.lastIndexOf('.') + 1))) return undefined
  let header: Record<string, unknown>
  try {
    header = { ...decodeProtectedHeader(token) }
  } catch {
    return undefined
  }
  const { kid, typ } = header
  const alg = algorithms.find((algorithm) => algorithm === header.alg)
  if (alg === undefined) return undefined
  if (kid !== undefined && typeof kid !== 'string') return undefined
  if (typ !== undefined && !(typeof typ === 'string' && types.has(typ.toLowerCase()))) return undefined
  return { alg, kid }
}

/** The last character of base64url has unused bits: without this check one signature would have several spellings. */
const isCanonical = (text: string) => Buffer.from(text, 'base64url').toString('base64url') === text

/** The end of the year 9999 in seconds. A larger `exp` was written in milliseconds, and would never expire. */
const maxExp = 253_402_300_799
const maxIdLength = 255

const toVerified = (payload: JWTPayload, thumbprint: string): Verified | undefined => {
  const { sub, exp = Number.POSITIVE_INFINITY, activeOrganizationId, orgRole, role } = payload
  if (!isId(sub) || !isId(activeOrganizationId) || exp > maxExp) return undefined
  const superAdmin = role === 'super_admin'
  return {
    expiresAt: exp * 1000,
    thumbprint,
    principal: {
      kind: 'login',
      subject: sub,
      organizationId: activeOrganizationId,
      capabilities: superAdmin ? all : (capabilitiesOf.get(orgRole) ?? none),
      superAdmin,
    },
  }
}

const isId = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= maxIdLength

const all: ReadonlySet<Capability> = new Set(capabilities)
const none: ReadonlySet<Capability> = new Set()

/** Capabilities by role in the organization. An unknown role has none: its calls are 403, never 401. */
const capabilitiesOf = new Map<unknown, ReadonlySet<Capability>>([
  ['owner', all],
  ['admin', all],
  ['member', new Set<Capability>(['read', 'send', 'events'])],
])
