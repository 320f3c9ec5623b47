import { expect, test } from 'vitest'
import { createHeavy } from './heavy.ts'

const large = 300 * 1024

test('a chat is heavy from its first large page until a small one', () => {
  const heavy = createHeavy()
  heavy.note('s', 'a', 20_000)
  expect(heavy.has('s', 'a')).toBe(false)
  heavy.note('s', 'a', large)
  expect([heavy.has('s', 'a'), heavy.has('s', 'b'), heavy.has('t', 'a')]).toEqual([true, false, false])
  heavy.note('s', 'a', 20_000)
  expect(heavy.has('s', 'a')).toBe(false)
})

test('the oldest of many are forgotten', () => {
  const heavy = createHeavy()
  for (let n = 0; n <= 1000; n += 1) heavy.note('s', `${n}`, large)
  expect([heavy.has('s', '0'), heavy.has('s', '1'), heavy.has('s', '1000')]).toEqual([false, true, true])
})
