/** Orders for the shim in the gateway's process. */

/** Which statements: all writes, all that make something durable, or those whose text matches. */
export type Which = 'writes' | 'commits' | { like: string }

export type Order =
  /** They fail with this code, without being executed, until `heal`. */
  | { do: 'fail'; which: Which; code: 'SQLITE_FULL' | 'SQLITE_IOERR' | 'SQLITE_BUSY' }
  /** They take this much longer. */
  | { do: 'slow'; which: Which; ms: number }
  /**
   * The process is killed at the n-th of them: before it runs, after it ran, or before or after the commit that makes
   * it durable.
   */
  | { do: 'die'; which: Which; nth: number; when: 'before' | 'after' | 'uncommitted' | 'committed' }
  /** The process is killed after this time. */
  | { do: 'dieAfter'; ms: number }
  /** The process is killed when the library reads a message with this text. */
  | { do: 'dieReading'; text: string }
  /** The event loop is blocked. */
  | { do: 'stall'; ms: number }
  /** The wall clock is shifted; timers are not. */
  | { do: 'clock'; offsetMs: number }
  /** Runs the garbage collector. Needs Node's `--expose-gc`. */
  | { do: 'collect' }
  /** Ends `fail`, `slow` and `die`. */
  | { do: 'heal' }
