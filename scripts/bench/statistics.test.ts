import { expect, test } from 'vitest'
import { percentile, spreadOf } from './statistics.ts'

test('the median of an odd number of values is the one in the middle, in whatever order they come', () => {
  expect(spreadOf([3, 100, 1, 2, 50])).toEqual({ median: 3, min: 1, max: 100 })
})

test('the median of an even number of values is halfway between the two in the middle', () => {
  expect(percentile([4, 1, 3, 2], 0.5)).toBe(2.5)
})

test('the 99th percentile of a thousand values has ten above it', () => {
  const values = Array.from({ length: 1_000 }, (_, index) => index + 1)
  const p99 = percentile(values, 0.99)
  expect(values.filter((value) => value > p99)).toHaveLength(10)
})

test('no values have no percentile', () => {
  expect(() => percentile([], 0.5)).toThrow('no values')
})
