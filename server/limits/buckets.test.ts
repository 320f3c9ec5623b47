import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { createBuckets } from './buckets.ts'
import type { Pace, Rate } from './pace.ts'

let now: number
let pace: Pace

beforeEach(() => {
  now = 5_000
  pace = createBuckets({ clock: () => now, max: 3 })
})

const take = (of: string, rate: Rate, limit = 'presence') => pace.take([{ limit, of, rate }])
const threeAMinute: Rate = { perMinute: 3, burst: 3 }

test('lets a burst through, then one each time that a place is free again', async () => {
  for (const expected of [0, 0, 0, 20_000]) expect(await take('a', threeAMinute)).toBe(expected)
  now += 19_999
  expect(await take('a', threeAMinute)).toBe(1)
  now += 1
  expect(await take('a', threeAMinute)).toBe(0)
  expect(await take('a', threeAMinute)).toBe(20_000)
})

test('a pause fills the bucket, and no more than that', async () => {
  for (let turn = 0; turn < 3; turn += 1) await take('a', threeAMinute)
  now += 3_600_000
  for (const expected of [0, 0, 0, 20_000]) expect(await take('a', threeAMinute)).toBe(expected)
})

test('who is refused pays nothing', async () => {
  for (let turn = 0; turn < 100; turn += 1) await take('a', threeAMinute)
  now += 20_000
  expect(await take('a', threeAMinute)).toBe(0)
})

test('each has a bucket of its own, for each limit', async () => {
  const one: Rate = { perMinute: 1, burst: 1 }
  expect([await take('a', one), await take('b', one), await take('a', one, 'starts')]).toEqual([0, 0, 0])
  expect(await take('a', one)).toBe(60_000)
})

test('several buckets are drawn from together or not at all; the longest wait counts', async () => {
  const draws = [
    { limit: 'pairing', of: 'session', rate: { perMinute: 2, burst: 2 } },
    { limit: 'pairing', of: 'organization', rate: { perMinute: 1, burst: 1 } },
  ]
  expect([await pace.take(draws), await pace.take(draws)]).toEqual([0, 60_000])
  // The session has paid once, not twice.
  expect([await take('session', { perMinute: 2, burst: 2 }, 'pairing')]).toEqual([0])
})

test('remembers so many, and who was not seen the longest is let through again', async () => {
  const one: Rate = { perMinute: 1, burst: 1 }
  for (const of of ['a', 'b', 'c', 'd']) await take(of, one)
  expect([await take('d', one), await take('a', one)]).toEqual([60_000, 0])
})

test('a flood on one limit does not empty the memory of another', async () => {
  const one: Rate = { perMinute: 1, burst: 1 }
  await take('session', one, 'starts')
  for (let address = 0; address < 100; address += 1) await take(String(address), one, 'wrong_tokens')
  expect(await take('session', one, 'starts')).toBe(60_000)
})

test('at any rate, no more is taken than the burst and the refill allow, and a promised wait is enough', async () => {
  const rates = fc.record({ perMinute: fc.integer({ min: 1, max: 100_000 }), burst: fc.integer({ min: 1, max: 50 }) })
  const pauses = fc.array(fc.double({ min: 0, max: 90_000, noNaN: true }), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(rates, pauses, async (rate, waits) => {
      now = 1_000
      pace = createBuckets({ clock: () => now })
      let taken = 0
      for (const wait of waits) {
        now += wait
        const waitMs = await take('a', rate)
        if (waitMs === 0) taken += 1
        else {
          // As the caller is told it: in whole seconds.
          now += Math.ceil(waitMs / 1_000) * 1_000
          expect(await take('a', rate)).toBe(0)
          taken += 1
        }
        expect(taken).toBeLessThanOrEqual(rate.burst + ((now - 1_000) / 60_000) * rate.perMinute + 1e-3)
      }
    }),
    { numRuns: 1_000 },
  )
})
