/** Rate limit for retry requests: many undecryptable messages must not cause as many requests. */

export interface RetryBudget {
  /** False when it is used up. */
  take(): boolean
}

/** @param clock epoch ms */
export const createRetryBudget = (clock: () => number, burst = 200, perSecond = 2): RetryBudget => {
  let left = burst
  let counted = clock()
  return {
    take() {
      const now = clock()
      left = Math.min(burst, left + (Math.max(0, now - counted) / 1_000) * perSecond)
      counted = now
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}
