/**
 * Token buckets in memory. A full bucket needs no entry, so nothing has to be refilled, and no timer runs.
 */
import { createLru, type Lru } from '../model/lru.ts'
import { takeToken } from '../model/token-bucket.ts'
import type { Pace } from './pace.ts'

export interface BucketOptions {
  /** Milliseconds of a monotonic clock. */
  clock: () => number
  /** The most buckets of one limit; the least recently used are evicted, which makes them full again. */
  max?: number
}

const minuteMs = 60_000

export const createBuckets = ({ clock, max = 10_000 }: BucketOptions): Pace => {
  // One map for each limit: a caller with many addresses must not evict the buckets of sessions.
  const limits = new Map<string, Lru<string, number>>()

  const bucketsOf = (limit: string) => {
    const known = limits.get(limit)
    if (known !== undefined) return known
    const made = createLru<string, number>(max)
    limits.set(limit, made)
    return made
  }

  return {
    async take(draws) {
      const now = clock()
      const after = draws.map((draw) => {
        const { burst, perMinute } = draw.rate
        const buckets = bucketsOf(draw.limit)
        return { draw, buckets, ...takeToken(buckets.get(draw.of), { burst, tokenMs: minuteMs / perMinute }, now) }
      })
      const waitMs = Math.max(0, ...after.map((one) => one.waitMs))
      if (waitMs === 0) for (const { draw, buckets, fullAt } of after) buckets.set(draw.of, fullAt)
      return waitMs
    },
  }
}
