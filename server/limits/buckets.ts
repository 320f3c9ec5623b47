/**
 * Token buckets in memory. The state of a bucket is one time: when it will be full again. A full bucket needs no entry, so nothing
 * has to be refilled, and no timer runs.
 */
import { createLru, type Lru } from '../model/lru.ts'
import type { Draw, Pace } from './pace.ts'

export interface BucketOptions {
  /** Milliseconds of a monotonic clock. */
  clock: () => number
  /** The most buckets of one limit; the least recently used are evicted, which makes them full again. */
  max?: number
}

const minuteMs = 60_000

export const createBuckets = ({ clock, max = 10_000 }: BucketOptions): Pace => {
  // One map for each limit: a caller with many addresses must not evict the buckets of sessions.
  const fullAt = new Map<string, Lru<string, number>>()

  const bucketsOf = (limit: string) => {
    const known = fullAt.get(limit)
    if (known !== undefined) return known
    const made = createLru<string, number>(max)
    fullAt.set(limit, made)
    return made
  }

  return {
    async take(draws) {
      const now = clock()
      const after = draws.map((draw) => {
        const placeMs = minuteMs / draw.rate.perMinute
        const buckets = bucketsOf(draw.limit)
        const fullAgain = Math.max(buckets.get(draw.of) ?? now, now) + placeMs
        return { draw, buckets, fullAgain, waitMs: waitOf(draw, placeMs, fullAgain, now) }
      })
      const waitMs = Math.max(0, ...after.map((one) => one.waitMs))
      if (waitMs === 0) for (const { draw, buckets, fullAgain } of after) buckets.set(draw.of, fullAgain)
      return waitMs
    },
  }
}

/** A bucket is empty when refilling it would take longer than refilling a whole burst. */
const waitOf = ({ rate }: Draw, placeMs: number, fullAgain: number, now: number) => {
  const waitMs = fullAgain - rate.burst * placeMs - now
  return waitMs < roundingMs ? 0 : waitMs
}

/** Tolerance for rounding: a caller that waits for `Retry-After` must not be refused. */
const roundingMs = 1e-3
