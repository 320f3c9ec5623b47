import { expect, test } from 'vitest'
import { usualRetryPolicy } from '../model/webhook.ts'
import { retryMs } from './retries.ts'

const middle = 0.5

test('pauses double, up to an hour', () => {
  const pauses = [1, 2, 3, 11, 12, 30].map((attempts) => retryMs(usualRetryPolicy, attempts, middle))
  expect(pauses).toEqual([2_000, 4_000, 8_000, 2_048_000, 3_600_000, 3_600_000])
})

test('constant ones do not, and all vary by a fifth', () => {
  const constant = { policy: 'constant', delaySeconds: 10, attempts: 3 } as const
  expect([0, middle, 0.999].map((random) => retryMs(constant, 9, random))).toEqual([8_000, 10_000, 11_996])
})

test('a receiver may ask for a longer pause, of an hour at most, and for no shorter one', () => {
  const pauses = [1_000, 90_000, 86_400_000].map((asked) => retryMs(usualRetryPolicy, 1, middle, asked))
  expect(pauses).toEqual([2_000, 90_000, 3_600_000])
})
