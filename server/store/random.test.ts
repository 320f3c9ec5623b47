import { randomFillSync } from 'node:crypto'
import { monotonicFactory } from 'ulid'
import { beforeEach, expect, test, vi } from 'vitest'

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  return { ...crypto, randomFillSync: vi.fn(crypto.randomFillSync) }
})

const filled = vi.mocked(randomFillSync)
let takeRandom: (count: number) => Uint8Array
let randomNumber: () => number
beforeEach(async () => {
  vi.resetModules()
  filled.mockClear()
  ;({ takeRandom, randomNumber } = await import('./random.ts'))
})

test('no byte of the pool is given out twice', () => {
  // A pool of numbers that tell their place, and then another one.
  filled.mockImplementation(((pool: Uint8Array) => {
    const turn = filled.mock.calls.length
    for (const [n] of pool.entries()) pool[n] = turn === 1 ? n % 251 : 255
  }) as typeof randomFillSync)
  const taken = Array.from({ length: 682 }, () => [...takeRandom(12)])
  expect(taken.flat()).toEqual(Array.from({ length: 682 * 12 }, (_, n) => n % 251))
  expect(filled).toHaveBeenCalledTimes(1)
  // Eight are left: too few.
  expect([...takeRandom(12)]).toEqual(Array(12).fill(255))
  expect(filled).toHaveBeenCalledTimes(2)
})

test('ULIDs made with it have all letters, and differ', () => {
  filled.mockRestore()
  const next = monotonicFactory(randomNumber)
  const ids = Array.from({ length: 2_000 }, (_, n) => next(1_700_000_000_000 + n))
  expect(new Set(ids.map((id) => id.slice(10))).size).toBe(ids.length)
  expect(new Set(ids.map((id) => id.slice(10)).join('')).size).toBe(32)
})
