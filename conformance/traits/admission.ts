/** Who may call: tokens of both kinds, none, broken ones, and tokens without the capability. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, refusal, variantOf } from '../base.ts'
import { type Form, formsOf, memberMay, tokenOf } from '../callers.ts'
import type { Caller, Case } from '../case.ts'
import type { OperationRow } from '../contract.ts'
import { saidBy } from '../said.ts'
import { cases, type Row } from '../table.ts'
import type { TokenName } from '../target.ts'

type Capability = OperationRow['capabilities'][number]

interface Proof {
  capability: Capability
  token: TokenName
  /** The case that shows that the token is good for its capability. */
  id: string
}

/** Conditions of refusals, besides the operation's own success. */
export interface Proofs {
  alone: readonly Proof[]
  /** The case that shows that a member is let in. */
  member: string | undefined
  /** The case that reads the session without a client. */
  offline: string | undefined
}

/** @param parts of all operations, in the order of the contract */
export const proofsOf = (parts: readonly { base: Base; own: readonly Case[] }[]): Proofs => {
  const bases = parts.map(({ base }) => base)
  const anchor = (capability: Capability) => {
    // One that takes no other capability first: what it admits was admitted for this one.
    const able = bases
      .filter(({ row }) => row.capabilities.includes(capability))
      .toSorted((one, other) => one.row.capabilities.length - other.row.capabilities.length)
    return able.find((base) => base.anchor) ?? able[0]
  }
  const read = anchor('read')
  const offline = parts
    .flatMap(({ own }) => own.map(({ id }) => id))
    .filter((id) => id.endsWith('/200/-/session-offline'))
  return {
    alone: (Object.keys(tokenOf) as Capability[]).flatMap((capability) => {
      const [base, token] = [anchor(capability), tokenOf[capability]]
      if (base === undefined || token === undefined) return []
      return [{ capability, token, id: idOf(base, variantOf(base, `token-${capability}-only`)) }]
    }),
    member: read && idOf(read, variantOf(read, 'login-member')),
    offline: offline[0],
  }
}

export const admission = (base: Base, { alone, member }: Proofs): Case[] => {
  const { capabilities } = base.row
  const others = alone.filter(({ capability }) => !capabilities.includes(capability))
  return cases(base, {}, [
    admitted(base, base.admitted.split('/')[2] ?? '', base.promise, full),
    ...formsOf(base).map((form) => admitted(base, form.name, `admits ${form.words}`, form)),
    ...unauthorized(base),
    ...others.map((other) => forbidden(base, other)),
    ...(memberMay(capabilities) ? [] : [memberForbidden(base, member)]),
    roleForbidden(base),
  ])
}

const roleForbidden = (base: Base): Row =>
  refusal(base, {
    id: '403/forbidden/login-role-unknown',
    promise: 'gives a role that it does not know no right at all',
    needs: ['tokens.ownerLogin'],
    features: ['loginTokens', 'hook'],
    control: [idOf(base, variantOf(base, 'login-admin'))],
    live: true,
    broken: false,
    edit: async (call, context) => {
      const token = await context.login({ claims: { orgRole: 'auditor' } })
      return { ...call, caller: 'nobody', headers: { Authorization: `Bearer ${token}` } }
    },
  })

const memberForbidden = (base: Base, member: string | undefined): Row =>
  refusal(base, {
    id: '403/forbidden/login-member',
    promise: 'refuses the login JWT of a member',
    needs: ['tokens.memberLogin'],
    features: ['loginTokens'],
    control: member === undefined ? [] : [member],
    broken: false,
    edit: (call) => ({ ...call, caller: { token: 'memberLogin' } }),
  })

const full: Pick<Form, 'who' | 'needs' | 'features' | 'live'> = {
  who: async () => ({ caller: { token: 'full' } }),
  needs: ['tokens.full'],
  features: [],
  live: false,
}

/** The admitted request, from a caller. */
const admitted = (base: Base, variant: string, promise: string, { who, ...form }: typeof full): Row => ({
  id: variantOf(base, variant),
  promise,
  needs: [...needsOf(base), ...form.needs],
  features: form.features,
  effects: effectsOf(base),
  control: base.control ?? [],
  live: form.live || (base.live ?? false),
  run: async (context) => {
    await context.send({ ...(await admittedCall(base, context)), ...(await who(context)) }, outcomeOf(base))
  },
})

const unauthorized = (base: Base): Row[] => {
  const from = (variant: string, promise: string, caller: Caller, steer: boolean): Row =>
    refusal(base, {
      id: `401/unauthorized/${variant}`,
      promise,
      steer,
      broken: false,
      edit: (call) => ({ ...call, caller }),
    })
  return [
    from('token-absent', 'refuses a request without a token', 'nobody', false),
    from('token-garbage', 'refuses a malformed token', { token: 'full', as: 'garbage' }, true),
    from('token-altered', 'refuses a token with one character changed', { token: 'full', as: 'altered' }, true),
    from('scheme-basic', 'refuses a token under another scheme', { token: 'full', as: 'basic' }, false),
    {
      ...from(
        'key-altered',
        'refuses an API key with one character changed',
        { token: 'full', as: 'altered-x-api-key' },
        true,
      ),
      features: ['apiKeys'],
      control: [idOf(base, variantOf(base, 'x-api-key'))],
    },
    saysNotWhy(base),
  ]
}

const saysNotWhy = (base: Base): Row => ({
  ...refusal(base, {
    id: '401/unauthorized/says-not-why',
    promise: 'answers a malformed token exactly as one that is almost right',
    clause: '/info/description',
    live: true,
    control: [idOf(base, '401/unauthorized/token-garbage'), idOf(base, '401/unauthorized/token-altered')],
    edit: (call) => call,
  }),
  checks: ['same-answer'],
  run: async (context) => {
    const call = await admittedCall(base, context)
    const refused = async (as: 'garbage' | 'altered') => {
      const answer = await context.send(
        { ...call, caller: { token: 'full', as } },
        { status: 401, code: 'unauthorized' },
      )
      return `${answer.headers['www-authenticate']} ${saidBy(answer)}`
    }
    const [garbage, altered] = [await refused('garbage'), await refused('altered')]
    context.check('same-answer', garbage === altered, 'the two answers differ, and so tell how near a guess is')
  },
})

const forbidden = (base: Base, { capability, token, id }: Proof): Row =>
  refusal(base, {
    id: `403/forbidden/token-${capability}-only`,
    promise: `refuses a token that has ${capability} alone`,
    needs: [`tokens.${token}`],
    control: [id],
    broken: false,
    edit: (call) => ({ ...call, caller: { token } }),
  })
