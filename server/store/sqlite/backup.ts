import { chmod, copyFile, link, open, rename, rm, stat } from 'node:fs/promises'
import { type Connection, connect } from './connection.ts'
import { copiedAtRow } from './generation.ts'

export interface Backup {
  sessions: number
  messages: number
  bytes: number
}

/** There is a file already where the copy should go. */
export class FileExists extends Error {
  override name = 'FileExists'
}

/** The file is damaged, or no database of a gateway. */
export class BadCopy extends Error {
  override name = 'BadCopy'
}

/**
 * Copies a database that may be in use, as it is at one moment. The copy says of itself that it is one, holds nothing that was
 * deleted, is for this user alone, was checked from end to end, and is at its place whole or not at all.
 * @param now epoch ms
 * @throws FileExists unless `force`
 * @throws StoreUnavailable when the database can't be read
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
    // Made here so that nobody else can read it for a moment; the database takes an empty file.
    await (await open(draft, 'wx', 0o600)).close()
    await using(file, (db) => db.all('VACUUM INTO ?', draft))
    return finish(draft, now)
  })
}

/**
 * Puts a copy where the database is; nobody may be using it. What was there is kept beside it.
 * @returns what is in it now, and the name that the old one has; undefined when there was none
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
    // Its WAL is a part of it, and under the next database it would be poison.
    for (const suffix of ['-shm', '-wal', ''])
      if (await exists(file + suffix)) await rename(file + suffix, kept + suffix)
    return { ...restored, kept }
  })
}

/** Lets `make` make a draft beside the place, and moves it there when it is done. */
async function inPlace<T>(place: string, force: boolean, make: (draft: string) => Promise<T>): Promise<T> {
  const draft = `${place}.part-${process.pid}`
  try {
    const made = await make(draft)
    await sync(draft)
    if (force) await rename(draft, place)
    // A link never takes the place of another file.
    else await link(draft, place)
    return made
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw new FileExists(place)
    throw error
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) await rm(draft + suffix, { force: true })
  }
}

/** Marks the copy as one, and checks it. */
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
      throw new BadCopy('it is no database of a gateway, or damaged', { cause: error })
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
