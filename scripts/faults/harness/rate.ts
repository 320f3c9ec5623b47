/** The distribution of attempts over time. */
export interface Spread {
  /** Attempts. */
  count: number
  /** From the first to the last. */
  seconds: number
  perSecond: number
  /** In the fullest second. */
  peak: number
}

/** @param at when each was made, ms */
export const spreadOf = (at: number[]): Spread => {
  const sorted = [...at].sort((a, b) => a - b)
  const [first = 0] = sorted
  const seconds = ((sorted.at(-1) ?? 0) - first) / 1_000
  let peak = 0
  let behind = 0
  for (const [index, time] of sorted.entries()) {
    while (time - (sorted[behind] ?? 0) >= 1_000) behind += 1
    peak = Math.max(peak, index - behind + 1)
  }
  return { count: sorted.length, seconds, perSecond: sorted.length / Math.max(seconds, 1), peak }
}
