/** Servers that look at most of a token, or for it in more places than are promised, or at a login JWT with half an eye. */
import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto'
import type { Target } from '../../target.ts'
import { type Asked, as, type Fault, insteadOf, type MakeFault, on, refuse } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const bearer = ({ headers }: Asked) => /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1]
const key = ({ headers }: Asked) => headers['x-api-key']

/** A request that fits is taken for one of the owner of the token. */
const takes =
  (token: 'full' | 'ownerLogin', fits: (asked: Asked, target: Target) => boolean): MakeFault =>
  (target) =>
    on(
      (asked) => asked.caller === undefined && asked.operationId !== undefined && fits(asked, target),
      (asked, ask) => ask(as(withoutQuery(asked), target, token)),
    )

/** A token in a query is taken out of it. */
const withoutQuery = (asked: Asked): Asked => ({
  ...asked,
  target: asked.target.replace(/\?.*(token|key|authorization)=.*$/, ''),
})

interface Look {
  name: string
  words: string
  like: (text: string, token: string) => boolean
}

const looks: readonly Look[] = [
  { name: 'beginning', words: 'only how it begins', like: (text, token) => text.startsWith(token) },
  { name: 'end', words: 'only how it ends', like: (text, token) => text.endsWith(token) && !text.startsWith(token) },
  { name: 'all-but-last', words: 'all but its last character', like: (text, token) => text === token.slice(0, -1) },
  { name: 'all-but-first', words: 'all but its first character', like: (text, token) => text === token.slice(1) },
  {
    name: 'first-letter',
    words: 'all of it from the second character on',
    like: (text, token) => text !== token && text.length === token.length && text.slice(1) === token.slice(1),
  },
  {
    name: 'last-letter',
    words: 'all of it to the last character but one',
    like: (text, token) => text !== token && text.length === token.length && text.slice(0, -1) === token.slice(0, -1),
  },
  {
    name: 'case',
    words: 'its letters, whatever their case',
    like: (text, token) => text !== token && text.toLowerCase() === token.toLowerCase(),
  },
  {
    name: 'base64',
    words: 'what it says in base64, too',
    like: (text, token) => Buffer.from(text, 'base64url').toString() === token,
  },
]

const because = /^a (token|key) .*: answered \d+ instead of 401/

const nearly = ({ name, words, like }: Look): Mutant[] => {
  const make = (read: (asked: Asked) => string | undefined): MakeFault =>
    takes('full', (asked, { tokens: { full = '' } }) => like(read(asked) ?? '', full))
  return [
    {
      id: `tokens/near/${name}`,
      fault: `looks at a token and compares ${words}`,
      killedBy: ['*/401/unauthorized/token-near'],
      because,
      make: make(bearer),
    },
    {
      id: `tokens/near-key/${name}`,
      fault: `looks at a key in x-api-key and compares ${words}`,
      killedBy: ['*/401/unauthorized/key-near'],
      because,
      make: make(key),
    },
  ]
}

const elsewhere = (name: string, words: string, has: (asked: Asked, token: string) => boolean): Mutant => ({
  id: `tokens/elsewhere/${name}`,
  fault: `takes a token ${words}`,
  killedBy: ['*/401/unauthorized/token-elsewhere'],
  because,
  make: takes('full', (asked, { tokens: { full = '' } }) => has(asked, full)),
})

const inQuery = (name: string) =>
  elsewhere(`query-${name}`, `in the query as ${name}`, ({ query }, token) => query.get(name) === token)

const underScheme = (scheme: string, name = scheme.toLowerCase()) =>
  elsewhere(
    `scheme-${name}`,
    `under the scheme "${scheme}"`,
    ({ headers }, token) => headers.authorization === `${scheme} ${token}`,
  )

const inHeader = (name: string) =>
  elsewhere(`header-${name}`, `in ${name}`, ({ headers }, token) => headers[name]?.endsWith(token) ?? false)

interface Jwt {
  header: Record<string, unknown>
  claims: Record<string, unknown>
  text: readonly string[]
}

/** What a token that nobody knows says of itself. */
const jwtOf = (asked: Asked): Jwt | undefined => {
  const text = (bearer(asked) ?? '').split('.')
  try {
    const [header, claims] = text.slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')))
    return text.length >= 2 && typeof claims === 'object' ? { header, claims, text } : undefined
  } catch {
    return undefined
  }
}

const login = (
  name: string,
  fault: string,
  variant: string,
  fits: (jwt: Jwt, good: Jwt) => boolean,
  touches: readonly string[] = [],
): Mutant => ({
  id: `tokens/login/${name}`,
  fault,
  killedBy: [`*/401/unauthorized/${variant}`],
  because,
  touches,
  make: takes('ownerLogin', (asked, { tokens: { ownerLogin = '' } }) => {
    const [jwt, good] = [jwtOf(asked), jwtOf({ ...asked, headers: { authorization: `Bearer ${ownerLogin}` } })]
    return jwt !== undefined && good !== undefined && fits(jwt, good)
  }),
})

const signature = ({ text }: Jwt) => text[2] ?? ''
const saysAlg = ({ header }: Jwt, alg: string) => header.alg === alg
const now = () => Date.now() / 1_000

/** The claims of those that are made by the hook are those of an owner, but for the one that is odd. */
const claim = (name: string, fault: string, isOdd: (claims: Record<string, unknown>, good: Jwt) => boolean) =>
  login(
    name,
    fault,
    'login-claims',
    ({ claims, header }, good) => saysAlg({ header } as Jwt, String(good.header.alg)) && isOdd(claims, good),
  )

/** A server that has fetched the public keys and takes one for a secret. */
const confused = (name: string, words: string, secretOf: (jwk: JsonWebKey) => string | Buffer): Mutant => ({
  id: `tokens/login/hs256-${name}`,
  fault: `verifies an HMAC with ${words}`,
  killedBy: ['*/401/unauthorized/login-hs256-public-key'],
  because,
  make: (target) => {
    let keys: Promise<{ keys: JsonWebKey[] }> | undefined
    return async (asked, ask) => {
      const jwt = asked.caller === undefined ? jwtOf(asked) : undefined
      if (jwt === undefined || !saysAlg(jwt, 'HS256')) return ask(asked)
      keys ??= fetch(target.fixtures.loginKeys ?? '').then((answer) => answer.json() as Promise<{ keys: JsonWebKey[] }>)
      const signed = (await keys).keys.some(
        (jwk) =>
          createHmac('sha256', secretOf(jwk)).update(jwt.text.slice(0, 2).join('.')).digest('base64url') ===
          signature(jwt),
      )
      return ask(signed ? as(asked, target, 'ownerLogin') : asked)
    }
  },
})

const pem = (key: JsonWebKey) =>
  createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()

const hasRole = (role: string, fault: Fault): MakeFault => {
  return () => on((asked) => asked.caller === undefined && jwtOf(asked)?.claims.orgRole === role, fault)
}

export const tokens: readonly Mutant[] = [
  ...looks.flatMap(nearly),
  inQuery('access_token'),
  inQuery('token'),
  inQuery('api_key'),
  inQuery('x-api-key'),
  elsewhere(
    'cookie',
    'in a cookie',
    ({ headers }, token) => headers.cookie?.includes(`access_token=${token}`) ?? false,
  ),
  underScheme('Token'),
  underScheme('ApiKey'),
  underScheme('Digest'),
  underScheme('Bearer:', 'bearer-colon'),
  inHeader('x-auth-token'),
  inHeader('x-access-token'),
  inHeader('proxy-authorization'),
  elsewhere('no-scheme', 'without a scheme', ({ headers }, token) => headers.authorization === token),
  elsewhere(
    'basic-password',
    'as the password of Basic',
    ({ headers }, token) => Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString() === `api:${token}`,
  ),
  login(
    'signature-not-verified',
    'reads a login JWT and does not verify its signature',
    'login-altered',
    (jwt, good) => saysAlg(jwt, String(good.header.alg)) && signature(jwt) !== '',
    // All that is signed with another key, or says something that it may not.
    ['*/login-role-unknown', '*/login-forged', '*/login-claims'],
  ),
  login('signature-absent', 'needs no signature of a login JWT', 'login-altered', (jwt) => signature(jwt) === ''),
  login('signature-of-zeros', 'takes zeros for a signature', 'login-altered', (jwt) => /^A+$/.test(signature(jwt))),
  login('alg-none', 'lets a login JWT say that it is not signed', 'login-altered', (jwt) => saysAlg(jwt, 'none')),
  login(
    'alg-none-in-any-case',
    'lets a login JWT say so in capitals',
    'login-altered',
    ({ header }) => /^none$/i.test(String(header.alg)) && header.alg !== 'none',
  ),
  login(
    'kid-unknown-not-verified',
    'verifies no login JWT with a kid that it does not know',
    'login-altered',
    ({ header }) => header.kid === 'nobodys',
  ),
  login(
    'half-the-signature',
    'looks at the second half of a signature only',
    'login-altered',
    (jwt, good) => signature(jwt) !== signature(good) && signature(jwt).slice(1) === signature(good).slice(1),
  ),
  login(
    'key-brought-along',
    'verifies a login JWT with the key that it brings along',
    'login-forged',
    ({ header }) => header.jwk !== undefined,
  ),
  login(
    'any-key',
    'takes any well-made signature',
    'login-forged',
    (jwt, good) =>
      saysAlg(jwt, 'ES256') &&
      jwt.text[1] === good.text[1] &&
      signature(jwt) !== signature(good) &&
      jwt.header.jwk === undefined,
    ['*/login-altered'],
  ),
  login('hs256-unverified', 'does not verify an HMAC', 'login-forged', (jwt) => saysAlg(jwt, 'HS256'), [
    '*/login-hs256-public-key',
  ]),
  confused('pem', 'a public key as its secret', pem),
  confused('pem-trimmed', 'a public key without its last line end as its secret', (key) => pem(key).trimEnd()),
  confused('jwk', 'the JSON of a public key as its secret', (key) => JSON.stringify(key)),
  claim('exp-ignored', 'takes a login JWT that has expired', ({ exp }) => Number(exp) < now()),
  claim('nbf-ignored', 'takes a login JWT that is not valid yet', ({ nbf }) => Number(nbf) > now()),
  claim(
    'aud-ignored',
    'takes a login JWT that is for somebody else',
    ({ aud }, good) => aud !== undefined && aud !== good.claims.aud,
  ),
  claim(
    'iss-ignored',
    'takes a login JWT of any issuer',
    ({ iss }, good) => iss !== undefined && iss !== good.claims.iss,
  ),
  claim('exp-optional', 'takes a login JWT that never expires', ({ exp }) => exp === undefined),
  claim('aud-optional', 'takes a login JWT that is for nobody', ({ aud }) => aud === undefined),
  claim('iss-optional', 'takes a login JWT that has no issuer', ({ iss }) => iss === undefined),
  claim(
    'organization-optional',
    'makes up the organization of a login JWT',
    ({ activeOrganizationId }) => activeOrganizationId === undefined,
  ),
  login(
    'kid-unknown-any-key',
    'tries every key for a login JWT with a kid that it does not know',
    'login-claims',
    ({ header }) => header.kid === 'conformance-nobodys',
  ),
  ...['x-forwarded-user', 'x-user-id', 'x-forwarded-for', 'x-internal'].map(
    (name): Mutant => ({
      id: `tokens/believes-${name}`,
      fault: `lets in every caller without a token that sends ${name}`,
      killedBy: ['*/401/unauthorized/headers-of-proxies'],
      because: new RegExp(`a call with ${name}: answered \\d+ instead of 401`, 'i'),
      make: (target) =>
        on(
          ({ caller, headers }) => caller === undefined && headers[name] !== undefined,
          insteadOf(401, (asked, ask) => ask(as(asked, target, 'full'))),
        ),
    }),
  ),
  {
    id: 'tokens/login/admin-may-nothing',
    fault: 'does not know the role of an admin',
    killedBy: ['*/login-admin'],
    because: /answered 403 instead of/,
    touches: ['*/404/not_found/foreign-by-login-admin', '*/403/forbidden/login-role-unknown'],
    make: hasRole('admin', () => refuse(403, 'forbidden')),
  },
  {
    id: 'tokens/login/any-role',
    fault: 'takes any role for that of an owner',
    killedBy: ['*/403/forbidden/login-role-unknown'],
    because: /answered \d+ instead of 403/,
    make: (target, addresses) =>
      hasRole('auditor', (asked, ask) => ask(as(asked, target, 'ownerLogin')))(target, addresses),
  },
]
