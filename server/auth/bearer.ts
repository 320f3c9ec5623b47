/** Finds the principal in a request's headers. The order in which credentials are tried is here only. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Principal } from '../model/principal.ts'
import type { ApiKeys } from './api-key.ts'
import type { LoginTokens } from './login-token.ts'

export interface AuthenticateParts {
  /** Absent = the gateway accepts API keys only. */
  loginTokens?: LoginTokens
  apiKeys: ApiKeys
}

/** Longer credentials are refused without a look. A login token with many claims has about 2 KB. */
const maxLength = 8_192

/**
 * `Authorization: Bearer` is tried as a login token when it has three parts, else as an API key; then `x-api-key`. One
 * good credential is enough.
 * @returns undefined when there is no valid credential: absent, malformed, unknown, expired and revoked look the same
 * @throws StoreUnavailable when an API key cannot be looked up now
 */
export const createAuthenticate =
  ({ loginTokens, apiKeys }: AuthenticateParts) =>
  async (headers: IncomingHttpHeaders): Promise<Principal | undefined> => {
    const bearer = bearerOf(headers.authorization)
    if (bearer !== undefined) {
      const principal = await (bearer.includes('.') ? loginTokens?.verify(bearer) : apiKeys.verify(bearer))
      if (principal !== undefined) return principal
    }
    const key = headers['x-api-key']
    return typeof key === 'string' && key.length <= maxLength ? apiKeys.verify(key) : undefined
  }

/** RFC 6750: the scheme in any case, spaces, one b64token. */
const bearerSyntax = /^Bearer +([\w.~+/-]+=*)$/i

const bearerOf = (header: string | undefined) =>
  header === undefined || header.length > maxLength ? undefined : bearerSyntax.exec(header)?.[1]
