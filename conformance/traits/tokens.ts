/** Tokens that are almost right, altered in each of their parts, and right ones in a place where none belongs: all refused. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import { Blocked, type Call, type Case, type Context, Failure, type LoginChange } from '../case.ts'
import { each } from '../each.ts'
import { alteredLogins, confusedLogins, forgedLogins, type Near, nearKeys, publishedKeys } from '../near-tokens.ts'
import { cases, type Row } from '../table.ts'

const unauthorized = { status: 401, code: 'unauthorized' }

export const tokens = (base: Base): Case[] =>
  cases(base, { needs: needsOf(base), effects: effectsOf(base), live: true, checks: ['each'] }, [
    tokenNear(base),
    keyNear(base),
    tokenElsewhere(base),
    headersOfProxies(base),
    ...[alteredLogin(base), forgedLogin(base), confusedLogin(base), oddLogin(base)].map((row) => ({
      ...row,
      needs: ['tokens.ownerLogin' as const, ...(row.needs ?? [])],
      features: ['loginTokens', ...(row.features ?? [])],
    })),
  ])

/** These headers alone say who calls. */
const withHeaders = (call: Call, headers: Record<string, string>): Call => ({ ...call, caller: 'nobody', headers })

const bearer = (call: Call, token: string) => withHeaders(call, { Authorization: `Bearer ${token}` })

/** The call with each of the headers is refused. */
const refusesEach = async (
  base: Base,
  context: Context,
  tries: readonly (readonly [string, (call: Call) => Call])[],
) => {
  const call = await admittedCall(base, context)
  await each(
    context,
    'each',
    tries.map(([words, edit]) => [words, () => context.send(edit(call), unauthorized)]),
  )
}

const asBearers = (near: readonly Near[]) =>
  near.map(([words, token]) => [`a token ${words}`, (call: Call) => bearer(call, token)] as const)

const tokenNear = (base: Base): Row => ({
  id: '401/unauthorized/token-near',
  promise: 'refuses every token that is almost right',
  control: [idOf(base), idOf(base, '401/unauthorized/token-garbage')],
  run: (context) => refusesEach(base, context, asBearers(nearKeys(context.get('tokens.full')))),
})

const keyNear = (base: Base): Row => ({
  id: '401/unauthorized/key-near',
  promise: 'refuses every API key in x-api-key that is almost right',
  features: ['apiKeys'],
  control: [idOf(base, variantOf(base, 'x-api-key')), idOf(base, '401/unauthorized/key-altered')],
  run: (context) =>
    refusesEach(
      base,
      context,
      nearKeys(context.get('tokens.full')).map(([words, token]) => [
        `a key ${words}`,
        (call) => withHeaders(call, { 'X-API-Key': token }),
      ]),
    ),
})

const otherHeaders = ['X-Auth-Token', 'X-Access-Token', 'Api-Key', 'Proxy-Authorization', 'X-Authorization', 'Token']
const otherSchemes = ['Token', 'ApiKey', 'Key', 'Digest', 'Bearer Bearer', 'Bearer:', 'Bearer token']
const cookies = ['token', 'access_token', 'api_key', 'session', 'authorization']
const parameters = ['access_token', 'token', 'api_key', 'apikey', 'key', 'x-api-key', 'authorization']

/** Tokens in URLs end up in logs, tokens in cookies are sent by any page; and none of it is promised. */
const tokenElsewhere = (base: Base): Row => ({
  id: '401/unauthorized/token-elsewhere',
  promise: 'finds a token in the documented places only',
  control: [idOf(base), idOf(base, '401/unauthorized/token-absent')],
  run: (context) => {
    const token = context.get('tokens.full')
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
    return refusesEach(base, context, [
      ['a token in the query', inQuery(token)],
      [
        'a token in cookies',
        (call) => withHeaders(call, { Cookie: cookies.map((name) => `${name}=${token}`).join('; ') }),
      ],
      ...otherHeaders.map(
        (name) =>
          [
            `a token in ${name}`,
            (call: Call) => withHeaders(call, { [name]: name.endsWith('Authorization') ? `Bearer ${token}` : token }),
          ] as const,
      ),
      ...otherSchemes.map(
        (scheme) =>
          [
            `a token under the scheme "${scheme}"`,
            (call: Call) => withHeaders(call, { Authorization: `${scheme} ${token}` }),
          ] as const,
      ),
      ['a token without a scheme', (call) => withHeaders(call, { Authorization: token })],
      ['a token as the password of Basic', (call) => withHeaders(call, { Authorization: basic(`api:${token}`) })],
    ])
  },
})

/** What a proxy may say of the caller; anybody else may say it, too. */
const saidByProxies: Readonly<Record<string, string>> = {
  'X-Forwarded-User': 'admin',
  'X-Remote-User': 'admin',
  'X-User-Id': '1',
  'X-User-Role': 'admin',
  'X-Organization-Id': '1',
  'X-Authenticated': 'true',
  'X-Internal': '1',
  'X-Forwarded-For': '127.0.0.1',
  'X-Real-IP': '127.0.0.1',
  Forwarded: 'for=127.0.0.1',
  'X-Original-URL': '/healthz',
  'X-HTTP-Method-Override': 'OPTIONS',
}

const headersOfProxies = (base: Base): Row => ({
  id: '401/unauthorized/headers-of-proxies',
  promise: 'accepts no header that anybody can send in place of a token',
  control: [idOf(base), idOf(base, '401/unauthorized/token-absent')],
  run: (context) => {
    const one = Object.entries(saidByProxies).map(
      ([name, value]) => [`a call with ${name}`, (call: Call) => withHeaders(call, { [name]: value })] as const,
    )
    return refusesEach(base, context, [...one, ['a call with all of them', (call) => withHeaders(call, saidByProxies)]])
  },
})

const inQuery = (token: string) => (call: Call) =>
  ({
    ...call,
    caller: 'nobody',
    query: { ...call.query, ...Object.fromEntries(parameters.map((name) => [name, token])) },
    broken: true,
  }) satisfies Call

const standsOnLogin = (base: Base) => [idOf(base, variantOf(base, 'login-owner'))]

const alteredLogin = (base: Base): Row => ({
  id: '401/unauthorized/login-altered',
  promise: 'refuses a login JWT with any part of it changed',
  control: standsOnLogin(base),
  run: (context) => refusesEach(base, context, asBearers(alteredLogins(context.get('tokens.ownerLogin')))),
})

const forgedLogin = (base: Base): Row => ({
  id: '401/unauthorized/login-forged',
  promise: 'refuses a login JWT that somebody else has signed',
  control: standsOnLogin(base),
  run: (context) => refusesEach(base, context, asBearers(forgedLogins(context.get('tokens.ownerLogin')))),
})

const confusedLogin = (base: Base): Row => ({
  id: '401/unauthorized/login-hs256-public-key',
  promise: 'takes no public key for a secret',
  needs: ['fixtures.loginKeys'],
  control: standsOnLogin(base),
  run: async (context) => {
    const keys = await publishedKeys(context.get('fixtures.loginKeys'))
    await refusesEach(base, context, asBearers(confusedLogins(context.get('tokens.ownerLogin'), keys)))
  },
})

/** What makes a well-signed login JWT one that is not, or not yet, or no longer, for this server. */
const odd: readonly (readonly [string, LoginChange])[] = [
  ['that expired an hour ago', { claims: { exp: -3_600 } }],
  ['that is valid in an hour', { claims: { nbf: 3_600 } }],
  ['for another audience', { claims: { aud: 'conformance-nobody' } }],
  ['of another issuer', { claims: { iss: 'https://issuer.example' } }],
  ['without exp', { without: ['exp'] }],
  ['without aud', { without: ['aud'] }],
  ['without iss', { without: ['iss'] }],
  ['without activeOrganizationId', { without: ['activeOrganizationId'] }],
  ['with a kid that nobody has', { header: { kid: 'conformance-nobodys' } }],
]

const oddLogin = (base: Base): Row => ({
  id: '401/unauthorized/login-claims',
  features: ['hook'],
  promise: 'refuses a login JWT that is well signed and not for it, or not for now',
  control: standsOnLogin(base),
  run: async (context) => {
    const call = await admittedCall(base, context)
    await isAdmitted(base, context, call)
    await each(
      context,
      'each',
      odd.map(([words, change]) => [
        `a token ${words}`,
        async () => context.send(bearer(call, await context.login(change)), unauthorized),
      ]),
    )
  },
})

/** The token that the odd ones differ from. */
const isAdmitted = async (base: Base, context: Context, call: Call) => {
  try {
    await context.send(bearer(call, await context.login({})), outcomeOf(base))
  } catch (error) {
    if (error instanceof Failure) throw new Blocked(`a login token of the hook is not admitted: ${error.message}`)
    throw error
  }
}
