/** The suite as vitest tests: one for each case, named by its id. */
import * as ours from 'vitest'
import { allCases, suite } from './cases/index.ts'
import { isUndocumented } from './oracle.ts'
import { receiverFeature } from './profile.ts'
import type { CaseRecord } from './result.ts'
import { createRun, type Run, type RunOptions } from './run.ts'
import { accepts, isForAny, type Target } from './target.ts'
import { checkTarget } from './target-file.ts'

export interface Registration extends Pick<RunOptions, 'baseline' | 'filter' | 'strict' | 'onAnswer'> {
  target: Target
  /** An answer with a member that the contract does not have fails: for the server that the contract is made for. */
  closed?: boolean
}

/** What it takes of a vitest. */
export interface Vitest {
  beforeAll(hook: () => Promise<void>): void
  afterAll(hook: () => Promise<void> | undefined): void
  describe(name: string, define: () => void): void
  test(name: string, options: { timeout: number }, run: (context: { skip(note?: string): void }) => Promise<void>): void
}

/**
 * Registers every case with the test file that calls it. A case that does not apply to the target is marked as skipped,
 * with the reason; a failure that the baseline lists must go on failing.
 * @param registration what to judge; a function is called once, before the first case
 * @param vitest whose test file this is: `import * as vitest from 'vitest'`; by default the suite's own, which is of no use in
 * a project with another one
 */
export const registerConformance = (
  registration: Registration | (() => Registration | Promise<Registration>),
  { afterAll, beforeAll, describe, test }: Vitest = ours,
): void => {
  let run: Run | undefined
  let baseline: Registration['baseline'] = []
  let strict = false
  let isClosed = false
  beforeAll(async () => {
    const { target, closed, ...options } = typeof registration === 'function' ? await registration() : registration
    baseline = options.baseline ?? []
    strict = options.strict ?? false
    isClosed = closed ?? false
    run = createRun(suite, checkTarget(target), options)
    // They wait for what the target sends, some for seconds: they begin first, and the others run meanwhile.
    for (const one of run.cases.filter(({ features }) => features.includes(receiverFeature))) void run.record(one)
  })
  afterAll(() => run?.close())
  for (const operationId of new Set(allCases.map((one) => one.operationId)))
    describe(operationId, () => {
      for (const one of allCases.filter((each) => each.operationId === operationId))
        test(one.id, { timeout: 120_000 }, async (context) => {
          if (run === undefined) throw new Error('the target was not described')
          if (!run.cases.includes(one)) return context.skip('left out by the filter')
          const record = await run.record(one)
          if (record.verdict === 'na') return context.skip(record.reason)
          const entry = baseline?.find((each) => accepts(each, one.id))
          const listed = entry !== undefined
          if (listed && !isForAny(entry) && record.verdict === 'pass')
            throw new Error('it passes, and is still in the baseline')
          if (!listed && breaks(record, strict)) throw new Error(inWords(record))
          const unknown = isClosed ? record.info.find(isUndocumented) : undefined
          if (unknown !== undefined) throw new Error(unknown)
        })
    })
}

const breaks = ({ verdict }: CaseRecord, strict: boolean) => verdict !== 'pass' && (verdict !== 'warn' || strict)

const inWords = ({ verdict, promise, reason, exchanges }: CaseRecord): string => {
  const exchange = exchanges.findLast(({ cleanUp }) => !cleanUp)
  return `${verdict}: ${reason}\npromised: the server ${promise}\n${JSON.stringify(exchange ?? {}, undefined, 2)}`
}
