/** Who calls: the only thing about authentication that the rest of the server sees. */

export const capabilities = ['read', 'send', 'manage', 'events'] as const
export type Capability = (typeof capabilities)[number]

export interface Principal {
  kind: 'login' | 'apiKey'
  /** The person's id (`sub`) or the key's id. */
  subject: string
  organizationId: string
  capabilities: ReadonlySet<Capability>
  /** Platform operator: every capability, own organization or not. Only a login can be one. */
  superAdmin: boolean
}
