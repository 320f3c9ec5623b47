/** Does the suite say the same each time? Runs it over and over, in another order each time, and compares. */
import { randomInt } from 'node:crypto'
import type { Result, Verdict } from './result.ts'

export interface Steadiness {
  runs: number
  seeds: number[]
  /** Milliseconds, of each run. */
  durationsMs: number[]
  /** Cases that did not have one verdict in all runs, with what they had, run by run. */
  differing: { id: string; verdicts: Verdict[]; reasons: string[] }[]
  /** Cases that had one verdict in all runs, which was not a pass or `na`. */
  red: { id: string; verdict: Verdict; reason: string }[]
}

/** @param run one run of the suite in the order of a seed, on a server in the same state each time */
export const steadinessOf = async (
  runs: number,
  run: (seed: number) => Promise<Result>,
  onRun: (done: number, result: Result) => void | Promise<void> = () => undefined,
): Promise<Steadiness> => {
  const results: Result[] = []
  for (let done = 1; done <= runs; done++) {
    const result = await run(randomInt(2 ** 32))
    results.push(result)
    await onRun(done, result)
  }
  const ids = [...new Set(results.flatMap(({ records }) => records.map(({ id }) => id)))]
  const cases = ids.map((id) => {
    const records = results.flatMap((result) => result.records.filter((record) => record.id === id))
    return { id, verdicts: records.map(({ verdict }) => verdict), reasons: records.map(({ reason }) => reason) }
  })
  const isSteady = ({ verdicts }: { verdicts: Verdict[] }) => verdicts.length === runs && new Set(verdicts).size === 1
  return {
    runs,
    seeds: results.map(({ seed }) => seed),
    durationsMs: results.map(({ durationMs }) => durationMs),
    differing: cases.filter((one) => !isSteady(one)),
    red: cases.filter(isSteady).flatMap(({ id, verdicts: [verdict = 'error'], reasons: [reason = ''] }) => {
      return verdict === 'pass' || verdict === 'na' ? [] : [{ id, verdict, reason }]
    }),
  }
}
