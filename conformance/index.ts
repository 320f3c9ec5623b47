/**
 * The conformance suite as a library.
 * @example
 * const { target, baseline } = await readTarget('target.yaml', process.env)
 * const result = await runConformance(target, { baseline })
 * process.exitCode = result.footer.exitCode
 */
import { suite } from './cases/index.ts'
import type { Result } from './result.ts'
import { createRun, type RunOptions } from './run.ts'
import type { Target } from './target.ts'
import { checkTarget } from './target-file.ts'

export type { Call, Case, Level } from './case.ts'
export { allCases } from './cases/index.ts'
export { toBadge } from './report/badge.ts'
export { BadGrid, createGrid, type Grid } from './report/grid.ts'
export { toGridMarkdown } from './report/grid-markdown.ts'
export { toGridHtml } from './report/html/grid.ts'
export { toHtml } from './report/html/report.ts'
export { BadResult, parseResult, readResult, toJson } from './report/json.ts'
export { toJUnit } from './report/junit.ts'
export { toMarkdown } from './report/markdown.ts'
export { toText } from './report/text.ts'
export { writeReports } from './report/write.ts'
export type { CaseRecord, Exchange, Footer, Requirement, Result, Verdict } from './result.ts'
export type { RunOptions } from './run.ts'
export type { BaselineEntry, Target } from './target.ts'
export { BadTarget, checkTarget, readBaseline, readTarget } from './target-file.ts'
export type { Answer } from './transport.ts'

/**
 * Runs the suite against a target. What the target does wrong is in the result; nothing of it is thrown.
 * @throws BadTarget when the target description cannot be used
 */
export const runConformance = (target: Target, options: RunOptions = {}): Promise<Result> =>
  createRun(suite, checkTarget(target), options).finish()
