/**
 * Token buckets in memory. Of each only one moment is kept: when it will be full again. A bucket that is full needs no entry,
 * so nothing has to be filled, and no timer runs.
 */
import { createLru, type Lru } from '../model/lru.ts'
import type { Draw, Pace } from './pace.ts'

export interface BucketOptions {
  /** Milliseconds of a clock that never goes back. */
  clock: () => number
  /** Buckets of one limit that are remembered; of more, those that nobody has drawn from the longest are full again. */
  max?: number
}

const minuteMs = 60_000

export const createBuckets = ({ clock, max = 10_000 }: BucketOptions): Pace => {
  // One for each limit: whoever can call from many addresses must not empty the memory of sessions.
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

/** A bucket that would need longer than its whole content to be full again has no place now. */
const waitOf = ({ rate }: Draw, placeMs: number, fullAgain: number, now: number) => {
  const waitMs = fullAgain - rate.burst * placeMs - now
  return waitMs < roundingMs ? 0 : waitMs
}

/** Who waits for as long as was said is not refused for the last digit of a fraction. */
const roundingMs = 1e-3
