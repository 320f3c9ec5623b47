/**
 * How often something may be done. The counters are behind this port.
 *
 * Several nodes: one adapter for all of them, or each node would let a caller do as much as the limit says.
 */

export interface Rate {
  /** So many are let through a minute, in the long run. */
  perMinute: number
  /** So many at once, after a pause; at least 1. */
  burst: number
}

/** One place in one bucket. */
export interface Draw {
  /** What is counted. */
  limit: string
  /** Whose bucket it is, such as a session's id. */
  of: string
  rate: Rate
}

export interface Pace {
  /**
   * Takes a place from each bucket, or none from any.
   * @returns 0 when taken; else after how many milliseconds each has a place, should nobody else take it
   */
  take(draws: readonly Draw[]): Promise<number>
}
