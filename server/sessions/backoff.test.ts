import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

test('doubles from one second to a minute', () => {
  const longest = [1, 2, 3, 6, 7, 8, 1_000_000].map((failures) => backoffMs(failures, 0.999999))
  expect(longest).toEqual([999, 1999, 3999, 31999, 59999, 59999, 59999])
})

test('takes any part of it, down to nothing', () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
      const longest = backoffMs(failures + 1, 0.999999999)
      expect(backoffMs(failures + 1, random)).toBeGreaterThanOrEqual(0)
      expect(backoffMs(failures + 1, random)).toBeLessThanOrEqual(longest + 1)
    }),
  )
})
