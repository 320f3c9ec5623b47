import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { unavailable } from '../model/errors.ts'
import { stillAdmitted } from './still-admitted.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const reader = () => new AbortController()
const aMinute = () => vi.advanceTimersByTimeAsync(60_000)

test('a reader goes on until its right has ended', async () => {
  const isAdmitted = vi.fn(async () => true)
  const signal = stillAdmitted(reader().signal, isAdmitted)
  await aMinute()
  expect(signal.aborted).toBe(false)
  isAdmitted.mockResolvedValue(false)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(signal.aborted).toBe(true)
})

test('a question that cannot be answered now ends nothing', async () => {
  const signal = stillAdmitted(reader().signal, () => Promise.reject(unavailable('the disk is full')))
  await aMinute()
  expect(signal.aborted).toBe(false)
})

test('nobody asks for a reader that has gone', async () => {
  const isAdmitted = vi.fn(async () => true)
  const gone = reader()
  const signal = stillAdmitted(gone.signal, isAdmitted)
  gone.abort()
  expect(signal.aborted).toBe(true)
  await aMinute()
  expect(isAdmitted).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})
