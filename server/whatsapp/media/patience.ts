/** A budget for waiting without an answer: a host that repeatedly did not answer is not waited for. */

export interface Patience {
  /** How many milliseconds may be waited now; 0 when they would be too few. */
  left(): number
  /** Subtracts milliseconds that were waited without an answer; negative values count as 0. */
  spend(ms: number): void
}

const fullMs = 20_000

/** It refills by this share of the time that passes. */
const refill = 0.1

/** With less, no wait is started. */
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
