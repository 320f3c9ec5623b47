import { createRequire } from 'node:module'
import type sqlite3 from 'sqlite3'
import { StoreUnavailable } from '../../../ports/store/errors.ts'
import type { Driver } from '../database.ts'

const require = createRequire(import.meta.url)

/** Loads the library at the first call, because an error of a static `import` cannot be caught. */
const library = (): typeof sqlite3 => {
  try {
    return require('sqlite3') as typeof sqlite3
  } catch (error) {
    throw new StoreUnavailable(
      'STORE_DRIVER=sqlite3 needs the package sqlite3, which is not installed or not built here: unset it to use the SQLite in Node, or install a C++ compiler and Python and run `npm ci` again',
      { cause: error },
    )
  }
}

/** The flag of `sqlite3_open_v2` that makes errors carry extended result codes; the library has no name for it. */
const extendedResultCodes = 0x02000000

/** npm `sqlite3`: each statement runs in a thread of libuv's pool. */
export const npmSqlite3: Driver = {
  blocks: false,

  async open(file, { readOnly }) {
    const { Database, OPEN_READONLY, OPEN_READWRITE, OPEN_CREATE } = library()
    const mode = extendedResultCodes | (readOnly ? OPEN_READONLY : OPEN_READWRITE | OPEN_CREATE)
    const database = await new Promise<sqlite3.Database>((resolve, reject) => {
      const opened = new Database(file, mode, (error) => (error ? reject(error) : resolve(opened)))
    })
    // Prepared statements are cached: preparing costs more than a short statement, and there are few texts.
    const statements = new Map<string, sqlite3.Statement>()

    const prepared = (sql: string) =>
      new Promise<sqlite3.Statement>((resolve, reject) => {
        const statement = database.prepare(sql, (error) => (error ? reject(error) : resolve(statement)))
      })

    return {
      async all<Row>(sql: string, values: unknown[]) {
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
      },

      script: (sql) =>
        new Promise<void>((resolve, reject) => database.exec(sql, (error) => (error ? reject(error) : resolve()))),

      async close() {
        for (const statement of statements.values()) {
          await new Promise<void>((resolve) => statement.finalize(() => resolve()))
        }
        await new Promise<void>((resolve, reject) => database.close((error) => (error ? reject(error) : resolve())))
      },
    }
  },
}
