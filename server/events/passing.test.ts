import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createCalm } from './passing.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the first passes at once, and after a second the last of those that came since', () => {
  const calmly = createCalm<string>()
  const passed: string[] = []
  const say = (value: string, name = 'Rina') => calmly(name, value, (one) => passed.push(`${name} ${one}`))
  say('composing')
  say('paused')
  say('composing')
  say('recording')
  say('available', 'Budi')
  expect(passed).toEqual(['Rina composing', 'Budi available'])
  vi.advanceTimersByTime(1_000)
  expect(passed.slice(2)).toEqual(['Rina recording'])
  say('paused')
  expect(passed).toHaveLength(3)
  vi.advanceTimersByTime(1_000)
  expect(passed.slice(3)).toEqual(['Rina paused'])
  vi.advanceTimersByTime(1_000)
  expect(vi.getTimerCount()).toBe(0)
  say('composing')
  expect(passed.slice(4)).toEqual(['Rina composing'])
})
