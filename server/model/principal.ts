/** Who calls: the only thing about authentication that the rest of the server sees. */
import type { Capability } from '../../generated/enums.ts'

export { type Capability, capabilities } from '../../generated/enums.ts'

export interface Principal {
  kind: 'login' | 'apiKey'
  /** The person's id (`sub`) or the key's id. */
  subject: string
  organizationId: string
  capabilities: ReadonlySet<Capability>
  /** Platform operator: every capability, own organization or not. Only a login can be one. */
  superAdmin: boolean
}
