import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRetryTimer } from './retry-timer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('comes later each time, at most a minute, and at once again when something has worked', () => {
  const begun = Date.now()
  const times: number[] = []
  const timer = createRetryTimer(() => {
    times.push((Date.now() - begun) / 1_000)
    timer.plan()
    timer.plan()
  })
  timer.plan()
  vi.advanceTimersByTime(200_000)
  expect(times).toEqual([5, 15, 35, 75, 135, 195])
  timer.worked()
  timer.cancel()
  timer.plan()
  vi.advanceTimersByTime(5_000)
  expect(times.at(-1)).toBe(205)
})
