/** Who may call: tokens of both kinds, none, broken ones, and tokens without the capability. */
import { admittedCall, type Base, type Edit, effectsOf, idOf, needsOf, outcomeOf, refusal, variantOf } from '../base.ts'
import { formsOf, memberMay, tokenOf } from '../callers.ts'
import type { Call, Caller, Case } from '../case.ts'
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

/** What refusals stand on besides the operation's own success. */
export interface Proofs {
  alone: readonly Proof[]
  /** The case that shows that a member is let in. */
  member: string | undefined
  /** The case that reads the session without a client, and the part of the profile that it is of. */
  offline: { id: string; feature: string } | undefined
}

/** @param parts of all operations, in the order of the contract */
export const proofsOf = (parts: readonly { base: Base; own: readonly Case[] }[]): Proofs => {
  const bases = parts.map(({ base }) => base)
  const anchor = (capability: Capability) => {
    const able = bases.filter(({ row }) => row.capabilities.includes(capability))
    return able.find((base) => base.anchor) ?? able[0]
  }
  const read = anchor('read')
  const offline = parts.flatMap(({ base, own }) =>
    own.flatMap(({ id }) => (id.endsWith('/200/-/session-offline') ? [{ id, feature: base.feature }] : [])),
  )
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
  // A token that is good for something else.
  const [lacking] = others
  return cases(base, {}, [
    admitted(base, base.admitted.split('/')[2] ?? '', base.promise, { token: 'full' }),
    ...tokensThatDo(base),
    ...unauthorized(base),
    ...others.map((other) => forbidden(base, other)),
    ...(memberMay(capabilities) ? [] : [memberForbidden(base, member)]),
    ...(lacking !== undefined && 'session' in base.path ? [forbiddenFirst(base, lacking)] : []),
    ...(lacking === undefined ? [] : [forbiddenBeforeValidation(base, lacking)]),
  ])
}

const forbiddenBeforeValidation = (base: Base, { token, id }: Proof): Row =>
  refusal(base, {
    id: '403/forbidden/before-validation',
    promise: 'asks what the caller may before it looks at what was said',
    level: 'SHOULD',
    clause: '/info/description',
    needs: [`tokens.${token}`],
    control: [idOf(base, '400|422/validation_error/query-unknown'), id],
    edit: (call) => ({ ...call, caller: { token }, query: { ...call.query, unknown: 1 } }),
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

/** The admitted request, from a caller. */
const admitted = (base: Base, variant: string, promise: string, caller: Exclude<Caller, 'nobody'>): Row => ({
  id: variantOf(base, variant),
  promise,
  needs: [...needsOf(base), `tokens.${caller.token}`],
  effects: effectsOf(base),
  control: base.control ?? [],
  live: base.live ?? false,
  run: async (context) => {
    await context.send({ ...(await admittedCall(base, context)), caller }, outcomeOf(base))
  },
})

const tokensThatDo = (base: Base): Row[] =>
  formsOf(base).map(({ name, words, caller, features }) => ({
    ...admitted(base, name, `admits ${words}`, caller),
    features,
  }))

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
    from('token-garbage', 'refuses a token that is none', { token: 'full', as: 'garbage' }, true),
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
    ...('session' in base.path ? [unauthorizedFirst(base)] : []),
    refusal(base, {
      id: '401/unauthorized/before-validation',
      promise: 'asks who calls before it looks at what was said',
      level: 'SHOULD',
      clause: '/info/description',
      control: [idOf(base, '400|422/validation_error/query-unknown')],
      edit: (call) => ({ ...call, caller: 'nobody', query: { ...call.query, unknown: 1 } }),
      steer: false,
    }),
  ]
}

const saysNotWhy = (base: Base): Row => ({
  ...refusal(base, {
    id: '401/unauthorized/says-not-why',
    promise: 'does not tell a token that is none from one that is almost right',
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

const beforeSession = (base: Base, edit: (call: Call) => Call, more: Omit<Edit, 'edit' | 'promise'>): Row =>
  refusal(base, {
    ...more,
    promise: 'looks for no session on behalf of a caller who may not ask',
    level: 'SHOULD',
    clause: '/info/description',
    needs: ['fixtures.unknownSession', ...(more.needs ?? [])],
    control: [idOf(base, '404/not_found/session-unknown'), ...(more.control ?? [])],
    broken: false,
    edit: (call, context) => edit({ ...call, path: { ...call.path, session: context.get('fixtures.unknownSession') } }),
  })

const unauthorizedFirst = (base: Base): Row =>
  beforeSession(base, (call) => ({ ...call, caller: 'nobody' }), {
    id: '401/unauthorized/before-session-unknown',
    steer: false,
  })

const forbiddenFirst = (base: Base, { token, id }: Proof): Row =>
  beforeSession(base, (call) => ({ ...call, caller: { token } }), {
    id: '403/forbidden/before-session-unknown',
    needs: [`tokens.${token}`],
    control: [id],
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
