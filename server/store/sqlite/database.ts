/** What the store asks of a SQLite library. */

/** Values for a statement: integers are safe ones; lone surrogates in a text become U+FFFD. */
export type Value = string | number | Buffer | null

/**
 * An open database file. Each call is given the time that it needs: nobody calls before the call before it has ended.
 *
 * Errors of SQLite have its extended result code as `errno`: 0 to 255 are primary codes, and the lowest byte of others is one.
 */
export interface Database {
  /** Runs one statement to its end, so that it leaves no read transaction open. @returns its rows; integers, texts, Buffers and nulls */
  all<Row>(sql: string, values: Value[]): Row[] | Promise<Row[]>
  /** Runs statements without parameters, and drops their rows. */
  script(sql: string): void | Promise<void>
  close(): void | Promise<void>
}

export interface Driver {
  /** Whether a statement blocks the thread that runs it: then the store is written in a thread of its own. */
  readonly blocks: boolean
  /**
   * Opens a file, which is created if missing unless `readOnly`. The defaults are SQLite's: no foreign keys, no waiting for locks.
   * @throws StoreUnavailable when the library cannot be loaded
   */
  open(file: string, options: { readOnly: boolean }): Promise<Database>
}
