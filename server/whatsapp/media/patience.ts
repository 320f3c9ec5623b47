/** How long a connection waits in vain for others: who has kept it waiting again and again is not waited for. */

export interface Patience {
  /** Whole milliseconds that may be waited now; 0 when they would be too few to be of use. */
  left(): number
  /** So many milliseconds were waited in vain; less than none are none. */
  spend(ms: number): void
}

const fullMs = 20_000

/** It fills up again by this share of the time that passes. */
const refill = 0.1

/** With less nothing is begun. */
const leastMs = 2_000

/** @param clock milliseconds that never go back */
export const createPatience = (clock: () => number): Patience => {
  let now = clock()
  let ms = fullMs
  const filled = () => {
    const before = now
    now = clock()
    ms = Math.min(fullMs, ms + (now - before) * refill)
    return ms
  }
  return {
    left: () => (filled() < leastMs ? 0 : Math.floor(ms)),
    spend(spent) {
      ms = Math.max(0, filled() - Math.max(0, spent))
    },
  }
}
