/** Who calls: the only thing about authentication that the rest of the server sees. */
import type { Capability } from '../../generated/enums.ts'
import type { EventName } from './events.ts'

/** The capabilities that a token can have, as the contract lists them. */
export { type Capability, capabilities } from '../../generated/enums.ts'

/** A caller whose token is valid. */
export interface Principal {
  /** Which kind of token it was. */
  kind: 'login' | 'apiKey'
  /** The person's id (`sub`) or the key's id. */
  subject: string
  /** The only organization whose sessions it can reach. */
  organizationId: string
  /** The capabilities of the token. */
  capabilities: ReadonlySet<Capability>
  /** Platform operator: every capability, in every organization. Only a login token can say so. */
  superAdmin: boolean
  /** The unused ticket with which the caller came, made by the token that is described above. Absent = the token itself. */
  ticket?: string
  /** Which events the ticket is for; an absent member restricts nothing. */
  eventFilter?: EventFilter
}

/** Some of the events of an organization; an absent member restricts nothing. */
export interface EventFilter {
  /** Only events of this session. */
  sessionId?: string
  /** Only events with these names. */
  events?: readonly EventName[]
}
