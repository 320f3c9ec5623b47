/** Identifies the caller. */
import type { IncomingHttpHeaders } from 'node:http'
import type { OperationRow } from '../../../generated/operations.ts'
import type { Pacing } from '../../limits/pacing.ts'
import { unauthorized } from '../../model/errors.ts'
import type { Principal } from '../../model/principal.ts'

/** What a caller says of itself. */
export interface Credentials {
  headers: IncomingHttpHeaders
  /** The tickets that it has, the newest first; empty for an operation that takes none. */
  tickets: readonly string[]
}

/** Undefined = no valid credential. */
export type Identify = (credentials: Credentials) => Promise<Principal | undefined>

export interface Caller {
  headers: IncomingHttpHeaders
  /** Raw, without the question mark. */
  query: string
  /** Where it comes from. */
  address: () => string
}

/**
 * @throws GatewayError `unauthorized`; 429 after too many wrong tokens from this address
 */
export const callerOf = async (
  identify: Identify,
  row: OperationRow,
  { headers, query, address }: Caller,
  pacing: Pick<Pacing, 'wrongToken'>,
): Promise<Principal> => {
  const tickets = ticketsIn(row, headers, query)
  const principal = await identify({ headers, tickets })
  if (principal !== undefined) return principal
  // A request without a token is not a guess.
  if (hasToken(headers) || tickets.length > 0) await pacing.wrongToken(address())
  throw unauthorized()
}

/**
 * `EventSource` comes back with the address that it was given, whose ticket was used; the stream gave it another, which is part of the
 * id that it repeats.
 */
const ticketsIn = ({ parameters }: OperationRow, headers: IncomingHttpHeaders, query: string): string[] => {
  if (!('ticket' in parameters.query)) return []
  const [, next] = /\.(.+)$/.exec(String(headers['last-event-id'] ?? '')) ?? []
  const first = new URLSearchParams(query).get('ticket')
  return [next, first].filter((ticket) => typeof ticket === 'string')
}

const hasToken = (headers: IncomingHttpHeaders) =>
  headers.authorization !== undefined || headers['x-api-key'] !== undefined
