/** What the shim in the gateway's process can be told. */

/** Which statements: all that change something, those that make something durable, or those whose text fits. */
export type Which = 'writes' | 'commits' | { like: string }

export type Order =
  /** They fail with this code, unexecuted, until `heal`. */
  | { do: 'fail'; which: Which; code: 'SQLITE_FULL' | 'SQLITE_IOERR' | 'SQLITE_BUSY' }
  /** They take this much longer. */
  | { do: 'slow'; which: Which; ms: number }
  /**
   * The process is killed at the n-th of them: before it runs, after it ran, or before or after the commit that makes
   * it durable.
   */
  | { do: 'die'; which: Which; nth: number; when: 'before' | 'after' | 'uncommitted' | 'committed' }
  /** The process is killed so much later. */
  | { do: 'dieAfter'; ms: number }
  /** The process is killed when the library reads a message that says this. */
  | { do: 'dieReading'; text: string }
  /** The event loop stands still. */
  | { do: 'stall'; ms: number }
  /** The wall clock says something else; timers don't. */
  | { do: 'clock'; offsetMs: number }
  /** Garbage is collected: what is left is held. Takes Node's `--expose-gc`. */
  | { do: 'collect' }
  /** Ends what `fail`, `slow` and `die` began. */
  | { do: 'heal' }
