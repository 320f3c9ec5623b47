/**
 * The conformance suite as a library.
 * @example
 * const { target, baseline } = await readTarget('target.yaml', process.env)
 * const result = await runConformance(target, { baseline })
 * process.exitCode = result.footer.exitCode
 */
import { allCases } from './cases/index.ts'
import type { Result } from './result.ts'
import { createRun, type RunOptions } from './run.ts'
import { checkTarget, type Target } from './target.ts'

export type { Case, Level } from './case.ts'
export { allCases } from './cases/index.ts'
export { parseResult, toJson } from './report/json.ts'
export { toJUnit } from './report/junit.ts'
export { toText } from './report/text.ts'
export type { CaseRecord, Exchange, Footer, Result, Verdict } from './result.ts'
export type { RunOptions } from './run.ts'
export { BadTarget, type BaselineEntry, checkTarget, readBaseline, readTarget, type Target } from './target.ts'

/**
 * Runs the suite against a target. What the target does wrong is in the result; nothing of it is thrown.
 * @throws BadTarget when the target description can't be used
 */
export const runConformance = (target: Target, options: RunOptions = {}): Promise<Result> =>
  createRun(checkTarget(target), allCases, options).finish()
