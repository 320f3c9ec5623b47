/**
 * Tickets: each opens one stream of events, in the name of the caller who made it. They are kept in memory, and end with the process.
 *
 * Several nodes: they need tickets of each other, since the stream may be opened at another one.
 */
import { randomBytes } from 'node:crypto'
import type { Principal } from '../model/principal.ts'

/** In whose name a stream is opened. */
export interface Grant {
  /** The caller who made the ticket, restricted to what it was made for. */
  principal: Principal
  /** Whether the token that made the ticket may still read events. */
  isAdmitted: () => Promise<boolean>
}

/** The ticket that a stream hands out, so that it can be opened again. */
export interface NextTicket {
  /** The ticket. */
  ticket: string
  /** The stream has ended: the ticket is valid for a while. Idempotent. */
  ended(): void
}

/** All tickets that have not been used yet. */
export interface Tickets {
  /** @returns `expiresAt`: until when it can be used, epoch milliseconds */
  create(grant: Grant): { ticket: string; expiresAt: number }
  /** Creates the ticket that opens a stream again. */
  next(grant: Grant): NextTicket
  /**
   * Looks at a ticket without using it.
   * @returns undefined when it is unknown, used or too old, its token is no longer valid, or the session that it is for was deleted
   */
  find(ticket: string): Promise<Principal | undefined>
  /** Uses a ticket. @returns undefined when it is unknown, used or too old */
  take(ticket: string): Grant | undefined
}

/** From the creation of a ticket to the opening of its stream. */
const openWithinMs = 30_000
/** From the end of a stream to its next opening: a browser that was offline comes back. */
const reopenWithinMs = 300_000
/** Of one organization; when there are so many, those that are too old are dropped, or else the oldest. */
const mostTickets = 5_000

interface Unused {
  grant: Grant
  /** Epoch milliseconds. */
  expiresAt: number
}

export interface TicketParts {
  /** Epoch milliseconds. */
  clock: () => number
  /** Whether the caller has a session with this id. */
  hasSession: (principal: Principal, sessionId: string) => Promise<boolean>
}

export const createTickets = ({ clock, hasSession }: TicketParts): Tickets => {
  const byOrganization = new Map<string, Map<string, Unused>>()
  const organizations = new Map<string, string>()

  const drop = (ticket: string) => {
    const organization = organizations.get(ticket)
    if (organization === undefined) return
    organizations.delete(ticket)
    const own = byOrganization.get(organization)
    own?.delete(ticket)
    if (own?.size === 0) byOrganization.delete(organization)
  }

  const makeRoom = (own: Map<string, Unused>) => {
    if (own.size < mostTickets) return
    const now = clock()
    for (const [ticket, { expiresAt }] of own) if (expiresAt <= now || own.size >= mostTickets) drop(ticket)
  }

  const add = (grant: Grant, expiresAt: number): string => {
    const { organizationId } = grant.principal
    makeRoom(byOrganization.get(organizationId) ?? new Map())
    const own = byOrganization.get(organizationId) ?? new Map<string, Unused>()
    const ticket = `tkt_${randomBytes(24).toString('base64url')}`
    byOrganization.set(organizationId, own.set(ticket, { grant, expiresAt }))
    organizations.set(ticket, organizationId)
    return ticket
  }

  const unused = (ticket: string): Unused | undefined => {
    const known = byOrganization.get(organizations.get(ticket) ?? '')?.get(ticket)
    return known !== undefined && known.expiresAt > clock() ? known : undefined
  }

  return {
    create(grant) {
      const expiresAt = clock() + openWithinMs
      return { ticket: add(grant, expiresAt), expiresAt }
    },

    next(grant) {
      const ticket = add(grant, Number.POSITIVE_INFINITY)
      return {
        ticket,
        ended: () => {
          const known = unused(ticket)
          if (known?.expiresAt === Number.POSITIVE_INFINITY) known.expiresAt = clock() + reopenWithinMs
        },
      }
    },

    async find(ticket) {
      const known = unused(ticket)
      if (known === undefined || !(await known.grant.isAdmitted())) return undefined
      const { principal } = known.grant
      const sessionId = principal.eventFilter?.sessionId
      if (sessionId !== undefined && !(await hasSession(principal, sessionId))) return undefined
      return { ...principal, ticket }
    },

    take(ticket) {
      const known = unused(ticket)
      drop(ticket)
      return known?.grant
    },
  }
}
