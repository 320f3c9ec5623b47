import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Connection, connect } from './connection.ts'
import { migrate } from './migrate.ts'

let folder: string
let db: Connection
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-migrate-'))
  db = await connect(join(folder, 'test.sqlite'))
  await writeFile(join(folder, '0001-one.sql'), 'CREATE TABLE one (a); INSERT INTO one VALUES (1);')
  await writeFile(join(folder, 'README.md'), 'not a migration')
})
afterEach(async () => {
  await db.close()
  await rm(folder, { recursive: true })
})

const tables = async () =>
  (await db.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")).map(
    ({ name }) => name,
  )

test('files are applied in the order of their numbers, each once', async () => {
  await writeFile(join(folder, '0002-two.sql'), 'ALTER TABLE one ADD COLUMN b;')
  expect(await migrate(db, 5, folder)).toEqual(['0001-one.sql', '0002-two.sql'])
  expect(await migrate(db, 6, folder)).toEqual([])
  expect(await db.all('SELECT * FROM one')).toEqual([{ a: 1, b: null }])
  expect(await db.all('SELECT * FROM migrations')).toEqual([
    { number: 1, name: '0001-one.sql', applied_at: 5 },
    { number: 2, name: '0002-two.sql', applied_at: 5 },
  ])
})

test('an interrupted migration changes nothing, and the next start repeats it', async () => {
  await writeFile(join(folder, '0002-two.sql'), 'CREATE TABLE two (a); INSERT INTO nowhere VALUES (1);')
  await expect(migrate(db, 5, folder)).rejects.toThrow('nowhere')
  expect(await tables()).toEqual(['migrations', 'one'])
  await writeFile(join(folder, '0002-two.sql'), 'CREATE TABLE two (a);')
  expect(await migrate(db, 6, folder)).toEqual(['0002-two.sql'])
  expect(await tables()).toEqual(['migrations', 'one', 'two'])
})

test('two processes that start together apply each file once', async () => {
  const other = await connect(join(folder, 'test.sqlite'))
  for (const connection of [db, other]) await connection.script('PRAGMA busy_timeout = 5000')
  await db.script('PRAGMA journal_mode = WAL')
  const applied = await Promise.all([migrate(db, 5, folder), migrate(other, 5, folder)])
  expect(applied.flat()).toEqual(['0001-one.sql'])
  expect(await db.all('SELECT * FROM one')).toEqual([{ a: 1 }])
  await other.close()
})

test('a schema that is newer than this version is refused and left alone', async () => {
  await migrate(db, 5, folder)
  await db.all("INSERT INTO migrations VALUES (7, '0007-later.sql', 5)")
  await expect(migrate(db, 6, folder)).rejects.toThrow('the database has schema 7, this version knows up to 1')
  expect(await tables()).toEqual(['migrations', 'one'])
})

test('each number of the schema is there once, in a row: of two files with one number the second would never be applied', async () => {
  const files = (await readdir(join(import.meta.dirname, '../schema'))).filter((name) => name.endsWith('.sql')).sort()
  expect(files.map((name) => Number(name.slice(0, 4)))).toEqual(files.map((_, n) => n + 1))
})
