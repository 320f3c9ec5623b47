/** What makes a right server wrong: a function between who asks and who answers. */
import { isUtf8 } from 'node:buffer'
import type { Addresses } from '../addresses.ts'
import type { OperationId } from '../contract.ts'
import type { Target, TokenName } from '../target.ts'
import type { WireAnswer } from '../transport.ts'

/** A request as it arrives, with what can be known of it. */
export interface Asked {
  method: string
  /** Path and query after the base. */
  target: string
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  bytes: Buffer | undefined
  /** It came in chunks, without its length. */
  chunked: boolean
  /** The length of a body that is too large and does not come. */
  announced?: string
  /** Undefined where the contract has no such method and path. `HEAD` counts as `GET`. */
  operationId: OperationId | undefined
  /** Path parameters, decoded; empty strings where there is none or it does not decode. */
  session: string
  cid: string
  query: URLSearchParams
  /** The body as JSON; undefined when it is none. */
  body: unknown
  /** Whose token it carries, in whichever header; undefined for none and for strange ones. */
  caller: TokenName | undefined
}

/** Has a request answered by the right server. */
export type Ask = (asked: Asked) => Promise<WireAnswer>

/** @returns what is answered in place of the right answer */
export type Fault = (asked: Asked, ask: Ask) => WireAnswer | Promise<WireAnswer>

/** Makes a fault with a memory of its own. @param addresses at which the right server can call it */
export type MakeFault = (target: Target, addresses: Addresses) => Fault

type Operations = OperationId | readonly OperationId[]
type Which = Operations | ((asked: Asked) => boolean)

/** The fault for some requests; all others are answered rightly. */
export const on =
  (which: Which, fault: Fault): Fault =>
  (asked, ask) =>
    fits(which, asked) ? fault(asked, ask) : ask(asked)

const fits = (which: Which, asked: Asked) => {
  if (typeof which === 'function') return which(asked)
  return asked.operationId !== undefined && [which].flat().includes(asked.operationId)
}

/** Changes what is answered. */
export const answers =
  (change: (answer: WireAnswer, asked: Asked) => WireAnswer): Fault =>
  async (asked, ask) =>
    change(await ask(asked), asked)

/** Changes what is answered with certain statuses. */
export const answersWith = (statuses: number | readonly number[], change: (answer: WireAnswer) => WireAnswer): Fault =>
  answers((answer) => ([statuses].flat().includes(answer.status) ? change(answer) : answer))

/** Changes the JSON of an operation when all is well. */
export const shows = <T>(operations: Operations, change: (body: T, asked: Asked) => unknown): Fault =>
  on(
    operations,
    answers((answer, asked) =>
      answer.status < 300 && asked.method !== 'HEAD' ? edited<T>(answer, (body) => change(body, asked)) : answer,
    ),
  )

/** Changes what is asked. */
export const hears =
  (change: (asked: Asked) => Asked): Fault =>
  (asked, ask) =>
    ask(change(asked))

/** Where the right server answers with one of these statuses, asks it something else instead. */
export const insteadOf =
  (statuses: number | readonly number[], other: Fault): Fault =>
  async (asked, ask) => {
    const answer = await ask(asked)
    return [statuses].flat().includes(answer.status) ? other(asked, ask) : answer
  }

/** @param body JSON; undefined: none */
export const reply = (status: number, body?: unknown, headers: Record<string, string> = {}): WireAnswer => ({
  status,
  headers: {
    'x-request-id': 'of-a-mutant',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...headers,
  },
  bytes: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
})

/** No answer: the connection ends. */
export const cut: WireAnswer = { status: 0, headers: {}, bytes: Buffer.alloc(0) }

/** The envelope. */
export const refuse = (
  status: number,
  code: string,
  message = 'no',
  headers: Record<string, string> = {},
): WireAnswer =>
  reply(
    status,
    { error: { code, message, ...detailsOf(code) } },
    { ...(status === 401 && { 'www-authenticate': 'Bearer' }), ...headers },
  )

/** One fault at a time: everything else that the contract requires is there. */
const detailsOf = (code: string) =>
  code === 'validation_error' ? { details: { errors: [{ path: '/query', message: 'no', code: 'other' }] } } : {}

/** The same answer with another JSON body; one without JSON stays as it is. */
export const edited = <T>(answer: WireAnswer, change: (body: T) => unknown): WireAnswer => {
  if (!(answer.headers['content-type'] ?? '').startsWith('application/json') || answer.bytes.length === 0) return answer
  return { ...answer, bytes: Buffer.from(JSON.stringify(change(JSON.parse(answer.bytes.toString('utf8')) as T))) }
}

export const bodyOf = <T>({ bytes }: WireAnswer): T => JSON.parse(bytes.toString('utf8')) as T

/** The same answer with other headers; undefined takes one away. */
export const headed = (answer: WireAnswer, headers: Readonly<Record<string, string | undefined>>): WireAnswer => ({
  ...answer,
  headers: defined({ ...answer.headers, ...headers }),
})

const defined = (headers: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined))

/** The same request from somebody else. */
export const as = (asked: Asked, { tokens }: Target, token: TokenName): Asked => ({
  ...asked,
  caller: token,
  headers: defined({ ...asked.headers, 'x-api-key': undefined, authorization: `Bearer ${tokens[token] ?? ''}` }),
})

/** The same request with other headers; undefined takes one away. */
export const withHeaders = (asked: Asked, headers: Readonly<Record<string, string | undefined>>): Asked => ({
  ...asked,
  headers: defined({ ...asked.headers, ...headers }),
})

export const withBody = (asked: Asked, body: unknown): Asked => ({
  ...asked,
  headers: { ...asked.headers, 'content-type': 'application/json' },
  body,
  bytes: Buffer.from(JSON.stringify(body)),
})

/** The same request with members of its JSON object changed; one that cannot be read stays as it is. */
export const withMembers = (asked: Asked, change: (body: Record<string, unknown>) => unknown): Asked => {
  if (!isObject(asked.body) || !isReadable(asked)) return asked
  const changed = change(asked.body)
  return changed === asked.body ? asked : withBody(asked, changed)
}

/** Writing it again must not correct another fault in it. */
const isReadable = ({ headers, bytes }: Asked) =>
  /^application\/json( *; *charset=utf-8)?$/i.test(headers['content-type'] ?? '') &&
  bytes !== undefined &&
  isUtf8(bytes) &&
  bytes.length <= maxBodyBytes

export const maxBodyBytes = 1_048_576

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The same request with another query; undefined takes a parameter away. One that cannot be read stays as it is. */
export const withQuery = (asked: Asked, change: Readonly<Record<string, string | undefined>>): Asked => {
  const isChanged = Object.entries(change).some(([name, value]) => (asked.query.get(name) ?? undefined) !== value)
  const isTwice = Object.keys(change).some((name) => asked.query.getAll(name).length > 1)
  if (!isChanged || isTwice || /%(?![0-9A-F]{2})/i.test(asked.target)) return asked
  const query = new URLSearchParams(asked.query)
  for (const [name, value] of Object.entries(change)) {
    query.delete(name)
    if (value !== undefined) query.set(name, value)
  }
  const [path = ''] = asked.target.split('?')
  return { ...asked, query, target: query.size === 0 ? path : `${path}?${query}` }
}

/** `GET` of another path by the same caller. What the path had decoded, and no request may have in it, is encoded again. */
export const look = (asked: Asked, path: string): Asked => {
  const { 'content-type': _type, 'content-encoding': _encoding, ...headers } = asked.headers
  return {
    ...asked,
    headers,
    method: 'GET',
    target: path.replaceAll(/[^!-~]/gu, encodeURIComponent),
    bytes: undefined,
    body: undefined,
    query: new URLSearchParams(path.split('?')[1] ?? ''),
  }
}
