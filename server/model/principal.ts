/** Who calls: the only thing about authentication that the rest of the server sees. */
import type { Capability } from '../../generated/enums.ts'

/** What a token may be good for, as the contract lists it. */
export { type Capability, capabilities } from '../../generated/enums.ts'

/** A caller whose token is valid. */
export interface Principal {
  /** Which kind of token it was. */
  kind: 'login' | 'apiKey'
  /** The person's id (`sub`) or the key's id. */
  subject: string
  /** The only organization whose sessions it reaches. */
  organizationId: string
  /** What the token is good for. */
  capabilities: ReadonlySet<Capability>
  /** Platform operator: every capability, own organization or not. Only a login can be one. */
  superAdmin: boolean
}
