import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import type { Connection } from './connection.ts'

const schemaDirectory = fileURLToPath(new URL('../schema/', import.meta.url))

const createTable = `
  CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at INTEGER NOT NULL
  )`

const selectNewest = 'SELECT max(number) AS number FROM migrations'

const insertMigration = 'INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)'

/**
 * Migrates the schema: each numbered file in its own transaction together with its row in `migrations`, so that the next start can
 * continue after an interruption.
 * @param now stored with the migration
 * @returns the names of the applied files
 * @throws StoreUnavailable when the database was written by a newer version, or cannot be used
 */
export async function migrate(db: Connection, now: number, directory = schemaDirectory): Promise<string[]> {
  const files = (await readdir(directory)).filter((name) => /^\d{4}-.*\.sql$/.test(name)).sort()
  const newestFile = Number(files.at(-1)?.slice(0, 4) ?? 0)
  await db.all(createTable)
  const [before] = await db.all<{ number: number | null }>(selectNewest)
  if ((before?.number ?? 0) > newestFile) {
    throw new StoreUnavailable(
      `the database has schema ${before?.number}, this version knows up to ${newestFile}: start the newer version`,
    )
  }
  const applied: string[] = []
  for (const name of files) {
    const number = Number(name.slice(0, 4))
    const script = await readFile(`${directory}/${name}`, 'utf8')
    await db.all('BEGIN IMMEDIATE')
    try {
      // Checked again inside the transaction: another process may have applied it meanwhile.
      const [newest] = await db.all<{ number: number | null }>(selectNewest)
      if (number > (newest?.number ?? 0)) {
        await db.script(script)
        await db.all(insertMigration, number, name, now)
        applied.push(name)
      }
      await db.all('COMMIT')
    } catch (error) {
      await db.all('ROLLBACK').catch(() => undefined)
      throw error
    }
  }
  return applied
}
