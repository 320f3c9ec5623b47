/** What a record shows: the exchange that decided, what was asked of it, and where the contract says so. */
import { statusesOf } from '../case.ts'
import type { CaseRecord, Exchange, Requirement, Result } from '../result.ts'

/** The exchange that the verdict hangs on: the last one that is not for cleaning up. */
export const decisive = ({ exchanges }: CaseRecord): Exchange | undefined =>
  exchanges.findLast(({ cleanUp }) => !cleanUp)

export interface Comparison {
  what: string
  expected: string
  got: string
  holds: boolean
}

/** Expected next to actual; empty for an exchange of which nothing was asked. */
export const compare = ({ expected, answer, fault }: Exchange): Comparison[] => {
  if (expected === undefined) return []
  if (answer === undefined)
    return [{ what: 'status', expected: expected.status.join(' or '), got: `no answer: ${fault}`, holds: false }]
  const rows: Comparison[] = [
    {
      what: 'status',
      expected: expected.status.join(' or '),
      got: String(answer.status),
      holds: expected.status.includes(answer.status),
    },
  ]
  if (expected.code === undefined) return rows
  const code = codeOf(answer.body) ?? 'none'
  return [...rows, { what: 'error.code', expected: expected.code, got: code, holds: code === expected.code }]
}

/** What was otherwise than expected in the exchange that decided. */
export const differences = (record: CaseRecord): Comparison[] => {
  const exchange = decisive(record)
  return exchange === undefined ? [] : compare(exchange).filter(({ holds }) => !holds)
}

const codeOf = (body: string | undefined): string | undefined => {
  try {
    const { error } = JSON.parse(body ?? '') as { error?: { code?: unknown } }
    return typeof error?.code === 'string' ? error.code : undefined
  } catch {
    return undefined
  }
}

/** The documented answers that a case is about; empty for what the contract's introduction promises of all operations. */
export const requirementsOf = ({ id, operationId }: CaseRecord, { requirements }: Result): Requirement[] => {
  const statuses = statusesOf(id)
  return requirements.filter((one) => one.operationId === operationId && statuses.includes(one.status))
}

/** What the contract says where the case has its promise from; `status` of a documented answer. */
export interface Clause {
  status?: number
  words: string
}

/** @returns undefined for what the contract's introduction promises */
export const clauseOf = (record: CaseRecord, result: Result): Clause | undefined => {
  const answer = requirementsOf(record, result).find(({ status }) => record.clause.endsWith(`/responses/${status}`))
  if (answer !== undefined) return { status: answer.status, words: answer.description }
  const words = result.clauses[record.clause]
  return words === undefined || words === '' ? undefined : { words }
}

const maxWords = 240

/** The whole sentences that fit. */
const beginning = (words: string): string => {
  if (words.length <= maxWords) return words
  const sentences = words.slice(0, maxWords).replace(/(?<=[.!?])\s[^.!?]*$/, '')
  return sentences.length === maxWords ? `${sentences}…` : sentences
}

/** The promised words and where they stand, such as `404: “No such session.” (/paths/…)`. */
export const clauseInWords = (record: CaseRecord, result: Result): string => {
  const clause = clauseOf(record, result)
  if (clause === undefined) return `the contract's introduction (${record.clause})`
  const { status, words } = clause
  return `${status === undefined ? '' : `${status}: `}“${beginning(words)}” (${record.clause})`
}

/** `PUT /sessions/{session}` of an operation; undefined for what is of no single one. */
export const operationLine = (operationId: string, { requirements }: Result): string | undefined => {
  const requirement = requirements.find((one) => one.operationId === operationId)
  return requirement && `${requirement.method} ${requirement.path}`
}

/** A body as people read it: JSON indented, nothing else of it changed; anything else as it is. */
export const readable = (body: string): string => {
  try {
    JSON.parse(body)
    return indented(body)
  } catch {
    return body
  }
}

// Not parsed and printed again: that would tidy up double members and long numbers, and this is evidence.
const indented = (json: string): string => {
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  return json.replaceAll(/"(?:[^"\\]|\\.)*"|\{\s*\}|\[\s*\]|[{}[\],:]|\s+/g, (token) => {
    if (token.startsWith('"')) return token
    if (token.trim() === '') return ''
    if (token.length > 1) return `${token[0]}${token.at(-1)}`
    if (token === ':') return ': '
    if (token === ',') return `,${line()}`
    if (token === '{' || token === '[') {
      depth++
      return `${token}${line()}`
    }
    depth--
    return `${line()}${token}`
  })
}
