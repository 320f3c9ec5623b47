/** Who calls the sandbox: keys and logins, by what they may do. */
import { mintApiKey } from '../../server/auth/api-key.ts'
import { capabilities as all, type Capability } from '../../server/model/principal.ts'
import type { Running } from '../../server/start.ts'
import type { LoginServer, Person } from './login-server.ts'
import { fullOrganization, pacedOrganization } from './paced.ts'
import type { Target } from './target.ts'

export const organization = 'org_toko_ayu'
const otherOrganization = 'org_bengkel_jaya'

export const owner: Person = { sub: 'user_ayu', activeOrganizationId: organization, orgRole: 'owner' }

export type Tokens = Target['tokens']

const keyMaker =
  ({ store }: Running) =>
  async (label: string, organizationId: string, capabilities: readonly Capability[]) => {
    const { row, text } = mintApiKey({ organizationId, capabilities, label }, Date.now())
    await store.insertApiKey(row)
    return text
  }

/** Keys of the organizations that are limited. */
export const makeLimitedTokens = async (gateway: Running) => {
  const key = keyMaker(gateway)
  return {
    paced: await key('a paced organization', pacedOrganization, all),
    crowded: await key('an organization with all its sessions', fullOrganization, all),
  }
}

/** Keys and logins of the two organizations. */
export const makeTokens = async (gateway: Running, login: LoginServer): Promise<Tokens> => {
  const key = keyMaker(gateway)
  return {
    full: await key('everything', organization, all),
    readOnly: await key('read only', organization, ['read']),
    sendOnly: await key('send only', organization, ['send']),
    manageOnly: await key('manage only', organization, ['manage']),
    otherOrg: await key('another organization', otherOrganization, all),
    ownerLogin: await login.token(owner),
    memberLogin: await login.token({ sub: 'user_sari', activeOrganizationId: organization, orgRole: 'member' }),
  }
}
