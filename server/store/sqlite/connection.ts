import { StoreUnavailable } from '../../ports/store/errors.ts'
import type { Database, Value } from './database.ts'
import { chosenDriver } from './driver.ts'

export type { Value } from './database.ts'

/**
 * A parameter for LIMIT or OFFSET. SQLite 3.52 plans the statement again for each value of a bare parameter there, which takes longer
 * than reading a page.
 */
export const bounded = '? + 0'

/** One connection to the database. Its statements run one after the other, in call order. */
export interface Connection {
  /**
   * Runs one statement and returns all its rows.
   * @throws StoreUnavailable when the database cannot do it now; the driver's error for a violated constraint
   */
  all<Row>(sql: string, ...values: Value[]): Promise<Row[]>
  /** Runs a script of statements without parameters. */
  script(sql: string): Promise<void>
  /** How many statements wait or run; 0 with a driver that blocks. */
  readonly load: number
  close(): Promise<void>
}

/** Messages for the operator, for each reason why the database is unavailable: by SQLite's primary result code. */
const reasons: Record<number, string> = {
  /* SQLITE_BUSY */ 5: 'the database is locked by another process',
  /* SQLITE_LOCKED */ 6: 'the database is locked by another process',
  /* SQLITE_PROTOCOL */ 15: 'the database is locked by another process',
  /* SQLITE_FULL */ 13: 'the disk that holds the database is full',
  /* SQLITE_IOERR */ 10: 'the disk that holds the database cannot be read or written',
  /* SQLITE_NOMEM */ 7: 'there is no memory left for the database',
  /* SQLITE_READONLY */ 8: 'the database file is read-only for this process, or its header is damaged',
  /* SQLITE_PERM */ 3: 'this process may not use the database file',
  /* SQLITE_CANTOPEN */ 14: 'the database file cannot be opened',
  /* SQLITE_CORRUPT */ 11: 'the database file is damaged: restore it from a backup, it is never rebuilt by itself',
  /* SQLITE_NOTADB */ 26: 'the database file is damaged or no SQLite database: restore it from a backup',
  /* SQLITE_MISUSE */ 21: 'the store is closed',
}

/** The lowest byte of an extended result code is the primary one. */
const primaryMask = 0xff
const busy = 5

/** 0 if it is not an error of the database. */
const resultCodeOf = (error: unknown): number =>
  error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 0

/** Whether another process has the lock. */
export const isLocked = (error: unknown): boolean => (resultCodeOf(error) & primaryMask) === busy

/** Translates the driver's error into StoreUnavailable, if the database is unavailable. */
function translated(error: Error): Error {
  const reason = reasons[resultCodeOf(error) & primaryMask]
  return reason === undefined ? error : new StoreUnavailable(reason, { cause: error })
}

/**
 * Opens one connection.
 * @param readOnly true = it cannot write
 * @throws StoreUnavailable
 */
export async function connect(file: string, { readOnly = false } = {}): Promise<Connection> {
  const { database, blocks } = await opened(file, readOnly)
  let tail: Promise<unknown> = Promise.resolve()
  let load = 0
  let closed: Promise<void> | undefined

  const now = async <T>(task: () => T | Promise<T>): Promise<T> => {
    try {
      return await task()
    } catch (error) {
      throw error instanceof Error ? translated(error) : error
    }
  }

  const inTurn = <T>(task: () => T | Promise<T>): Promise<T> => {
    if (closed) return Promise.reject(new StoreUnavailable('the store is closed'))
    // A statement that blocks has ended before the next call.
    if (blocks) return now(task)
    // A driver with threads would run statements of one connection concurrently, and block a thread for each that waits.
    load += 1
    const result = tail.then(task)
    tail = result.then(
      () => {
        load -= 1
      },
      () => {
        load -= 1
      },
    )
    return now(() => result)
  }

  return {
    all: (sql, ...values) => inTurn(() => database.all(sql, values)),
    script: (sql) => inTurn(() => database.script(sql)),
    get load() {
      return load
    },
    close() {
      closed ??= tail.then(() => now(() => database.close()))
      return closed
    },
  }
}

async function opened(file: string, readOnly: boolean): Promise<{ database: Database; blocks: boolean }> {
  const { open, blocks } = chosenDriver()
  try {
    return { database: await open(file, { readOnly }), blocks }
  } catch (error) {
    throw error instanceof Error ? translated(error) : error
  }
}
