/** Every way to say who calls: the same rights in another form, which a server may look at in code of its own. */
import type { Base } from './base.ts'
import type { Call, Caller, Case, Context } from './case.ts'
import type { OperationRow } from './contract.ts'
import type { Need, TokenName } from './target.ts'

type Capabilities = OperationRow['capabilities']

/** The token that has one capability alone; a target file has none for the others. */
export const tokenOf: { readonly [K in Capabilities[number]]?: TokenName } = {
  read: 'readOnly',
  send: 'sendOnly',
  manage: 'manageOnly',
}

/** A member of an organization has each capability but one. */
export const memberMay = (capabilities: Capabilities) => capabilities.some((capability) => capability !== 'manage')

type Named = Exclude<Caller, 'nobody'>

export interface Form {
  /** As in ids: `x-api-key`, `login-owner`, `token-read-only`. */
  name: string
  /** In words that finish "a caller with …". */
  words: string
  /** What is said of the caller in a call. */
  who(context: Context): Promise<Pick<Call, 'caller' | 'headers'>>
  /** Only a server that remembers has it. */
  live: boolean
  features: Case['features']
  needs: readonly Need[]
}

/** Callers of the first organization that the operation admits, besides the key with all capabilities as bearer. */
export const formsOf = ({ row: { capabilities } }: Base): Form[] => {
  const form = (name: string, words: string, caller: Named, ...features: Case['features']): Form => ({
    name,
    words,
    who: async () => ({ caller }),
    live: false,
    features,
    needs: [`tokens.${caller.token}`],
  })
  return [
    form('x-api-key', 'an API key in x-api-key', { token: 'full', as: 'x-api-key' }, 'apiKeys'),
    form('login-owner', 'the login JWT of an owner', { token: 'ownerLogin' }, 'loginTokens'),
    admin,
    ...(memberMay(capabilities)
      ? [form('login-member', 'the login JWT of a member', { token: 'memberLogin' }, 'loginTokens')]
      : []),
    ...capabilities.flatMap((capability) => {
      const token = tokenOf[capability]
      return token === undefined
        ? []
        : [form(`token-${capability}-only`, `an API key for ${capability} alone`, { token })]
    }),
  ]
}

/** A target file has no token of an admin: the hook makes one. */
const admin: Form = {
  name: 'login-admin',
  words: 'the login JWT of an admin',
  who: async (context) => ({
    caller: 'nobody',
    headers: { Authorization: `Bearer ${await context.login({ claims: { orgRole: 'admin' } })}` },
  }),
  live: true,
  features: ['loginTokens', 'hook'],
  needs: ['tokens.ownerLogin'],
}
