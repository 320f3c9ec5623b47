/** Finds the principal of a request: by a token in its headers, else by a ticket. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Principal } from '../../model/principal.ts'
import type { Identify } from './who.ts'

export interface IdentifyParts {
  /** By a token in the headers. */
  authenticate: (headers: IncomingHttpHeaders) => Promise<Principal | undefined>
  tickets: { find(ticket: string): Promise<Principal | undefined> }
}

/** A token counts more than tickets; of these, the first good one. */
export const createIdentify =
  ({ authenticate, tickets }: IdentifyParts): Identify =>
  async ({ headers, tickets: given }) => {
    let found = await authenticate(headers)
    for (const ticket of given) found ??= await tickets.find(ticket)
    return found
  }
