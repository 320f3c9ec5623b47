/** What every driver does for a connection: run by `drivers/*.test.ts`, each in a process of its own. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import { type Connection, connect, isLocked } from './connection.ts'
import type { Value } from './database.ts'
import { chooseDriver, type DriverName, drivers } from './driver.ts'

/** How the drivers differ. */
export interface Differences {
  /** What becomes of an integer that is not a safe one: the store has none. */
  unsafe: 'refused' | 'rounded'
}

export const connectionBehaviour = (name: DriverName, { unsafe }: Differences) => {
  let folder: string
  let file: string
  let db: Connection
  beforeEach(async () => {
    chooseDriver(name)
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
    expect(db.load).toBe(drivers[name].blocks ? 0 : 2)
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

  describe('values', () => {
    test.each<[string, Value]>([
      ['null', null],
      ['zero', 0],
      ['a negative integer', -1],
      ['an integer of 32 bits', 2 ** 31 - 1],
      ['a time', 1_798_502_400_123],
      ['the largest safe integer', Number.MAX_SAFE_INTEGER],
      ['the smallest safe integer', Number.MIN_SAFE_INTEGER],
      ['a fraction', 0.1],
      ['an empty text', ''],
      ['a text', 'Ayu 🙏 "quoted" \u0001'],
      ['a text with U+0000', 'a\0b\0'],
      ['a long text', 'é'.repeat(500_000)],
      ['no bytes', Buffer.alloc(0)],
      ['bytes', Buffer.from([0, 255, 128, 0])],
      ['many bytes', Buffer.alloc(100_000, 7)],
    ])('%s comes back as it was', async (_, value) => {
      await db.script('CREATE TABLE v (id INTEGER PRIMARY KEY, value)')
      await db.all('INSERT INTO v VALUES (1, ?)', value)
      const rows = await db.all<{ value: Value }>('SELECT value FROM v')
      expect(rows).toEqual([{ value }])
      if (value instanceof Buffer) expect(rows[0]?.value).toBeInstanceOf(Buffer)
    })

    test('lone surrogates in a text become U+FFFD', async () => {
      expect(await db.all('SELECT ? AS value', 'a\ud800b\udc00')).toEqual([{ value: 'a\ufffdb\ufffd' }])
    })

    test('an integer is an integer for the database, also as text', async () => {
      const [row] = await db.all("SELECT typeof(?) AS type, '' || ? AS text, typeof(?) AS fraction", 5, 5, 0.5)
      expect(row).toEqual({ type: 'integer', text: '5', fraction: 'real' })
    })

    test('an integer that is not safe is never taken for another one without notice', async () => {
      const read = db.all<{ value: number }>('SELECT 9007199254740993 AS value')
      if (unsafe === 'refused') await expect(read).rejects.toThrow()
      else expect(Number.isSafeInteger((await read)[0]?.value)).toBe(false)
      expect(await db.all('SELECT 1 AS value')).toEqual([{ value: 1 }])
    })

    test('a missing value is null, and one too many is an error', async () => {
      expect(await db.all('SELECT ? AS value')).toEqual([{ value: null }])
      await expect(db.all('SELECT ? AS value', 1, 2)).rejects.toThrow('out of range')
    })

    test('values of one call are gone from the next', async () => {
      expect(await db.all('SELECT ? AS a, ? AS b', 'x', 'y')).toEqual([{ a: 'x', b: 'y' }])
      expect(await db.all('SELECT ? AS a, ? AS b', 'z')).toEqual([{ a: 'z', b: null }])
    })

    test('a thousand parameters, and ten thousand rows', async () => {
      const values = Array.from({ length: 1000 }, (_, n) => n)
      const sum = `SELECT ${values.map(() => '?').join(' + ')} AS sum`
      expect(await db.all(sum, ...values)).toEqual([{ sum: 499_500 }])
      const json = JSON.stringify(Array.from({ length: 10_000 }, (_, n) => n))
      expect(await db.all('INSERT INTO t SELECT value FROM json_each(?) RETURNING a', json)).toHaveLength(10_000)
    })
  })

  describe('transactions', () => {
    test('what is rolled back was never there, and constraints of a statement undo that statement', async () => {
      await db.all('BEGIN IMMEDIATE')
      await db.all('INSERT INTO t VALUES (1)')
      await expect(db.all('INSERT INTO t VALUES (2), (1)')).rejects.toThrow('UNIQUE')
      expect(await db.all('SELECT a FROM t')).toEqual([{ a: 1 }])
      await db.all('ROLLBACK')
      expect(await db.all('SELECT a FROM t')).toEqual([])
    })

    test('a reader sees the state before the commit, and then the one after it', async () => {
      const reader = await connect(file, { readOnly: true })
      await db.all('BEGIN IMMEDIATE')
      await db.all('INSERT INTO t VALUES (1)')
      expect(await reader.all('SELECT a FROM t')).toEqual([])
      await db.all('COMMIT')
      expect(await reader.all('SELECT a FROM t')).toEqual([{ a: 1 }])
      await reader.close()
    })

    test('a script stops at its first error', async () => {
      await expect(
        db.script('INSERT INTO t VALUES (1); INSERT INTO nowhere VALUES (2); INSERT INTO t VALUES (3)'),
      ).rejects.toThrow('nowhere')
      expect(await db.all('SELECT a FROM t')).toEqual([{ a: 1 }])
    })

    test('foreign keys are checked only where they are switched on', async () => {
      await db.script('CREATE TABLE child (a REFERENCES t (a))')
      await db.all('INSERT INTO child VALUES (7)')
      await db.script('PRAGMA foreign_keys = ON')
      await expect(db.all('INSERT INTO child VALUES (8)')).rejects.toThrow('FOREIGN KEY')
    })
  })

  describe('errors', () => {
    test('a lock is waited for one second, until a timeout is set', async () => {
      expect(await db.all('PRAGMA busy_timeout')).toEqual([{ timeout: 1_000 }])
    })

    test('a lock is said as such, at once without a timeout, and after it otherwise', async () => {
      const other = await connect(file)
      await other.all('BEGIN IMMEDIATE')
      await db.script('PRAGMA busy_timeout = 0')
      const refused = db.all('BEGIN IMMEDIATE')
      await expect(refused).rejects.toThrow('locked by another process')
      await refused.catch((error) => expect(isLocked(error.cause)).toBe(true))
      await db.script('PRAGMA busy_timeout = 20')
      await expect(db.all('BEGIN IMMEDIATE')).rejects.toThrow(StoreUnavailable)
      await other.close()
      await db.all('BEGIN IMMEDIATE')
      await db.all('COMMIT')
    })

    test('a damaged file is said as such', async () => {
      await db.all(
        'INSERT INTO t SELECT value FROM json_each(?)',
        JSON.stringify(Array.from({ length: 5000 }, (_, n) => n)),
      )
      await db.close()
      await truncate(file, 8192)
      db = await connect(file)
      await expect(db.all('SELECT sum(a) FROM t')).rejects.toThrow('restore it from a backup')
    })

    test('an unknown table is an error of its own, and costs nothing else', async () => {
      const wrong = db.all('SELECT * FROM nowhere')
      await expect(wrong).rejects.toThrow('nowhere')
      await expect(wrong).rejects.not.toBeInstanceOf(StoreUnavailable)
      expect(await db.all('SELECT a FROM t')).toEqual([])
    })
  })

  describe('the end', () => {
    test('closing waits for statements that run, refuses later ones, and may be repeated', async () => {
      const running = db.all(
        'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 50000) SELECT count(*) AS count FROM n',
      )
      const closed = Promise.all([db.close(), db.close()])
      await expect(db.all('SELECT 1')).rejects.toThrow('the store is closed')
      expect(await running).toEqual([{ count: 50_000 }])
      await closed
    })

    test('closing in a transaction rolls it back, and leaves no lock', async () => {
      await db.all('BEGIN EXCLUSIVE')
      await db.all('INSERT INTO t VALUES (1)')
      await db.close()
      db = await connect(file)
      expect(await db.all('SELECT a FROM t')).toEqual([])
      await db.all('INSERT INTO t VALUES (2)')
    })
  })

  describe('the library', () => {
    test('no other one is used in the same process', () => {
      const other = name === 'sqlite3' ? 'node:sqlite' : 'sqlite3'
      expect(() => chooseDriver(other)).toThrow(`this process uses the driver ${name}`)
      chooseDriver(name)
    })

    test('only the chosen one is loaded, without a warning', () => {
      const program = `
      import { chooseDriver } from './server/store/sqlite/driver.ts'
      import { connect } from './server/store/sqlite/connection.ts'
      chooseDriver('${name}')
      const db = await connect(':memory:')
      await db.all('SELECT 1')
      const npm = process.report.getReport().sharedObjects.some((path) => path.includes('node_sqlite3'))
      console.log(JSON.stringify({ npm, node: process.moduleLoadList.includes('NativeModule sqlite') }))`
      const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        encoding: 'utf8',
      })
      expect(stderr).toBe('')
      expect(JSON.parse(stdout)).toEqual({ npm: name === 'sqlite3', node: name === 'node:sqlite' })
    })
  })
}
