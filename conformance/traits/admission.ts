/** Who may call: tokens of both kinds, none, broken ones, and tokens without the capability. */
import {
  admittedCall,
  type Base,
  type Edit,
  effectsOf,
  idOf,
  needsOf,
  outcomeOf,
  refusal,
  tokensOf,
  variantOf,
} from '../base.ts'
import { type Call, type Caller, type Case, cases, type Row } from '../case.ts'
import { canonicalAnswer, type OperationRow, operations } from '../contract.ts'
import type { TokenName } from '../target.ts'

export const admission = (base: Base): Case[] => {
  const capabilities: Capabilities = operations[base.operationId].capabilities
  return cases(base.operationId, {}, [
    admitted(base, base.admitted.split('/')[2] ?? '', base.promise, { token: 'full' }),
    ...tokensThatDo(base, capabilities),
    ...unauthorized(base),
    ...othersThan(capabilities).map((other) => forbidden(base, other)),
    ...(memberMay(capabilities) ? [] : [memberForbidden(base)]),
    ...(base.session === undefined ? [] : [forbiddenFirst(base, capabilities)]),
    refusal(base, {
      id: '403/forbidden/before-validation',
      promise: 'asks what the caller may before it looks at what was said',
      level: 'SHOULD',
      clause: '/info/description',
      needs: [`tokens.${lacking(capabilities).token}`],
      control: [idOf(base, '400|422/validation_error/query-unknown'), lacking(capabilities).proof],
      edit: (call) => ({
        ...call,
        caller: { token: lacking(capabilities).token },
        query: { ...call.query, unknown: 1 },
      }),
    }),
  ])
}

type Capabilities = OperationRow['capabilities']

/** Of those that a token can have alone. */
const othersThan = (capabilities: Capabilities) =>
  (['read', 'send', 'manage'] as const).filter((other) => !capabilities.includes(other))

/** A token that is good for something else. */
const lacking = (capabilities: Capabilities) => tokensOf[othersThan(capabilities)[0] ?? 'read']

/** A member of an organization has each capability but one. */
const memberMay = (capabilities: Capabilities) => capabilities.some((capability) => capability !== 'manage')

const memberForbidden = (base: Base): Row =>
  refusal(base, {
    id: '403/forbidden/login-member',
    promise: 'refuses the login JWT of a member',
    needs: ['tokens.memberLogin'],
    features: ['loginTokens'],
    control: ['listChatMessages/200/-/login-member'],
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

const tokensThatDo = (base: Base, capabilities: Capabilities): Row[] => {
  const login = (variant: string, token: TokenName, who: string): Row => ({
    ...admitted(base, variant, `admits the login JWT of ${who}`, { token }),
    features: ['loginTokens'],
  })
  const key: Row = {
    ...admitted(base, 'x-api-key', 'takes an API key in x-api-key', { token: 'full', as: 'x-api-key' }),
    features: ['apiKeys'],
  }
  return [
    key,
    login('login-owner', 'ownerLogin', 'an owner'),
    ...(memberMay(capabilities) ? [login('login-member', 'memberLogin', 'a member')] : []),
    ...capabilities.flatMap((capability) =>
      capability === 'events'
        ? []
        : [
            admitted(base, `token-${capability}-only`, `needs ${capability} and nothing else`, {
              token: tokensOf[capability].token,
            }),
          ],
    ),
  ]
}

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
    ...(base.session === undefined ? [] : [unauthorizedFirst(base)]),
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
      return `${answer.headers['www-authenticate']} ${canonicalAnswer(base.operationId, answer)}`
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

const forbiddenFirst = (base: Base, capabilities: Capabilities): Row => {
  const { token, proof } = lacking(capabilities)
  return beforeSession(base, (call) => ({ ...call, caller: { token } }), {
    id: '403/forbidden/before-session-unknown',
    needs: [`tokens.${token}`],
    control: [proof],
  })
}

const forbidden = (base: Base, other: keyof typeof tokensOf): Row => {
  const { token, proof } = tokensOf[other]
  return refusal(base, {
    id: `403/forbidden/token-${other}-only`,
    promise: `refuses a token that has ${other} alone`,
    needs: [`tokens.${token}`],
    control: [proof],
    broken: false,
    edit: (call) => ({ ...call, caller: { token } }),
  })
}
