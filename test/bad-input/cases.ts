/** Bad input, as data: what is sent, and which of the contract's statuses may come back. */
import { gzipSync } from 'node:zlib'
import type { OperationRow } from '../../generated/operations.ts'
import type { RawRequest } from '../support/raw-http.ts'

/** What a good request to an operation looks like; each case spoils one thing of it. */
export interface Good {
  row: OperationRow
  /** Values of the path parameters. */
  path: Record<string, string>
  token: string
  body?: string
}

export interface BadCase {
  name: string
  /** Any of these is right. */
  statuses: number[]
  request: RawRequest
}

const target = (good: Good, path: Record<string, string> = {}, query = '') =>
  `/api/v1${good.row.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => path[name] ?? good.path[name] ?? '')}${query}`

const authorization = (token: string) => `Authorization: Bearer ${token}`
const json = 'Content-Type: application/json'

/** What says which body comes: JSON, some bytes, or nothing where none is read. */
const typed = ({ hasBody, bodyTypes }: Good['row']): string[] => {
  if (hasBody) return [json]
  const [type] = bodyTypes
  return type === undefined ? [] : [`Content-Type: ${type.replace('*/*', 'text/plain')}`]
}

const request = (good: Good, change: Partial<RawRequest> = {}): RawRequest => ({
  method: good.row.method,
  target: target(good),
  headers: [authorization(good.token), ...typed(good.row)],
  ...(good.row.bodyTypes.length > 0 && { body: good.body ?? '{}' }),
  ...change,
})

// Text that decodes to a name nobody has is simply not found, or breaks the parameter's schema.
const strangeNames = [
  '..',
  '.',
  '%2e%2e',
  '%252e%252e',
  '%00',
  'a%00b',
  '%0d%0aX:1',
  '%20',
  '__proto__',
  'constructor',
  '%7Bsession%7D',
  "'%20or%201=1--",
  '%F0%9F%98%80',
  '%e2%80%ae',
  'a'.repeat(256),
  'a'.repeat(16_000),
]
const brokenEncodings = ['%zz', '%', '%1', '%u0041', '%c0%ae', '%e0%80%ae', '%ED%A0%80', '%ff', '%f5%80%80%80', '%80']

const pathCases = (good: Good): BadCase[] =>
  Object.keys(good.row.parameters.path).flatMap((name) => [
    ...brokenEncodings.map((text) => ({
      name: `${name} is ${text}`,
      statuses: [400],
      request: request(good, { target: target(good, { [name]: text }) }),
    })),
    ...strangeNames.map((text) => ({
      name: `${name} is ${text.slice(0, 40)}${text.length > 40 ? `… (${text.length})` : ''}`,
      statuses: [404, 422],
      request: request(good, { target: target(good, { [name]: text }) }),
    })),
  ])

const badLimits = [
  '-1',
  '1.5',
  '1e2',
  '0x10',
  'abc',
  '',
  '+5',
  '%205',
  '5%00',
  '5%0a',
  'NaN',
  'null',
  '010',
  '1'.repeat(400),
]
const badCursors = ['', '%20', 'null', '0', 'abc', '%00', 'a'.repeat(8_000), '%22', '..', '1'.repeat(44)]

const queryCases = (good: Good): BadCase[] => {
  const bad = (name: string, query: string, statuses = [422]): BadCase => ({
    name,
    statuses,
    request: request(good, { target: target(good, {}, query) }),
  })
  const has = (name: string) => Object.hasOwn(good.row.parameters.query, name)
  return [
    bad('an unknown query parameter', '?verbose=1'),
    bad('__proto__ as a query parameter', '?__proto__=1'),
    bad('toString as a query parameter', '?toString=1'),
    bad('1,000 query parameters', `?${Array.from({ length: 1_000 }, (_, i) => `p${i}=1`).join('&')}`),
    bad('a query with malformed percent-encoding', '?a=%zz', [400]),
    bad('a token in the query', `?access_token=${good.token}`),
    ...(has('limit')
      ? [
          ...badLimits.map((text) => bad(`limit is ${text.slice(0, 20)}`, `?limit=${text}`)),
          bad('limit twice', '?limit=1&limit=2'),
          bad('limit as an array', '?limit[]=1'),
          bad('limit in capitals', '?LIMIT=1'),
        ]
      : []),
    ...(has('cursor')
      ? [
          ...badCursors.map((text) => bad(`cursor is ${text.slice(0, 20)}`, `?cursor=${text}`)),
          bad('cursor twice', '?cursor=a&cursor=b'),
        ]
      : []),
  ]
}

const deep = 100_000
const badJson: [name: string, text: string | Buffer][] = [
  ['an empty line', '\n'],
  ['truncated', '{"state":"com'],
  ['an opening brace', '{'],
  ['single quotes', "{'state':'composing'}"],
  ['a trailing comma', '{"state":"composing",}'],
  ['a comment', '{"state":"composing"/* */}'],
  ['two documents', '{}{}'],
  ['NaN', '{"state":NaN}'],
  ['a raw control character', '{"state":"\u0001"}'],
  ['an array that never ends', '['.repeat(deep)],
  ['UTF-16', Buffer.from('{"state":"composing"}', 'utf16le')],
  ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
  ['an overlong slash', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
  ['a surrogate as bytes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
]
const badValues: [name: string, text: string][] = [
  ['an array', '[]'],
  ['null', 'null'],
  ['a number', '1'],
  ['a string', '"composing"'],
  ['__proto__', '{"__proto__":{"state":"composing"}}'],
  ['constructor.prototype', '{"constructor":{"prototype":{"state":"composing"}}}'],
  ['an unknown member', '{"verbose":true}'],
  ['a member in capitals', '{"STATE":"composing","PHONE":"1","LABEL":"x"}'],
  ['100,000 arrays deep', `${'['.repeat(deep)}${']'.repeat(deep)}`],
  ['20,000 objects deep', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
  ['a number too large for a double', '{"state":1e999999,"phone":1e999999,"label":1e999999}'],
]
const badMedia: [name: string, headers: string[], statuses: number[]][] = [
  ['no media type', [], [415]],
  ['plain text', ['Content-Type: text/plain'], [415]],
  ['a form', ['Content-Type: application/x-www-form-urlencoded'], [415]],
  ['multipart', ['Content-Type: multipart/form-data; boundary=x'], [415]],
  ['a relative of JSON', ['Content-Type: application/vnd.api+json'], [415]],
  ['a name that begins like JSON', ['Content-Type: application/jsonx'], [415]],
  ['two media types', ['Content-Type: application/json, text/plain'], [415]],
  ['UTF-16 as charset', ['Content-Type: application/json; charset=utf-16'], [400]],
  ['an invented charset', ['Content-Type: application/json; charset=bogus'], [400]],
  ['gzip that is plain text', [json, 'Content-Encoding: gzip'], [415]],
  ['an invented coding', [json, 'Content-Encoding: bogus'], [415]],
  ['brotli', [json, 'Content-Encoding: br'], [415]],
]

const mebibyte = 1_048_576

/** Of a body that may have files in it the limit is tried elsewhere. */
const tooLarge = (good: Good): BadCase[] => [
  {
    name: 'body: one byte more than 1 MiB',
    statuses: [413],
    request: request(good, { body: `"${'a'.repeat(1_048_575)}"` }),
  },
  {
    name: 'body: more than 1 MiB in chunks',
    statuses: [413],
    request: request(good, {
      headers: [authorization(good.token), json, 'Transfer-Encoding: chunked'],
      body: `${(2_000_000).toString(16)}\r\n${' '.repeat(2_000_000)}\r\n0\r\n\r\n`,
      length: 'none',
    }),
  },
]

const bodyCases = (good: Good): BadCase[] => {
  if (!good.row.hasBody) return []
  const auth = authorization(good.token)
  const bomb = gzipSync(Buffer.alloc(10_000_000, 0x20))
  return [
    ...badJson.map(([name, body]) => ({ name: `body: ${name}`, statuses: [400], request: request(good, { body }) })),
    ...badValues.map(([name, body]) => ({ name: `body: ${name}`, statuses: [422], request: request(good, { body }) })),
    ...badMedia.map(([name, headers, statuses]) => ({
      name: `body: ${name}`,
      statuses,
      request: request(good, { headers: [auth, ...headers] }),
    })),
    {
      name: 'body: a gzip bomb',
      statuses: [415],
      request: request(good, { headers: [auth, json, 'Content-Encoding: gzip'], body: bomb }),
    },
    ...(good.row.maxBodyBytes === mebibyte ? tooLarge(good) : []),
    {
      name: 'body: a length of 2^53',
      statuses: [413],
      request: request(good, { length: 9_007_199_254_740_992 }),
    },
  ]
}

const protocolCases = (good: Good): BadCase[] => {
  const auth = authorization(good.token)
  const headers = [auth, ...typed(good.row)]
  const cut = (name: string, change: Partial<RawRequest>, statuses = [400]): BadCase => ({
    name,
    statuses,
    request: request(good, change),
  })
  return [
    cut('two Content-Lengths', { headers: [...headers, 'Content-Length: 3', 'Content-Length: 4'], length: 'none' }),
    cut('Content-Length beside Transfer-Encoding', {
      headers: [...headers, 'Transfer-Encoding: chunked', 'Content-Length: 5'],
      length: 'none',
    }),
    cut('a negative Content-Length', { headers: [...headers, 'Content-Length: -1'], length: 'none' }),
    cut('an unknown transfer coding', { headers: [...headers, 'Transfer-Encoding: xchunked'], length: 'none' }),
    cut('a header line without a colon', { headers: [...headers, 'no colon'] }),
    cut('a space before the colon', { headers: [...headers, 'X-A : 1'] }),
    cut('a NUL in a header', { headers: [...headers, 'X-A: a\0b'] }),
    cut('a header section of 40 KB', { headers: [...headers, `X-A: ${'a'.repeat(40_000)}`] }),
    cut('201 headers', { headers: [...headers, ...Array.from({ length: 200 }, (_, i) => `X-${i}: 1`)] }),
    cut('no Host', { headers: ['Connection: close', ...headers], bare: true }),
    cut('a path of 64 KB', { target: `${target(good)}${'a'.repeat(65_536)}` }),
  ]
}

/** Authorization lines that prove nobody. */
const badAuthorization = (token: string): [name: string, headers: string[]][] => [
  ['no token', []],
  ['an empty token', ['Authorization: Bearer']],
  ['a blank token', ['Authorization: Bearer  ']],
  ['another scheme', [`Authorization: Basic ${token}`]],
  ['the token alone', [`Authorization: ${token}`]],
  ['two tokens', [`Authorization: Bearer ${token},Bearer ${token}`]],
  ['two headers', [`Authorization: Bearer ${token}`, 'Authorization: Bearer x']],
  ['the same header twice', [`Authorization: Bearer ${token}`, `authorization: Bearer ${token}`]],
  ['a token and a word', [`Authorization: Bearer ${token} x`]],
  ['a token cut short', [`Authorization: Bearer ${token.slice(0, -1)}`]],
  ['a token made longer', [`Authorization: Bearer ${token}a`]],
  ['a token in capitals', [`Authorization: Bearer ${token.toUpperCase()}`]],
  ['a token of 15 KB', [`Authorization: Bearer ${'a'.repeat(15_000)}`]],
  ['high bytes', ['Authorization: Bearer \xe9\xff']],
  ['an empty key', ['X-Api-Key:']],
  ['a key of nobody', [`X-Api-Key: ${token.slice(0, -8)}AAAAAAAA`]],
  ['a cookie', [`Cookie: token=${token}`]],
  ['the token for a proxy', [`Proxy-Authorization: Bearer ${token}`]],
  ['a JWT without a signature', ['Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.']],
  ['three dots', ['Authorization: Bearer ...']],
  ['two empty parts', ['Authorization: Bearer a..c']],
]

const tokenCases = (good: Good): BadCase[] =>
  badAuthorization(good.token).map(([name, headers]) => ({
    name: `token: ${name}`,
    statuses: [401],
    request: request(good, { headers: [...headers, ...typed(good.row)] }),
  }))

/** Every case that applies to an operation. */
export const badCases = (good: Good): BadCase[] => [
  ...pathCases(good),
  ...queryCases(good),
  ...bodyCases(good),
  ...protocolCases(good),
  ...tokenCases(good),
]
