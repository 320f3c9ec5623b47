import { StoreUnavailable } from '../../ports/store/errors.ts'
import type { Connection } from './connection.ts'
import type { Writer } from './writer.ts'

/**
 * Erases deleted data from the files. `secure_delete` overwrites a row in place when it is deleted; but the WAL holds older pages,
 * and when SQLite moved a row to another page, a copy stays in the unused part of the first. So the WAL is truncated, and a small
 * file is vacuumed.
 */
export interface Eraser {
  /** Erases what is left, if that does not take long, and stops. Called when there are no more writes. */
  close(): Promise<void>
}

export interface EraserOptions {
  writing: Connection
  reader: () => Connection
  writer: Writer
  busyTimeoutMs: number
  log?: { info(fields: object, message: string): void; warn(fields: object, message: string): void } | undefined
  /** How often it checks whether something was deleted. */
  everyMs?: number
  /** A file up to this size is vacuumed: about a second without other writes. */
  mostBytes?: number
}

/** See `schema/0006-erase.sql`. */
const selectUnerased = "SELECT 1 FROM meta WHERE name = 'unerased'"
const deleteUnerased = "DELETE FROM meta WHERE name = 'unerased'"

/** After each run it rests this many times as long as the run took, so that it takes at most a twentieth of the writer's time. */
const timesRest = 20
/** How long it waits for readers; afterwards it waits for its next turn. */
const readersMs = 50
/** The largest file that is erased at the end of the process. */
const mostBytesAtClose = 16 * 1024 * 1024

export const createEraser = (options: EraserOptions): Eraser => {
  const { writing, reader, writer, busyTimeoutMs, log, everyMs = 1_000, mostBytes = 64 * 1024 * 1024 } = options
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  let closed = false
  let hasTold = false

  const isUnerased = async () => (await reader().all(selectUnerased)).length > 0

  const erase = async (): Promise<void> => {
    // A backup may read an older state for hours: the WAL would grow by the whole file with each attempt.
    if (!(await emptyLog(writing, busyTimeoutMs))) return
    if ((await sizeOf(writing)) <= mostBytes) {
      await rewrite(writing)
      if (!(await emptyLog(writing, busyTimeoutMs))) return
    } else if (!hasTold) {
      hasTold = true
      log?.info({}, 'parts of deleted messages may be left in the database file until `npm run compact`')
    }
    await writing.all(deleteUnerased)
  }

  const look = async () => {
    let rest = everyMs
    try {
      if (await isUnerased()) {
        const ms = await writer.alone(async () => {
          const began = performance.now()
          await erase()
          return performance.now() - began
        })
        rest = Math.max(everyMs, timesRest * ms)
      }
    } catch (error) {
      // `health.ts` reports a full disk or a lock. What is left to erase is noted in the database.
      if (!(error instanceof StoreUnavailable)) log?.warn({ err: error }, 'deleted data could not be overwritten')
    }
    if (closed) return
    timer = setTimeout(begin, rest)
    timer.unref()
  }

  const begin = () => {
    looking = look()
  }

  timer = setTimeout(begin, everyMs)
  timer.unref()

  return {
    async close() {
      closed = true
      clearTimeout(timer)
      await looking
      try {
        if ((await sizeOf(writing)) <= mostBytesAtClose && (await isUnerased())) await erase()
      } catch {
        // The next start continues.
      }
    },
  }
}

/** Erases everything that was deleted from a database that is not in use. @throws StoreUnavailable */
export const eraseAll = async (db: Connection): Promise<void> => {
  await rewrite(db)
  if (!(await emptyLog(db, readersMs * 20))) throw new StoreUnavailable('another process reads the database')
  await db.all(deleteUnerased)
}

const sizeOf = async (db: Connection): Promise<number> => {
  const [row] = await db.all<{ bytes: number }>(
    'SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()',
  )
  return row?.bytes ?? 0
}

const rewrite = async (db: Connection) => {
  // Otherwise VACUUM would write the whole database to a file in the folder for temporary files.
  await db.script('PRAGMA temp_store = MEMORY')
  try {
    await db.script('VACUUM')
  } finally {
    await db.script('PRAGMA temp_store = DEFAULT')
  }
}

/** @returns false when a reader still uses an older state in it */
const emptyLog = async (db: Connection, busyTimeoutMs: number): Promise<boolean> => {
  await db.script(`PRAGMA busy_timeout = ${Math.min(readersMs, busyTimeoutMs)}`)
  try {
    const [row] = await db.all<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)')
    return row?.busy === 0
  } finally {
    await db.script(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  }
}
