import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepPurging } from './purge.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const log = { warn: vi.fn() }

/** Something of which so many rows are too old. */
const rows = (count: number) => {
  const pieces: number[] = []
  const purge = async (limit: number) => {
    const piece = Math.min(limit, count)
    count -= piece
    pieces.push(piece)
    return piece
  }
  return { pieces, purge }
}

test('everything too old is deleted in batches, and again after the pause', async () => {
  const first = rows(1_200)
  const second = rows(1)
  const end = keepPurging([first.purge, second.purge], { log, everyMs: 1_000 })
  await vi.advanceTimersByTimeAsync(0)
  expect([first.pieces, second.pieces]).toEqual([[500, 500, 200], [1]])
  await vi.advanceTimersByTimeAsync(1_000)
  expect([first.pieces, second.pieces]).toEqual([
    [500, 500, 200, 0],
    [1, 0],
  ])
  await end()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(second.pieces).toHaveLength(2)
})

test('a failure is logged, and the purge is tried again', async () => {
  const purge = vi.fn().mockRejectedValueOnce(new Error('locked')).mockResolvedValue(0)
  const end = keepPurging([purge], { log, everyMs: 1_000 })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(purge).toHaveBeenCalledTimes(2)
  expect(log.warn).toHaveBeenCalledOnce()
  await end()
})

test('the end waits for the piece under way, and for no other', async () => {
  const { promise, resolve } = Promise.withResolvers<number>()
  const purge = vi.fn(() => promise)
  const ended = keepPurging([purge], { log })()
  resolve(500)
  await ended
  expect(purge).toHaveBeenCalledOnce()
})
