/** Servers that cannot read a token under every spelling of its scheme, or do something else of two tokens in one request. */
import { type Asked, as, insteadOf, type MakeFault, on, refuse, withHeaders } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const hasBoth = ({ headers }: Asked) => headers.authorization !== undefined && headers['x-api-key'] !== undefined

const onBoth = (
  name: string,
  fault: string,
  killedBy: readonly string[],
  because: RegExp,
  make: MakeFault,
): Mutant => ({
  id: `two-tokens/${name}`,
  fault,
  killedBy,
  because,
  make,
})

const keyNext = '*/-/key-next-to-wrong-bearer'
const bearerNext = '*/-/bearer-next-to-wrong-key'
const counts = '*/403/forbidden/bearer-counts'

const scheme = (name: string, fault: string, killedBy: string, spelt: RegExp): Mutant => ({
  id: `two-tokens/${name}`,
  fault,
  killedBy: [killedBy],
  because: 'answered 401 instead of',
  make: () =>
    on(
      ({ headers, operationId }) => operationId !== undefined && spelt.test(headers.authorization ?? ''),
      () => refuse(401, 'unauthorized'),
    ),
})

/** Takes the first word after the scheme for the token. */
const firstWord = (
  name: string,
  fault: string,
  end: RegExp,
  token: 'full' | 'ownerLogin',
  killedBy: string,
): Mutant => ({
  id: `two-tokens/${name}`,
  fault,
  killedBy: [killedBy],
  because: /^a token with a (space|comma) and a word after it: answered \d+ instead of 401/,
  make: (target) =>
    on(
      ({ headers }) => (headers.authorization ?? '').replace(end, '') === `Bearer ${target.tokens[token]}`,
      insteadOf(401, (asked, ask) => ask(as(asked, target, token))),
    ),
})

export const twoTokens: readonly Mutant[] = [
  scheme('scheme-small', 'does not know the scheme bearer in small letters', '*/scheme-in-small-letters', /^bearer /),
  scheme('scheme-capitals', 'does not know the scheme BEARER in capitals', '*/scheme-in-capitals', /^BEARER /),
  firstWord('word-after-key', 'reads a token up to the first space', / more$/, 'full', '*/401/unauthorized/token-near'),
  firstWord(
    'comma-after-key',
    'reads a token up to the first comma',
    /, more$/,
    'full',
    '*/401/unauthorized/token-near',
  ),
  firstWord(
    'word-after-login',
    'reads a login JWT up to the first space',
    / more$/,
    'ownerLogin',
    '*/401/unauthorized/login-altered',
  ),
  onBoth(
    'bearer-only',
    'ignores x-api-key in a request with Authorization',
    [keyNext],
    /^answered 401 instead of/,
    () => on(hasBoth, (asked, ask) => ask(withHeaders(asked, { 'x-api-key': undefined }))),
  ),
  onBoth(
    'key-only',
    'ignores Authorization in a request with x-api-key',
    [bearerNext, counts],
    /^answered (401 instead of|\d+ instead of 403)/,
    () => on(hasBoth, (asked, ask) => ask(withHeaders(asked, { authorization: undefined }))),
  ),
  onBoth(
    'both-wanted',
    'refuses a request if one of its tokens is wrong',
    [keyNext, bearerNext],
    /^answered 401 instead of/,
    () =>
      on(hasBoth, async (asked, ask) => {
        const alone = await ask(withHeaders(asked, { 'x-api-key': undefined }))
        return alone.status === 401 || alone.status === 403
          ? alone
          : ask(withHeaders(asked, { authorization: undefined }))
      }),
  ),
  onBoth(
    'rights-of-both',
    'gives a request the rights of both of its tokens',
    [counts],
    /^answered \d+ instead of 403/,
    () =>
      on(
        hasBoth,
        insteadOf(403, (asked, ask) => ask(withHeaders(asked, { authorization: undefined }))),
      ),
  ),
]
