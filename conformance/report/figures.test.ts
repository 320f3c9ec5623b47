/** Figures are honest at their edges. */
import { expect, test } from 'vitest'
import type { Verdict } from '../result.ts'
import { figuresOf, percent } from './figures.ts'
import { sampleRecord, sampleResult } from './sample.ts'

test.for<[number, number, string]>([
  [548, 548, '100 %'],
  [547, 548, '99.8 %'],
  [99_999, 100_000, '99.9 %'],
  [9_999_999, 10_000_000, '99.9 %'],
  [289, 1_000, '28.9 %'],
  [1, 3, '33.3 %'],
  [2, 3, '66.6 %'],
  [0, 548, '0.0 %'],
])('%i of %i is %s: 100 % is said only of all, and nothing is rounded up', ([part, whole, text]) => {
  expect(percent({ part, whole })).toBe(text)
})

const figures = (...verdicts: Verdict[]) => figuresOf(sampleResult(verdicts.map((verdict) => sampleRecord(verdict))))

test('there is no figure when anything could not be measured, or nothing was', () => {
  expect(figures('pass', 'pass', 'error')).toEqual({ conformance: undefined, coverage: undefined })
  expect(figures('na')).toEqual({ conformance: undefined, coverage: undefined })
  expect(percent(undefined)).toBe('not measured')
})

test('the raw counts are those that the figures are made of', () => {
  expect(figures('pass', 'pass', 'fail', 'warn', 'na', 'untestable', 'blocked')).toEqual({
    conformance: { part: 2, whole: 3 },
    coverage: { part: 4, whole: 6 },
  })
})

test('what a mock was told to answer counts in neither figure', () => {
  const result = sampleResult([sampleRecord('pass'), sampleRecord('pass', { id: 'getChat/403/-/x', steered: true })])
  expect(figuresOf(result)).toEqual({ conformance: { part: 1, whole: 1 }, coverage: { part: 1, whole: 1 } })
})
