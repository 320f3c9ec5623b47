import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import { type Connection, connect } from './connection.ts'

let folder: string
let file: string
let db: Connection
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-connection-'))
  file = join(folder, 'test.sqlite')
  db = await connect(file)
  await db.script('PRAGMA journal_mode = WAL; CREATE TABLE t (a PRIMARY KEY)')
})
afterEach(async () => {
  await db.close()
  await rm(folder, { recursive: true })
})

test('statements run in call order, whatever each takes', async () => {
  const slow = db.all(
    'INSERT INTO t WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 50000) SELECT x FROM n',
  )
  const count = db.all('SELECT count(*) AS count FROM t')
  expect(db.load).toBe(2)
  expect(await count).toEqual([{ count: 50_000 }])
  await slow
  expect(db.load).toBe(0)
})

test('reading leaves no transaction open: another connection can write at once', async () => {
  await db.all('INSERT INTO t VALUES (?)', 1)
  const reader = await connect(file, { readOnly: true })
  await reader.all('SELECT a FROM t')
  await db.all('INSERT INTO t VALUES (?)', 2)
  expect(await db.all('PRAGMA wal_checkpoint(TRUNCATE)')).toEqual([{ busy: 0, log: 0, checkpointed: 0 }])
  await reader.close()
})

test('a broken constraint is its own error, and the statement works again', async () => {
  await db.all('INSERT INTO t VALUES (?)', 1)
  const again = db.all('INSERT INTO t VALUES (?)', 1)
  await expect(again).rejects.toThrow('UNIQUE')
  await expect(again).rejects.not.toBeInstanceOf(StoreUnavailable)
  await db.all('INSERT INTO t VALUES (?)', 2)
  expect(await db.all('SELECT a FROM t')).toEqual([{ a: 1 }, { a: 2 }])
})

test('a full disk is said as such, and the connection works again when there is room', async () => {
  const [pages] = await db.all<{ page_count: number }>('PRAGMA page_count')
  await db.all(`PRAGMA max_page_count = ${pages?.page_count}`)
  const insert = () => db.all('INSERT INTO t VALUES (?)', 'x'.repeat(100_000))
  await expect(insert()).rejects.toThrow(StoreUnavailable)
  await expect(insert()).rejects.toThrow('the disk that holds the database is full')
  await db.all('PRAGMA max_page_count = 1000000')
  await insert()
  expect(await db.all('SELECT length(a) AS length FROM t')).toEqual([{ length: 100_000 }])
})

test('a read-only connection does not write', async () => {
  const reader = await connect(file, { readOnly: true })
  await expect(reader.all('INSERT INTO t VALUES (1)')).rejects.toThrow('read-only')
  await reader.close()
})

test('a file that cannot be opened is said as such', async () => {
  await expect(connect(join(folder, 'nowhere', 'test.sqlite'))).rejects.toThrow('the database file cannot be opened')
})

test('a closed connection refuses', async () => {
  await db.close()
  await expect(db.all('SELECT 1')).rejects.toThrow('the store is closed')
})
