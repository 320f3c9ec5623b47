/** What was deleted is gone from the bytes of the file and of its log. */
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import type { Store } from '../../ports/store/store.ts'
import { freshSession, owned } from '../behaviour/examples.behaviour.ts'
import { openSqliteStore } from '../sqlite.ts'
import { type Connection, connect } from './connection.ts'
import { createEraser, eraseAll } from './eraser.ts'
import { createWriter } from './writer.ts'

const now = Date.parse('2026-05-01T12:00:00Z')
let folder: string
let file: string
let stores: Store[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-eraser-'))
  file = join(folder, 'parley.db')
  stores = []
})
afterEach(async () => {
  for (const store of stores) await store.close()
  await rm(folder, { recursive: true })
})

const open = async (path = file) => {
  const store = await openSqliteStore({ file: path })
  stores.push(store)
  return store
}

// Chosen so that rows of several chats and sessions share pages, and some take more than one page.
const contact = (n: number) => `62812${1_000 + (n % 23)}@s.whatsapp.net`
const text = (sessionId: string, n: number) =>
  `canary ${sessionId} ${String(n).padStart(4, '0')}. ${'w'.repeat(n % 9 === 0 ? 2_000 + 37 * (n % 71) : (31 * n) % 290)}`
const message = (sessionId: string, n: number): Fact => ({
  kind: 'message',
  chat: contact(n),
  id: `3EB0${n}`,
  fromMe: false,
  // Not in the order of arrival: rows are moved to make room for others.
  timestamp: now - ((7_919 * n) % 100_000) * 1_000,
  type: 'text',
  body: text(sessionId, n),
  live: false,
})
const target = (n: number) => ({ chat: contact(n), id: `3EB0${n}`, fromMe: false })

/** Two sessions in the same pages. */
const fill = async (store: Store, count: number) => {
  for (const id of ['sess_a', 'sess_b']) await freshSession(store, id)
  for (let n = 0; n < count; n += 1)
    for (const id of ['sess_a', 'sess_b']) await store.ingest(owned(id), [message(id, n)], now)
}

/** Which of these texts are somewhere in the two files. */
const found = async (sessionId: string, numbers: number[], path = file) => {
  const files = [path, `${path}-wal`].map((name) => readFile(name).catch(() => Buffer.alloc(0)))
  const bytes = Buffer.concat(await Promise.all(files))
  return numbers.filter((n) => bytes.includes(`canary ${sessionId} ${String(n).padStart(4, '0')}.`))
}
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)
const gone = async (sessionId: string, numbers: number[], path = file) =>
  vi.waitFor(async () => expect(await found(sessionId, numbers, path)).toEqual([]), { timeout: 15_000, interval: 100 })

const count = 300

describe('is erased while the gateway runs, and stays so after it has stopped', () => {
  test('a session', async () => {
    const store = await open()
    await fill(store, count)
    expect(await found('sess_a', upTo(count))).toHaveLength(count)
    await store.deleteSession('sess_a')
    await gone('sess_a', upTo(count))
    expect(await found('sess_b', upTo(count))).toHaveLength(count)
    await store.close()
    expect(await found('sess_a', upTo(count))).toEqual([])
    expect(await found('sess_b', upTo(count))).toHaveLength(count)
  })

  test('what was deleted for everyone, and what an edit replaced', async () => {
    const store = await open()
    await fill(store, count)
    const revoked = upTo(count).filter((n) => n % 3 === 0)
    const edited = upTo(count).filter((n) => n % 3 === 1)
    const kept = upTo(count).filter((n) => n % 3 === 2)
    await store.ingest(
      owned('sess_b'),
      [
        ...revoked.map((n): Fact => ({ kind: 'revoke', target: target(n), by: contact(n), at: now })),
        ...edited.map((n): Fact => ({ kind: 'edit', target: target(n), by: contact(n), at: now, body: 'other words' })),
      ],
      now,
    )
    await gone('sess_b', [...revoked, ...edited])
    expect(await found('sess_b', kept)).toEqual(kept)
  })

  test('a message that two chats had, when they turn out to be one', async () => {
    const store = await open()
    await freshSession(store, 'sess_a')
    const [pn, lid] = ['6281234567890@s.whatsapp.net', '98765432101234@lid']
    const twin = (chat: string, body: string): Fact => ({ ...message('', 1), chat, body }) as Fact
    await store.ingest(owned('sess_a'), [twin(pn, 'the one that is kept')], now)
    await store.ingest(owned('sess_a'), [twin(lid, 'canary sess_a 0001.')], now)
    await store.ingest(owned('sess_a'), [{ kind: 'alias', lid, pn }], now)
    await gone('sess_a', [1])
  })

  test('credentials, keys and the journal of a session that is logged out', async () => {
    const store = await open()
    await freshSession(store, 'sess_a')
    const secret = (n: number) => Buffer.from(text('sess_a', n))
    await store.writeCreds(owned('sess_a'), secret(0))
    await store.writeKeys(
      owned('sess_a'),
      [{ type: 'session', id: 'x', value: secret(9) }],
      [{ hash: Buffer.alloc(32, 1), entry: secret(18) }],
    )
    expect(await found('sess_a', [0, 9, 18])).toEqual([0, 9, 18])
    await store.clearCredentials(owned('sess_a'))
    await gone('sess_a', [0, 9, 18])
  })
})

test('events that are too old go without a rewrite of the file: their messages have the same words', async () => {
  const store = await open()
  await freshSession(store, 'sess_a')
  const live = upTo(50).map((n) => ({ ...message('sess_a', n), live: true }) as Fact)
  await store.ingest(owned('sess_a'), live, now)
  const db = await connect(file)
  const isMarked = async () => (await db.all("SELECT 1 FROM meta WHERE name = 'unerased'")).length > 0
  expect(await db.all('SELECT 1 FROM events WHERE message_id IS NOT NULL')).toHaveLength(live.length)
  while ((await store.purgeEvents(now + 1, 500)).removed === 500);
  expect(await isMarked()).toBe(false)
  expect(await db.all('SELECT 1 FROM events')).toEqual([])
  await db.close()
  // What they left behind goes with their messages.
  await store.deleteSession('sess_a')
  await gone('sess_a', upTo(live.length))
})

test('a process that ends in the middle: the next one goes on', async () => {
  const store = await open()
  await fill(store, count)
  // As far as it had come: the session is gone, its messages are not. Copied as they are, the files are those after a kill.
  const db = await connect(file)
  await db.script(`
    PRAGMA secure_delete = ON;
    BEGIN IMMEDIATE;
    INSERT INTO removals (session_id) VALUES ('sess_a');
    DELETE FROM sessions WHERE id = 'sess_a';
    DELETE FROM messages WHERE chat_id IN (SELECT id FROM chats WHERE session_id = 'sess_a' LIMIT 5);
    COMMIT`)
  const killed = join(folder, 'killed.db')
  for (const end of ['', '-wal']) await copyFile(file + end, killed + end)
  await db.close()
  expect(await found('sess_a', upTo(count), killed)).not.toEqual([])
  await open(killed)
  await gone('sess_a', upTo(count), killed)
})

test('somebody reads an older state: erased when he has done', async () => {
  const store = await open()
  await fill(store, 20)
  const other = await connect(file, { readOnly: true })
  await other.script('BEGIN')
  await other.all('SELECT count(*) FROM messages')
  await store.deleteSession('sess_a')
  expect(await found('sess_a', upTo(20))).not.toEqual([])
  await other.script('COMMIT')
  await gone('sess_a', upTo(20))
  await other.close()
})

test('while a reader holds an older state, the file is not rewritten repeatedly', async () => {
  vi.useFakeTimers()
  const asked: string[] = []
  const ask = async <Row>(sql: string): Promise<Row[]> => {
    asked.push(sql)
    return (sql.includes('wal_checkpoint') ? [{ busy: 1 }] : [{ bytes: 4_096 }]) as Row[]
  }
  const writing: Connection = { all: ask, script: async (sql) => void (await ask(sql)), load: 0, close: async () => {} }
  const eraser = createEraser({ writing, reader: () => writing, writer: createWriter(writing), busyTimeoutMs: 5_000 })
  await vi.advanceTimersByTimeAsync(10_000)
  await eraser.close()
  vi.useRealTimers()
  expect(asked.filter((sql) => sql.includes('wal_checkpoint')).length).toBeGreaterThan(3)
  expect(asked).not.toContain('VACUUM')
  expect(asked.filter((sql) => sql.startsWith('DELETE'))).toEqual([])
})

test('what a version before left behind is erased', async () => {
  const store = await open()
  await fill(store, count)
  await store.close()
  const db = await connect(file)
  // As that version deleted, and before there was a note of it.
  await db.script(`
    PRAGMA secure_delete = FAST;
    DELETE FROM messages WHERE chat_id IN (SELECT id FROM chats WHERE session_id = 'sess_a');
    DELETE FROM meta WHERE name = 'unerased'`)
  await db.close()
  expect(await found('sess_a', upTo(count))).not.toEqual([])
  const again = await connect(file)
  await eraseAll(again)
  expect(await again.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  await again.close()
  expect(await found('sess_a', upTo(count))).toEqual([])
  expect(await found('sess_b', upTo(count))).toHaveLength(count)
})
