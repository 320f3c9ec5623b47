import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type BackPressure, createBackPressure } from './back-pressure.ts'

let said: string[]
let pressure: BackPressure

beforeEach(() => {
  vi.useFakeTimers()
  said = []
  pressure = createBackPressure(() => ({
    pause: () => void said.push('pause'),
    resume: () => void said.push('resume'),
  }))
})
afterEach(() => {
  pressure.close()
  vi.useRealTimers()
})

test('a socket is read while little waits', () => {
  for (let waiting = 0; waiting <= 256; waiting += 1) pressure.weigh(waiting)
  expect(said).toEqual([])
})

test('it is not read from the moment that too much waits until most of it is done', () => {
  for (let waiting = 0; waiting <= 400; waiting += 1) pressure.weigh(waiting)
  expect(said).toEqual(['pause'])
  for (let waiting = 400; waiting > 64; waiting -= 1) pressure.weigh(waiting)
  expect(said).toEqual(['pause'])
  pressure.weigh(64)
  expect(said).toEqual(['pause', 'resume'])
})

test('it is read from time to time all the same', () => {
  pressure.weigh(1_000)
  vi.advanceTimersByTime(10_000)
  expect(said).toEqual(['pause', 'resume'])
  pressure.weigh(1_001)
  expect(said).toEqual(['pause', 'resume', 'pause'])
})

test('the connection is read while the library waits for an answer, because the answer comes after everything unread', () => {
  pressure.weigh(300)
  pressure.awaitAnswer(1)
  pressure.awaitAnswer(1)
  expect(said).toEqual(['pause', 'resume'])
  pressure.weigh(1_000)
  pressure.awaitAnswer(-1)
  expect(said).toEqual(['pause', 'resume'])
  pressure.awaitAnswer(-1)
  expect(said).toEqual(['pause', 'resume', 'pause'])
})

test('a socket that is no longer controlled is read', () => {
  pressure.weigh(1_000)
  pressure.close()
  pressure.close()
  vi.advanceTimersByTime(60_000)
  expect(said).toEqual(['pause', 'resume'])
})

test('without a socket nothing happens', () => {
  const none = createBackPressure(() => null)
  none.weigh(1_000)
  none.close()
  expect(said).toEqual([])
})
