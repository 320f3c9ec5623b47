import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { Store } from '../../ports/store/store.ts'
import { freshSession, now, owned, session } from '../behaviour/examples.behaviour.ts'
import { openSqliteStore } from '../sqlite.ts'
import { connect } from './connection.ts'
import { migrate } from './migrate.ts'
import { deleteExpired, selectSettled } from './settled.ts'

const schema = fileURLToPath(new URL('../schema/', import.meta.url))
const day = 24 * 60 * 60 * 1000
const hashOf = (text: string) => createHash('sha256').update(text).digest()

const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-settled-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

/** Two sessions, as the version before stored them. */
const databaseBefore = async (perSession: number) => {
  const folder = await newFolder()
  const older = join(folder, 'schema')
  await mkdir(older)
  const own = (await readdir(schema)).find((name) => name.endsWith('-settled.sql')) ?? ''
  for (const name of await readdir(schema)) if (name < own) await copyFile(join(schema, name), join(older, name))
  const file = join(folder, 'parley.sqlite')
  const db = await connect(file)
  await migrate(db, now, older)
  await db.all('BEGIN')
  for (const id of ['sess_1', 'sess_2']) {
    const row = session(id)
    await db.all(
      `INSERT INTO sessions (id, organization_id, status, wanted, auto_read, presence_typing, rate_per_min, rate_per_hour, created_at,
        updated_at) VALUES (?, ?, 'stopped', 0, 0, 0, 20, 200, 1, 1)`,
      id,
      row.organizationId,
    )
    for (let n = 0; n < perSession; n += 1)
      await db.all(
        'INSERT INTO journal_settled (session_id, hash, settled_at) VALUES (?, ?, ?)',
        id,
        hashOf(`${id} ${n}`),
        now - (n % 10) * day,
      )
    await db.all(
      'INSERT INTO journal_settled (session_id, hash, settled_at) VALUES (?, ?, ?)',
      id,
      hashOf(`${id} expired`),
      now - 20 * day,
    )
  }
  await db.all('COMMIT')
  await db.close()
  return file
}

const countIn = async (file: string, table: string) => {
  const db = await connect(file)
  const [row] = await db.all<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)
  await db.close()
  return row?.count
}

/** @returns how much was removed or moved in each piece */
const purgeAll = async (store: Store) => {
  const pieces: number[] = []
  while (pieces.at(-1) !== 0) pieces.push(await store.purgeJournal(now, 25))
  return pieces
}

test('what the version before stored is answered at once, and moved in pieces that may be interrupted', async () => {
  const perSession = 40
  const file = await databaseBefore(perSession)
  const expectAll = async (store: Store) => {
    for (const id of ['sess_1', 'sess_2'])
      for (let n = 0; n < perSession; n += 1)
        expect(await store.findJournaled(id, hashOf(`${id} ${n}`)), `${id} ${n}`).toEqual({})
    expect(await store.findJournaled('sess_2', hashOf('sess_1 0'))).toBeUndefined()
  }
  const pieces: number[] = []
  let store = await openSqliteStore({ file })
  await expectAll(store)
  for (const _start of [1, 2, 3]) {
    pieces.push(await store.purgeJournal(now, 25))
    await expectAll(store)
    expect((await store.recentJournal('sess_1', 1_000)).length).toBeGreaterThanOrEqual(perSession)
    await store.close()
    store = await openSqliteStore({ file })
  }
  pieces.push(...(await purgeAll(store)))
  await expectAll(store)
  expect(await store.findJournaled('sess_1', hashOf('sess_1 expired'))).toBeUndefined()
  await store.close()
  // 82 rows moved, then the two expired ones removed.
  expect(pieces).toEqual([25, 25, 25, 7, 2, 0])
  expect([await countIn(file, 'journal_settled'), await countIn(file, 'settled')]).toEqual([0, 2 * perSession])
})

test('what a session leaves behind goes in pieces, and no later session is taken for it', async () => {
  const file = join(await newFolder(), 'parley.sqlite')
  const store = await openSqliteStore({ file })
  const ids = [await freshSession(store), await freshSession(store), await freshSession(store)]
  const hashes = Array.from({ length: 30 }, (_, n) => hashOf(`${n}`))
  for (const id of ids) await store.ingest(owned(id), [], now, hashes)
  const [gone = '', fresh = '', kept = ''] = ids
  await store.deleteSession(gone)
  await store.clearCredentials(owned(fresh))
  const later = await freshSession(store)
  for (const id of [gone, fresh, later]) expect(await store.findJournaled(id, hashes[0] ?? Buffer.of())).toBeUndefined()
  await store.ingest(owned(fresh), [], now, hashes.slice(0, 1))

  expect(await purgeAll(store)).toEqual([25, 25, 10, 0])
  expect(await store.recentJournal(kept, 100)).toHaveLength(30)
  expect(await store.recentJournal(fresh, 100)).toHaveLength(1)
  await store.close()
  expect(await countIn(file, 'settled')).toBe(31)
})

test('an entry takes less than 40 bytes of the file', async () => {
  const file = join(await newFolder(), 'parley.sqlite')
  const store = await openSqliteStore({ file })
  const id = await freshSession(store)
  const hashes = Array.from({ length: 10_000 }, (_, n) => hashOf(`${n}`))
  for (let n = 0; n < hashes.length; n += 1_000) await store.ingest(owned(id), [], now, hashes.slice(n, n + 1_000))
  await store.close()
  const db = await connect(file)
  const pages =
    'SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count(), pragma_page_size(), pragma_freelist_count()'
  const [full] = await db.all<{ bytes: number }>(pages)
  await db.all('DELETE FROM settled')
  const [empty] = await db.all<{ bytes: number }>(pages)
  await db.close()
  expect(((full?.bytes ?? 0) - (empty?.bytes ?? 0)) / hashes.length).toBeLessThan(40)
})

test('looking one up, and finding what is too old, needs no scan of a table', async () => {
  const file = join(await newFolder(), 'parley.sqlite')
  await (await openSqliteStore({ file })).close()
  const db = await connect(file)
  for (const sql of [selectSettled, deleteExpired]) {
    const plan = await db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, 'sess_1', 1)
    // The common tables have a row for each day, or session.
    const scans = plan.map(({ detail }) => detail).filter((step) => /SCAN (?!days|numbers|CONSTANT)/.test(step))
    expect(scans, sql).toEqual([])
  }
  await db.close()
})
