import { createRequire } from 'node:module'
import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import { StoreUnavailable } from '../../../ports/store/errors.ts'
import type { Driver, Value } from '../database.ts'

type Library = typeof import('node:sqlite')

const require = createRequire(import.meta.url)

/** Loads the library without its warning that it is an experiment: see `docs/decisions.md`. */
const library = (): Library => {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return require('node:sqlite') as Library
  } catch (error) {
    throw new StoreUnavailable('this Node has no node:sqlite: use Node 24, or STORE_DRIVER=sqlite3', { cause: error })
  } finally {
    process.emitWarning = emitWarning
  }
}

const misuse = 21

/** How long a statement waits for a lock until `PRAGMA busy_timeout` says otherwise: what npm `sqlite3` waits. */
const lockMs = 1_000

/** Node's own SQLite: a statement runs in the calling thread, and blocks it. */
export const nodeSqlite: Driver = {
  blocks: true,

  async open(file, { readOnly }) {
    const { DatabaseSync } = library()
    const database = numbered(
      () => new DatabaseSync(file, { readOnly, timeout: lockMs, enableForeignKeyConstraints: false }),
    )
    const statements = new Map<string, StatementSync>()

    const prepared = (sql: string) => {
      const statement = database.prepare(sql)
      statements.set(sql, statement)
      return statement
    }

    return {
      all<Row>(sql: string, values: Value[]) {
        const rows = numbered(() => (statements.get(sql) ?? prepared(sql)).all(...values.map(bound)))
        for (const row of rows) withBuffers(row)
        return rows as Row[]
      },
      script: (sql) => numbered(() => database.exec(sql)),
      close() {
        statements.clear()
        numbered(() => database.close())
      },
    }
  },
}

/** The library binds every number as a REAL, which as text has a decimal point. */
const bound = (value: Value): SQLInputValue => (Number.isSafeInteger(value) ? BigInt(value as number) : value)

const withBuffers = (row: Record<string, SQLOutputValue>): void => {
  for (const name in row) {
    const value = row[name]
    if (value instanceof Uint8Array) row[name] = Buffer.from(value.buffer, value.byteOffset, value.length)
  }
}

/** Gives errors of SQLite their result code as `errno`, and those of a closed database that of a misuse. */
const numbered = <T>(work: () => T): T => {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      if (error.code === 'ERR_SQLITE_ERROR' && 'errcode' in error) Object.assign(error, { errno: error.errcode })
      if (error.code === 'ERR_INVALID_STATE') Object.assign(error, { errno: misuse })
    }
    throw error
  }
}
