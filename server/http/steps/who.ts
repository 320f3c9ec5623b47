/** Who calls. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Pacing } from '../../limits/pacing.ts'
import { unauthorized } from '../../model/errors.ts'
import type { Principal } from '../../model/principal.ts'

/** Undefined: nobody we know. */
export type Identify = (headers: IncomingHttpHeaders) => Promise<Principal | undefined>

export interface Caller {
  headers: IncomingHttpHeaders
  /** Where it comes from. */
  address: () => string
}

/**
 * @throws GatewayError `unauthorized`; 429 when that address has shown too many wrong tokens
 */
export const callerOf = async (
  identify: Identify,
  { headers, address }: Caller,
  pacing: Pick<Pacing, 'wrongToken'>,
): Promise<Principal> => {
  const principal = await identify(headers)
  if (principal !== undefined) return principal
  // Whoever shows nothing has guessed nothing.
  if (hasToken(headers)) await pacing.wrongToken(address())
  throw unauthorized()
}

const hasToken = (headers: IncomingHttpHeaders) =>
  headers.authorization !== undefined || headers['x-api-key'] !== undefined
