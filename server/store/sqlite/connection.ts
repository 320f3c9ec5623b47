import type sqlite3 from 'sqlite3'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import { driver } from './driver.ts'

/**
 * A parameter for LIMIT or OFFSET. SQLite 3.52 plans the statement again for each value of a bare parameter there, which takes longer
 * than reading a page.
 */
export const bounded = '? + 0'

/** Values for a statement; booleans become 0 and 1. */
export type Value = string | number | Buffer | null

/** One connection to the database. Its statements run one after the other, in call order. */
export interface Connection {
  /**
   * Runs one statement and returns all its rows.
   * @throws StoreUnavailable when the database cannot do it now; the driver's error for a violated constraint
   */
  all<Row>(sql: string, ...values: Value[]): Promise<Row[]>
  /** Runs a script of statements without parameters. */
  script(sql: string): Promise<void>
  /** How many statements wait or run. */
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

/** The flag of `sqlite3_open_v2` that makes errors carry extended result codes; the driver has no name for it. */
const extendedResultCodes = 0x02000000
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
  const { Database, OPEN_READONLY, OPEN_READWRITE, OPEN_CREATE } = driver()
  const mode = extendedResultCodes | (readOnly ? OPEN_READONLY : OPEN_READWRITE | OPEN_CREATE)
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new Database(file, mode, (error) => (error ? reject(translated(error)) : resolve(opened)))
  })
  // Prepared statements are cached: preparing costs more than a short statement, and there are few texts.
  const statements = new Map<string, sqlite3.Statement>()
  let tail: Promise<unknown> = Promise.resolve()
  let load = 0
  let closed: Promise<void> | undefined

  const prepared = (sql: string) =>
    new Promise<sqlite3.Statement>((resolve, reject) => {
      const statement = database.prepare(sql, (error) => (error ? reject(error) : resolve(statement)))
    })

  const run = async <Row>(sql: string, values: Value[]): Promise<Row[]> => {
    const statement = statements.get(sql) ?? (await prepared(sql))
    statements.set(sql, statement)
    try {
      // Never `get`: it does not reset the statement, which leaves a read transaction open.
      return await new Promise<Row[]>((resolve, reject) =>
        statement.all<Row>(values, (error, rows) => (error ? reject(error) : resolve(rows))),
      )
    } catch (error) {
      await new Promise<void>((resolve) => statement.reset(() => resolve()))
      throw error
    }
  }

  // The driver would run statements of one connection concurrently, and block a pool thread for each that waits.
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    if (closed) return Promise.reject(new StoreUnavailable('the store is closed'))
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
    return result.catch((error: Error) => {
      throw translated(error)
    })
  }

  return {
    all: (sql, ...values) => inTurn(() => run(sql, values)),
    script: (sql) =>
      inTurn(
        () =>
          new Promise<void>((resolve, reject) => database.exec(sql, (error) => (error ? reject(error) : resolve()))),
      ),
    get load() {
      return load
    },
    close() {
      closed ??= tail.then(async () => {
        for (const statement of statements.values()) {
          await new Promise<void>((resolve) => statement.finalize(() => resolve()))
        }
        await new Promise<void>((resolve, reject) =>
          database.close((error) => (error ? reject(translated(error)) : resolve())),
        )
      })
      return closed
    },
  }
}
