import { expect, test } from 'vitest'
import { typingMs } from './typing.ts'

test('a text takes as long as a quick writer needs, ten seconds at most', () => {
  expect(typingMs('x'.repeat(15), Number.POSITIVE_INFINITY)).toBe(1_000)
  expect(typingMs('x'.repeat(60_000), Number.POSITIVE_INFINITY)).toBe(10_000)
})

test('a caller who waits has five seconds left for the answer', () => {
  expect(typingMs('x'.repeat(60_000), 12_000)).toBe(7_000)
  expect(typingMs('x'.repeat(60_000), 4_000)).toBe(0)
})
