/** Token buckets. The state of a bucket is one time: when it will be full again. */

/** How a bucket is filled. */
export interface Filling {
  /** How many tokens a full bucket has; at least 1. */
  burst: number
  /** Milliseconds until one more token is there. */
  tokenMs: number
}

/** A token that was asked for. */
export interface Token {
  /** When the bucket is full again after it was taken. */
  fullAt: number
  /** In how many milliseconds it can be taken; 0 = now. */
  waitMs: number
}

/**
 * Computes what taking a token does.
 * @param fullAt when the bucket is full again; absent = it is full
 * @param now on the clock of `fullAt`, in milliseconds
 * @param left how many tokens must be left
 */
export const takeToken = (fullAt: number | undefined, { burst, tokenMs }: Filling, now: number, left = 0): Token => {
  // An empty bucket is full after its burst: a clock that was set back does not make it wait for longer.
  const before = Math.min(Math.max(fullAt ?? now, now), now + burst * tokenMs)
  const after = before + tokenMs
  const waitMs = after + left * tokenMs - burst * tokenMs - now
  return { fullAt: after, waitMs: waitMs < roundingMs ? 0 : waitMs }
}

/** Tolerance for rounding: a caller that waits for as long as it was told must not be refused. */
const roundingMs = 1e-3
