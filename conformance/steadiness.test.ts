/** What differs from run to run is found. */
import { expect, test } from 'vitest'
import type { Result, Verdict } from './result.ts'
import { steadinessOf } from './steadiness.ts'

/** @param verdicts of each case, as far as it ran */
const result = (seed: number, verdicts: Record<string, Verdict>) =>
  ({
    seed,
    durationMs: 1,
    records: Object.entries(verdicts).map(([id, verdict]) => ({
      id,
      verdict,
      reason: verdict === 'pass' ? '' : 'why',
    })),
  }) as Result

test('a case with another verdict, one that is missing, and one that is red each time', async () => {
  const runs: Record<string, Verdict>[] = [
    { same: 'pass', red: 'fail', turning: 'pass', going: 'pass', none: 'na' },
    { same: 'pass', red: 'fail', turning: 'fail', none: 'na' },
  ]
  const seeds: number[] = []
  const steadiness = await steadinessOf(2, async (seed) => {
    seeds.push(seed)
    return result(seed, runs[seeds.length - 1] ?? {})
  })
  expect(steadiness).toEqual({
    runs: 2,
    seeds,
    durationsMs: [1, 1],
    differing: [
      { id: 'turning', verdicts: ['pass', 'fail'], reasons: ['', 'why'] },
      { id: 'going', verdicts: ['pass'], reasons: [''] },
    ],
    red: [{ id: 'red', verdict: 'fail', reason: 'why' }],
  })
})
