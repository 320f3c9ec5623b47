import type sqlite3 from 'sqlite3'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import { driver } from './driver.ts'

/**
 * The number of a LIMIT or OFFSET, to be given with each call. SQLite 3.52 looks into a bare parameter there and plans the
 * statement anew for each value, which takes longer than a page.
 */
export const bounded = '? + 0'

/** What a statement can be given; booleans travel as 0 and 1. */
export type Value = string | number | Buffer | null

/** One handle of the database file. Its statements run one after the other, in call order. */
export interface Connection {
  /**
   * Runs one statement to its end and returns its rows.
   * @throws StoreUnavailable when the database can't do it now; the driver's error for a broken constraint
   */
  all<Row>(sql: string, ...values: Value[]): Promise<Row[]>
  /** Runs a script of statements that take no values. */
  script(sql: string): Promise<void>
  /** Statements that wait or run. */
  readonly load: number
  close(): Promise<void>
}

/** What went wrong, in words for the operator, for each way in which the database can be away: by SQLite's primary result code. */
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
/** An extended result code holds its primary one in the lowest byte. */
const primaryMask = 0xff
const busy = 5

/** 0 for what is no error of the database. */
const resultCodeOf = (error: unknown): number =>
  error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 0

/** Whether another process has the lock. */
export const isLocked = (error: unknown): boolean => (resultCodeOf(error) & primaryMask) === busy

/** The driver's error as the store's own, when it means that the database is away. */
function translated(error: Error): Error {
  const reason = reasons[resultCodeOf(error) & primaryMask]
  return reason === undefined ? error : new StoreUnavailable(reason, { cause: error })
}

/**
 * Opens one connection.
 * @param readOnly true = it can't write, whatever it is asked
 * @throws StoreUnavailable
 */
export async function connect(file: string, { readOnly = false } = {}): Promise<Connection> {
  const { Database, OPEN_READONLY, OPEN_READWRITE, OPEN_CREATE } = driver()
  const mode = extendedResultCodes | (readOnly ? OPEN_READONLY : OPEN_READWRITE | OPEN_CREATE)
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new Database(file, mode, (error) => (error ? reject(translated(error)) : resolve(opened)))
  })
  // Preparing costs more than a short statement itself, and the texts are few and constant.
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
      // Never `get`: it leaves the statement un-reset, and with it a read transaction open.
      return await new Promise<Row[]>((resolve, reject) =>
        statement.all<Row>(values, (error, rows) => (error ? reject(error) : resolve(rows))),
      )
    } catch (error) {
      await new Promise<void>((resolve) => statement.reset(() => resolve()))
      throw error
    }
  }

  // The driver would run statements of one handle side by side and hold a pool thread for each that waits.
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
