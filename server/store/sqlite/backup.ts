import { chmod, copyFile, link, open, rename, rm, stat } from 'node:fs/promises'
import { type Connection, connect } from './connection.ts'
import { copiedAtRow } from './generation.ts'

export interface Backup {
  sessions: number
  messages: number
  bytes: number
}

/** The destination of the copy exists. */
export class FileExists extends Error {
  override name = 'FileExists'
}

/** The file is damaged, or not a database of a gateway. */
export class BadCopy extends Error {
  override name = 'BadCopy'
}

/**
 * Copies a database, which may be in use, as it is at one moment. The copy is marked as a copy, contains no deleted data, is readable
 * by this user only, has passed an integrity check, and appears atomically.
 * @param now epoch ms
 * @throws FileExists unless `force`
 * @throws StoreUnavailable when the database cannot be read
 */
export async function backUp({
  file,
  to,
  force,
  now,
}: {
  file: string
  to: string
  force: boolean
  now: number
}): Promise<Backup> {
  await stat(file)
  if (!force && (await exists(to))) throw new FileExists(to)
  return inPlace(to, force, async (draft) => {
    // Created here so that other users can never read it; SQLite accepts an empty file.
    await (await open(draft, 'wx', 0o600)).close()
    await using(file, (db) => db.all('VACUUM INTO ?', draft))
    return finish(draft, now)
  })
}

/**
 * Replaces the database, which must not be in use, by a copy. The old one is kept next to it.
 * @returns what the copy contains, and the new name of the old database; undefined when there was none
 * @throws BadCopy
 */
export async function putBack({
  file,
  from,
  now,
}: {
  file: string
  from: string
  now: number
}): Promise<Backup & { kept?: string }> {
  await stat(from)
  return inPlace(file, true, async (draft) => {
    await copyFile(from, draft)
    await chmod(draft, 0o600)
    const restored = await finish(draft, now)
    if (!(await exists(file))) return restored
    const kept = `${file}.before-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`
    // The WAL belongs to the old database, and would corrupt the new one.
    for (const suffix of ['-shm', '-wal', ''])
      if (await exists(file + suffix)) await rename(file + suffix, kept + suffix)
    return { ...restored, kept }
  })
}

/** Writes a draft next to the destination with `make`, and moves it there when it is complete. */
async function inPlace<T>(place: string, force: boolean, make: (draft: string) => Promise<T>): Promise<T> {
  const draft = `${place}.part-${process.pid}`
  try {
    const made = await make(draft)
    await sync(draft)
    if (force) await rename(draft, place)
    // A link never replaces another file.
    else await link(draft, place)
    return made
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw new FileExists(place)
    throw error
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) await rm(draft + suffix, { force: true })
  }
}

/** Marks the file as a copy, and checks its integrity. */
async function finish(draft: string, now: number): Promise<Backup> {
  const counted = await using(draft, async (db) => {
    try {
      await db.all('PRAGMA journal_mode = DELETE')
      await db.all(`INSERT OR REPLACE INTO meta (name, value) VALUES ('${copiedAtRow}', ?)`, now)
      const findings = await db.all<{ integrity_check: string }>('PRAGMA integrity_check')
      const finding = findings[0]?.integrity_check
      if (finding !== 'ok') throw new BadCopy(`it is damaged: ${finding}`)
      const [counts] = await db.all<{ sessions: number; messages: number }>(
        'SELECT (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM messages) AS messages',
      )
      return counts
    } catch (error) {
      if (error instanceof BadCopy) throw error
      throw new BadCopy('it is not a database of a gateway, or it is damaged', { cause: error })
    }
  })
  const { size } = await stat(draft)
  return { sessions: counted?.sessions ?? 0, messages: counted?.messages ?? 0, bytes: size }
}

async function using<T>(file: string, work: (db: Connection) => Promise<T>): Promise<T> {
  const db = await connect(file)
  try {
    await db.script('PRAGMA busy_timeout = 5000')
    return await work(db)
  } finally {
    await db.close()
  }
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const exists = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  )
