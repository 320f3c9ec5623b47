import { expect, test } from 'vitest'
import { createRetryBudget } from './retry-budget.ts'

test('a burst may be asked for, then so many a second, and never more than a burst', () => {
  let now = 1_000
  const budget = createRetryBudget(() => now, 3, 2)
  const taken = (tries: number) => Array.from({ length: tries }, () => budget.take()).filter(Boolean).length

  expect(taken(10)).toBe(3)
  now += 1_000
  expect(taken(10)).toBe(2)
  now += 3_600_000
  expect(taken(10)).toBe(3)
})

test('a clock that goes back takes nothing away and gives nothing', () => {
  let now = 10_000
  const budget = createRetryBudget(() => now, 2, 1)
  expect(budget.take()).toBe(true)
  now -= 9_000
  expect([budget.take(), budget.take()]).toEqual([true, false])
})
