/**
 * The port to the counters of the rate limits.
 *
 * Several nodes: they need shared counters, or each node would allow a caller the whole limit.
 */

export interface Rate {
  /** The sustained rate. */
  perMinute: number
  /** How many may come at once after a pause; at least 1. */
  burst: number
}

/** One token of one bucket. */
export interface Draw {
  /** The limit that the bucket belongs to. */
  limit: string
  /** Whose bucket it is, such as a session's id. */
  of: string
  rate: Rate
}

export interface Pace {
  /**
   * Takes a token from each bucket, or none from any.
   * @returns 0 when taken; else in how many milliseconds each bucket has a token, unless another call takes it
   */
  take(draws: readonly Draw[]): Promise<number>
}
