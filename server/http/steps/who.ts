/** Identifies the caller. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Pacing } from '../../limits/pacing.ts'
import { unauthorized } from '../../model/errors.ts'
import type { Principal } from '../../model/principal.ts'

/** Undefined = no valid credential. */
export type Identify = (headers: IncomingHttpHeaders) => Promise<Principal | undefined>

export interface Caller {
  headers: IncomingHttpHeaders
  /** Where it comes from. */
  address: () => string
}

/**
 * @throws GatewayError `unauthorized`; 429 after too many wrong tokens from this address
 */
export const callerOf = async (
  identify: Identify,
  { headers, address }: Caller,
  pacing: Pick<Pacing, 'wrongToken'>,
): Promise<Principal> => {
  const principal = await identify(headers)
  if (principal !== undefined) return principal
  // A request without a token is not a guess.
  if (hasToken(headers)) await pacing.wrongToken(address())
  throw unauthorized()
}

const hasToken = (headers: IncomingHttpHeaders) =>
  headers.authorization !== undefined || headers['x-api-key'] !== undefined
