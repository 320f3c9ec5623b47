import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLoginLimit, type LoginLimit, type LoginSlot } from './login-limit.ts'

let limit: LoginLimit
let granted: string[]

beforeEach(() => {
  vi.useFakeTimers()
  granted = []
  limit = createLoginLimit({ max: 2, gapMs: 100, holdMs: 30_000, random: () => 0.5 })
})
afterEach(() => vi.useRealTimers())

const enter = (name: string, urgent = false): LoginSlot => {
  const slot = limit.enter(urgent)
  void slot.granted.then(() => granted.push(name))
  return slot
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('the first comes at once, the next after the gap, the third when one leaves', async () => {
  const a = enter('a')
  enter('b')
  enter('c')
  await pass(0)
  expect(granted).toEqual(['a'])
  await pass(100)
  expect(granted).toEqual(['a', 'b'])
  await pass(1_000)
  expect(granted).toEqual(['a', 'b'])
  a.leave()
  await pass(0)
  expect(granted).toEqual(['a', 'b', 'c'])
})

test('leaving twice frees one place', async () => {
  const a = enter('a')
  for (const name of ['b', 'c', 'd']) enter(name)
  await pass(100)
  a.leave()
  a.leave()
  await pass(1_000)
  expect(granted).toEqual(['a', 'b', 'c'])
})

test('who leaves while waiting is not granted any more, and takes no place', async () => {
  enter('a')
  const b = enter('b')
  enter('c')
  b.leave()
  await pass(1_000)
  expect(granted).toEqual(['a', 'c'])
})

test('urgent ones come first, in their order', async () => {
  enter('a')
  enter('b')
  enter('c', true)
  enter('d', true)
  await pass(29_000)
  expect(granted).toEqual(['a', 'c'])
  await pass(2_000)
  expect(granted).toEqual(['a', 'c', 'd', 'b'])
})

test('a place that nobody gives back is free after thirty seconds', async () => {
  const a = enter('a')
  enter('b')
  enter('c')
  await pass(30_000)
  expect(granted).toEqual(['a', 'b', 'c'])
  // It was taken away already: this frees nothing.
  a.leave()
  enter('d')
  await pass(50)
  expect(granted).toEqual(['a', 'b', 'c'])
})
