/** What a run found, as data: every report is a function of it. */
import type { Recipe } from './body-recipe.ts'
import type { Case, Problem } from './case.ts'
import type { Target } from './target.ts'

export const verdicts = ['pass', 'fail', 'warn', 'na', 'untestable', 'blocked', 'error'] as const
/**
 * - `pass`: the promise was observed
 * - `fail`: a MUST is broken; `warn`: a SHOULD is
 * - `na`: the target does not claim it, or is a mock and it takes memory
 * - `untestable`: the target file lacks what it needs
 * - `blocked`: what it stands on did not pass
 * - `error`: no answer came, or the suite itself is wrong
 */
export type Verdict = (typeof verdicts)[number]

interface Content {
  headers: Record<string, string>
  body?: string | undefined
  /** The body is not all that was sent: it was long, secret, or no text. */
  abridged?: true
}

/** One request and what came back, masked. */
export interface Exchange {
  operationId: string
  /** Who sent it; never a token. */
  caller: string
  durationMs: number
  /** `target`: path and query, after the base URL. `made`: how an abridged body is made again, where that takes few words. */
  request: { method: string; target: string; made?: Recipe } & Content
  answer?: { status: number } & Content
  /** What the case asked for: any of these statuses, and this `error.code`. Absent for what only prepares or cleans up. */
  expected?: { status: number[]; code?: string }
  /** Why there is no answer. */
  fault?: string
  /** It took away what the case had made. */
  cleanUp?: true
}

export interface CaseRecord
  extends Pick<Case, 'id' | 'operationId' | 'promise' | 'level' | 'clause' | 'control' | 'since'> {
  verdict: Verdict
  /** Why it is not a pass; empty for a pass. */
  reason: string
  /** What did not hold, for `fail` and `warn`. */
  problems: readonly Problem[]
  /** A mock was told what to answer: shows that the example is valid, no more. */
  steered: boolean
  /** Listed in the baseline, with the reason given there. */
  known?: string
  /** Why it was run a second time: a request of the first attempt had no answer. What it came to is the second one's. */
  repeated?: string
  /** Undocumented members in answers, and the like: no fault. */
  info: readonly string[]
  durationMs: number
  exchanges: readonly Exchange[]
}

/** A documented answer of an operation: something to prove. */
export interface Requirement {
  operationId: string
  method: string
  /** Parameters as `{name}`. */
  path: string
  /** What the operation does, in a few words. */
  summary: string
  status: number
  /** When the contract says that this status is answered. */
  description: string
  /** Why no case can show it. */
  unprovable?: string
}

export type Counts = Record<Verdict, number> & { steered: number }

/** Comes last in the file: a result without it was cut off. */
export interface Footer {
  cases: number
  counts: Counts
  /** pass ÷ (pass + fail), unsteered; null when anything could not be measured. */
  conformance: number | null
  /** (pass + fail + warn) ÷ applicable, unsteered. */
  coverage: number | null
  /** Operations that the verdict is about, for any of their cases applies, of those that the contract has. */
  operations: { part: number; whole: number }
  outcome: 'conformant' | 'not conformant' | 'not measured' | 'stale baseline'
  exitCode: 0 | 1 | 2 | 4
}

export interface Result {
  format: 1
  suite: { name: string; version: string }
  contract: { version: string; sha256: string }
  target: Target['target'] & { baseUrl: string }
  profile: Record<string, boolean | null>
  choices: { validationStatus: 'auto' | 400 | 422 }
  /** Only cases whose id contains this were run; empty: all of them. */
  filter: string
  /** A broken SHOULD counts as a broken MUST. */
  strict: boolean
  runId: string
  seed: number
  startedAt: string
  durationMs: number
  /** Tokens and fixtures that are not what the target file says. */
  preflight: { key: string; problem: string }[]
  /** Baseline entries that no longer fail, or that name no case. */
  stale: string[]
  /** Every documented answer of the contract, whether or not this run looked at it. */
  requirements: readonly Requirement[]
  /** What the contract says at the clauses of the records, by JSON pointer; without documented answers and the introduction. */
  clauses: Readonly<Record<string, string>>
  records: CaseRecord[]
  footer: Footer
}

const countVerdicts = (records: readonly CaseRecord[]): Counts => {
  const counts: Counts = { pass: 0, fail: 0, warn: 0, na: 0, untestable: 0, blocked: 0, error: 0, steered: 0 }
  for (const { verdict, steered } of records) {
    counts[verdict]++
    if (steered && verdict === 'pass') counts.steered++
  }
  return counts
}

/**
 * @param operations that the contract has
 * @param stale baseline entries that do not fail any more
 * @param strict a broken SHOULD counts as a broken MUST
 */
export const footerOf = (
  records: readonly CaseRecord[],
  operations: readonly string[],
  stale: readonly string[],
  strict: boolean,
): Footer => {
  const counts = countVerdicts(records)
  const pass = counts.pass - counts.steered
  const judged = pass + counts.fail
  const applicable = records.length - counts.na - counts.steered
  const indeterminate = counts.error > 0
  const outcome = outcomeOf(records, stale, strict)
  return {
    cases: records.length,
    counts,
    conformance: indeterminate || judged === 0 ? null : pass / judged,
    operations: { part: operations.filter((id) => isJudged(id, records)).length, whole: operations.length },
    coverage: indeterminate || applicable === 0 ? null : (judged + counts.warn) / applicable,
    outcome,
    exitCode: exitCodes[outcome],
  }
}

const isJudged = (operation: string, records: readonly CaseRecord[]) =>
  records.some(({ operationId, verdict }) => operationId === operation && verdict !== 'na')

const exitCodes = { conformant: 0, 'not conformant': 1, 'not measured': 2, 'stale baseline': 4 } as const

const outcomeOf = (records: readonly CaseRecord[], stale: readonly string[], strict: boolean): Footer['outcome'] => {
  const unexpected = records.filter(({ known }) => known === undefined)
  const has = (...wanted: Verdict[]) => unexpected.some(({ verdict }) => wanted.includes(verdict))
  if (records.some(({ verdict }) => verdict === 'error')) return 'not measured'
  if (has('fail', 'untestable', 'blocked') || (strict && has('warn'))) return 'not conformant'
  if (!records.some(({ verdict }) => verdict === 'pass')) return 'not measured'
  return stale.length > 0 ? 'stale baseline' : 'conformant'
}
