import { StoreUnavailable } from '../../ports/store/errors.ts'
import type { Connection } from './connection.ts'
import type { Writer } from './writer.ts'

/**
 * Overwrites what was deleted. Rows are overwritten where they stand as they are deleted (`secure_delete`); but the log holds
 * pages as they were, and where the database has moved a row from one page to another, a copy stays behind in the unused part
 * of the first. So the log is emptied, and a file that is small enough is written anew.
 */
export interface Eraser {
  /** Erases once more what is left, if that does not take long, and ends. Called when nobody writes any more. */
  close(): Promise<void>
}

export interface EraserOptions {
  writing: Connection
  reader: () => Connection
  writer: Writer
  busyTimeoutMs: number
  log?: { info(fields: object, message: string): void; warn(fields: object, message: string): void } | undefined
  /** How often it looks whether something was deleted. */
  everyMs?: number
  /** A file up to this size is written anew: about a second in which nothing else is written. */
  mostBytes?: number
}

/** See `schema/0006-erase.sql`. */
const selectUnerased = "SELECT 1 FROM meta WHERE name = 'unerased'"
const deleteUnerased = "DELETE FROM meta WHERE name = 'unerased'"

/** It takes at most one part in so many of the time in which others could write. */
const timesRest = 20
/** As long as this somebody who reads may hold it up; afterwards it waits for its next turn. */
const readersMs = 50
/** The end of the process does not wait for more than this. */
const mostBytesAtClose = 16 * 1024 * 1024

export const createEraser = (options: EraserOptions): Eraser => {
  const { writing, reader, writer, busyTimeoutMs, log, everyMs = 1_000, mostBytes = 64 * 1024 * 1024 } = options
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  let closed = false
  let hasTold = false

  const isUnerased = async () => (await reader().all(selectUnerased)).length > 0

  const erase = async (): Promise<void> => {
    // Somebody may read an older state for hours, as a backup does: the log would grow by the whole file each time.
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
      // A full disk, or a lock: health tells of those. What was to be erased is noted in the database.
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
        // The next start goes on.
      }
    },
  }
}

/** Overwrites all that was deleted from a database that nobody else uses. @throws StoreUnavailable */
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
  // Else the whole of it would go through a file in a folder for temporary files.
  await db.script('PRAGMA temp_store = MEMORY')
  try {
    await db.script('VACUUM')
  } finally {
    await db.script('PRAGMA temp_store = DEFAULT')
  }
}

/** @returns false when somebody still reads an older state from it */
const emptyLog = async (db: Connection, busyTimeoutMs: number): Promise<boolean> => {
  await db.script(`PRAGMA busy_timeout = ${Math.min(readersMs, busyTimeoutMs)}`)
  try {
    const [row] = await db.all<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)')
    return row?.busy === 0
  } finally {
    await db.script(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  }
}
