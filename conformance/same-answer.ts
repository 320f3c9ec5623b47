/** Compares two answers. What differs between two identical requests, such as a request id, is not compared. */
import type { Call } from './case.ts'
import type { Answer } from './transport.ts'

/** Of one request only, or of the connection, or of the length of what was asked for. */
const ofOneRequest = new Set([
  'date',
  'x-request-id',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
])

/**
 * An answer as a list of facts: its status, each header, each leaf of its JSON. What the caller named in the path, and the
 * request's own id, are masked: repeating them tells nothing.
 */
export const factsOf = (answer: Answer, { path = {} }: Call): Map<string, string> => {
  const id = answer.headers['x-request-id'] ?? ''
  // A short one may be part of anything.
  const known = [...Object.values(path), ...(id.length < 8 ? [] : [id])].filter((text) => text !== '')
  const masked = (text: string) => known.reduce((rest, name) => rest.replaceAll(name, '[known]'), text)
  const headers = Object.entries(answer.headers).filter(([name]) => !ofOneRequest.has(name))
  return new Map([
    ['status', String(answer.status)],
    ...headers.map(([name, value]): [string, string] => [`header ${name}`, masked(value)]),
    ...(answer.body === undefined
      ? [['body', masked(answer.text)] as [string, string]]
      : leavesOf(answer.body, masked)),
  ])
}

/** @param masked what is shown of each leaf @returns its path and its JSON */
export const leavesOf = (
  value: unknown,
  masked: (text: string) => string = (text) => text,
  at = 'body',
): [string, string][] => {
  if (typeof value !== 'object' || value === null) return [[at, masked(JSON.stringify(value))]]
  const members = Object.entries(value)
  if (members.length === 0) return [[at, JSON.stringify(value)]]
  return members.flatMap(([name, member]) => leavesOf(member, masked, `${at}/${name}`))
}

/** @returns names of the facts in which the two differ */
export const differing = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] =>
  [...new Set([...one.keys(), ...other.keys()])].filter((name) => one.get(name) !== other.get(name))

/**
 * @param ask sends a call and answers with its facts; the second call is sent again where the first answers otherwise
 * @returns in what the two calls are told apart; empty when they are not
 */
export const toldApart = async (
  ask: (call: Call) => Promise<ReadonlyMap<string, string>>,
  one: Call,
  other: Call,
): Promise<string[]> => {
  const [first, second] = [await ask(one), await ask(other)]
  const found = differing(first, second)
  if (found.length === 0) return []
  const noise = differing(second, await ask(other))
  return found.filter((name) => !noise.includes(name))
}
