import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import type { Connection } from './connection.ts'
import type { Writer } from './writer.ts'

/**
 * Recognizes that a database was replaced by an older copy of itself. A number in the database is incremented at each start and each
 * minute, and a file next to the database holds the same number: an older copy has a lower one. Copies by `npm run backup` are marked
 * as copies.
 *
 * It cannot recognize a copy that is restored within a minute, nor file and database that are restored together.
 */
export interface Generation {
  /** Increments the number in database and file. @throws when one of them cannot be written */
  advance(): Promise<void>
}

/** Rows of `meta`. */
const generationRow = 'generation'
export const copiedAtRow = 'copied_at'

const selectMeta = `SELECT name, CAST(value AS INTEGER) AS value FROM meta WHERE name IN ('${generationRow}', '${copiedAtRow}')`

const upsertGeneration = `
  INSERT INTO meta (name, value) VALUES ('${generationRow}', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`

const markAll = `
  INSERT INTO restored (session_id, found_at) SELECT session_id, ? FROM creds WHERE true ON CONFLICT DO NOTHING`

// Readers of events may have seen positions beyond the restored log, and those must not mean something else from now on.
const passLostPositions = 'UPDATE event_heads SET head = head + 1000000, floor = head + 1000000'

const forgetCopy = `DELETE FROM meta WHERE name = '${copiedAtRow}'`

/**
 * Checks whether this is the newest state of the database. If it is not, marks its credentials, and has its event logs go on a
 * million positions later.
 * @param file next to the database; created if missing
 * @returns `marked`: how many sessions have stale credentials
 * @throws StoreUnavailable when the database is new, and the file is from another one
 */
export async function openGeneration({
  db,
  writer,
  file,
  now,
}: {
  db: Connection
  writer: Writer
  file: string
  now: number
}): Promise<{ generation: Generation; marked: number }> {
  const rows = await db.all<{ name: string; value: number }>(selectMeta)
  const metaOf = (name: string) => rows.find((row) => row.name === name)?.value
  const own = metaOf(generationRow)
  const beside = await readGenerations(file)
  // 0: a first start that ended before it had written the database's number.
  const wasThere = beside.length > 0 && Math.min(...beside) > 0
  if (own === undefined && wasThere && metaOf(copiedAtRow) === undefined && (await isEmpty(db)))
    throw new StoreUnavailable(
      `the database is new, but ${file} shows that there was an earlier one: restore it (npm run backup -- restore FILE), or remove ${file} to start with an empty database`,
    )
  const isOlder = own === undefined ? beside.length > 0 : beside.length === 0 || own < Math.min(...beside)
  let current = Math.max(own ?? 0, ...beside)

  const advance = async () => {
    const next = current + 1
    // The process may end between the two writes: until the second one, both numbers are valid.
    await writeGenerations(file, [current, next])
    await writer.write((connection) => connection.all(upsertGeneration, next))
    current = next
    await writeGenerations(file, [next])
  }

  let marked = 0
  if (isOlder || metaOf(copiedAtRow) !== undefined) {
    marked = await writer.write(async (connection) => {
      const [before] = await connection.all<{ count: number }>('SELECT count(*) AS count FROM restored')
      await connection.all(markAll, now)
      await connection.all(passLostPositions)
      await connection.all(forgetCopy)
      const [after] = await connection.all<{ count: number }>('SELECT count(*) AS count FROM restored')
      return (after?.count ?? 0) - (before?.count ?? 0)
    })
  }
  return { generation: { advance }, marked }
}

const isEmpty = async (db: Connection): Promise<boolean> => {
  const [row] = await db.all<{ count: number }>('SELECT count(*) AS count FROM sessions')
  return row?.count === 0
}

/** Parses what is written below, and ignores anything else in the file. */
const longest = 100

/** One number, or two during an increment; none when there is no file, or it is unreadable. */
async function readGenerations(file: string): Promise<number[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new StoreUnavailable(`the file ${file} cannot be read`, { cause: error })
  })
  return (text.slice(0, longest).match(/\d+/g) ?? []).slice(0, 2).map(Number)
}

async function writeGenerations(file: string, numbers: number[]): Promise<void> {
  const draft = `${file}.new`
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.writeFile(`${numbers.join(' ')}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
  if (process.platform === 'win32') return
  const folder = await open(dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
