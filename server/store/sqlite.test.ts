import { randomBytes } from 'node:crypto'
import { chmod, copyFile, mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { StoreUnavailable } from '../ports/store/errors.ts'
import {
  budi,
  chatsOf,
  freshSession,
  message,
  messagesOf,
  now,
  owned,
  rina,
  session,
} from './behaviour/examples.behaviour.ts'
import { createSealer } from './seal.ts'
import { connect } from './sqlite/connection.ts'
import { selectEvents } from './sqlite/event-log.ts'
import { deleteEdits, selectChatPayloads, selectMessagePayloads, updatePayloads } from './sqlite/event-payloads.ts'
import { selectChats, selectMessage, selectMessageKey, selectMessages } from './sqlite/pages.ts'
import { selectOfMessage } from './sqlite/raws.ts'
import { removalPieces } from './sqlite/removals.ts'
import { selectRows } from './sqlite/rows/messages.ts'
import { selectAddresses } from './sqlite/rows/people.ts'
import { selectSealed, selectTargets } from './sqlite/rows/sealed.ts'
import { openSqliteStore } from './sqlite.ts'
import { behaviour } from './store.behaviour.ts'

let folder: string
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-store-'))
})
afterAll(() => rm(folder, { recursive: true }))

const newFile = () => {
  files += 1
  return join(folder, String(files), 'parley.sqlite')
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

const sealer = createSealer(randomBytes(32))

behaviour('SQLite', (options) => openSqliteStore({ file: newFile(), sealer, ...options }))

describe('the file', () => {
  test('it, its WAL and its folder are for this user alone', async () => {
    const file = newFile()
    const store = await openSqliteStore({ file })
    await store.insertSession(session('sess_1'))
    expect(await modeOf(dirname(file))).toBe(0o700)
    for (const suffix of ['', '-wal', '-shm']) expect(await modeOf(file + suffix), suffix).toBe(0o600)
    await store.close()
    await chmod(file, 0o644)
    await (await openSqliteStore({ file })).close()
    expect(await modeOf(file)).toBe(0o600)
  })

  test('a process that dies loses nothing that was resolved', async () => {
    const file = newFile()
    const store = await openSqliteStore({ file })
    const sessionId = await freshSession(store)
    await store.writeCreds(owned(sessionId), Buffer.from('creds'))
    await store.ingest(owned(sessionId), [message('A')], now)
    const secret = await store.secret()
    // What is on disk at this moment is what the next process finds.
    const copy = newFile()
    await mkdir(dirname(copy))
    for (const suffix of ['', '-wal']) await copyFile(file + suffix, copy + suffix)
    await store.close()

    const reopened = await openSqliteStore({ file: copy })
    expect(await reopened.readCreds(sessionId)).toEqual(Buffer.from('creds'))
    expect(await messagesOf(reopened, sessionId, rina)).toHaveLength(1)
    expect(await reopened.secret()).toEqual(secret)
    await reopened.close()
  })

  /** The session is gone, and what was stored under it is not yet. */
  const interrupt = async (file: string, sessionId: string) => {
    const db = await connect(file)
    await db.all('INSERT INTO removals VALUES (?)', sessionId)
    await db.all('DELETE FROM sessions WHERE id = ?', sessionId)
    await db.close()
  }

  test('a removal that was interrupted goes on when it is asked for again', async () => {
    const file = newFile()
    const store = await openSqliteStore({ file, sealer })
    const sessionId = await freshSession(store)
    await store.ingest(owned(sessionId), [message('A')], now)
    await interrupt(file, sessionId)

    expect(await store.deleteSession(sessionId)).toBe(false)
    await store.close()
    const db = await connect(file)
    for (const table of ['messages', 'chats', 'peers', 'removals'])
      expect(await db.all(`SELECT * FROM ${table}`), table).toEqual([])
    await db.close()
  })

  test('a removal that was interrupted goes on with the next start', async () => {
    const file = newFile()
    const store = await openSqliteStore({ file, sealer })
    const sessionId = await freshSession(store)
    await store.ingest(owned(sessionId), [message('A', { raw: Buffer.from('protobuf') }), message('B')], now)
    await store.close()
    await interrupt(file, sessionId)

    const reopened = await openSqliteStore({ file })
    await vi.waitFor(async () => expect(await chatsOf(reopened, sessionId)).toEqual([]))
    await reopened.close()
    const after = await connect(file)
    for (const table of ['messages', 'message_raw', 'sealed_waiting', 'chats', 'peers', 'addresses', 'removals']) {
      expect(await after.all(`SELECT * FROM ${table}`), table).toEqual([])
    }
    await after.close()
  })

  test('a schema of a newer version is refused', async () => {
    const file = newFile()
    await (await openSqliteStore({ file })).close()
    const db = await connect(file)
    await db.all("INSERT INTO migrations VALUES (9999, '9999-later.sql', 0)")
    await db.close()
    await expect(openSqliteStore({ file })).rejects.toThrow('the database has schema 9999')
  })

  test('a damaged file is refused with a reason and left as it is', async () => {
    const file = newFile()
    await mkdir(dirname(file))
    await writeFile(file, 'this is no database, whatever its name says'.repeat(100))
    await expect(openSqliteStore({ file })).rejects.toThrow(/damaged.*restore it from a backup/)
    expect(await readFile(file, 'utf8')).toMatch(/^this is no database/)
  })

  test('a damaged page under keys or sessions is found at the start', async () => {
    const file = newFile()
    const store = await openSqliteStore({ file })
    const sessionId = await freshSession(store)
    const keys = Array.from({ length: 500 }, (_, n) => ({ type: 'pre-key', id: `${n}`, value: Buffer.alloc(64, n) }))
    await store.writeKeys(owned(sessionId), keys)
    await store.close()
    const db = await connect(file)
    const [root] = await db.all<{ rootpage: number }>("SELECT rootpage FROM sqlite_schema WHERE name = 'keys'")
    await db.close()
    const handle = await open(file, 'r+')
    await handle.write(Buffer.alloc(4096, 0x5a), 0, 4096, ((root?.rootpage ?? 1) - 1) * 4096)
    await handle.close()
    const opened = openSqliteStore({ file })
    await expect(opened).rejects.toThrow(StoreUnavailable)
    await expect(opened).rejects.toThrow('restore it from a backup')
  })

  test('a file that can only be read is refused at the start', async () => {
    const file = newFile()
    await (await openSqliteStore({ file })).close()
    const bytes = await readFile(file)
    // The version of the format that a writer must know.
    bytes.writeUInt8(99, 18)
    await writeFile(file, bytes)
    await expect(openSqliteStore({ file })).rejects.toThrow('read-only for this process, or its header is damaged')
    expect(await readFile(file)).toEqual(bytes)
  })

  test('a path that is no file is refused', async () => {
    const file = newFile()
    await mkdir(file, { recursive: true })
    await expect(openSqliteStore({ file })).rejects.toThrow(StoreUnavailable)
  })
})

describe('protobufs', () => {
  test('are nowhere in the file, and gone from their table with a deleted message or session', async () => {
    const file = newFile()
    const store = await openSqliteStore({ file, sealer })
    const [sessionId, other] = [await freshSession(store), await freshSession(store)]
    const raw = Buffer.from('the secret of a message')
    await store.ingest(owned(sessionId), [message('A', { raw }), message('B', { raw })], now)
    await store.ingest(owned(other), [message('A', { raw })], now)
    for (const suffix of ['', '-wal']) expect((await readFile(file + suffix)).includes(raw), suffix).toBe(false)

    const db = await connect(file)
    const count = async () => (await db.all('SELECT id FROM message_raw')).length
    expect(await count()).toBe(3)
    await store.ingest(owned(sessionId), [{ kind: 'revoke', target: message('A'), by: rina, at: now }], now)
    expect(await count()).toBe(2)
    await store.deleteSession(sessionId)
    expect(await count()).toBe(1)
    expect(await store.findRaw(other, { chat: rina, id: 'A', fromMe: false })).toEqual(raw)
    await db.close()
    await store.close()
  })

  test('do not open in the place of another, nor under another key, and nothing else is lost then', async () => {
    const file = newFile()
    const store = await openSqliteStore({ file, sealer })
    const sessionId = await freshSession(store)
    await store.ingest(
      owned(sessionId),
      [message('A', { raw: Buffer.from('a') }), message('B', { raw: Buffer.from('b') })],
      now,
    )
    const keyOf = (id: string) => ({ chat: rina, id, fromMe: false })
    const db = await connect(file)
    await db.all('UPDATE messages SET raw = 3 - raw')
    await db.close()
    expect(await store.findRaw(sessionId, keyOf('A'))).toBeUndefined()
    await store.close()

    const stranger = await openSqliteStore({ file, sealer: createSealer(randomBytes(32)) })
    expect(await stranger.findRaw(sessionId, keyOf('B'))).toBeUndefined()
    expect(await messagesOf(stranger, sessionId, rina)).toHaveLength(2)
    await stranger.close()
  })
})

describe('another process', () => {
  test('its lock makes writing unavailable, reading goes on, and all is well when it lets go', async () => {
    const file = newFile()
    const store = await openSqliteStore({ file, busyTimeoutMs: 20 })
    const sessionId = await freshSession(store)
    const other = await connect(file)
    await other.all('BEGIN EXCLUSIVE')

    const refused = store.ingest(owned(sessionId), [message('A')], now)
    await expect(refused).rejects.toThrow(StoreUnavailable)
    await expect(refused).rejects.toThrow('locked by another process')
    await expect(store.check()).rejects.toThrow(StoreUnavailable)
    expect(await chatsOf(store, sessionId)).toEqual([])

    await other.all('COMMIT')
    await other.close()
    await store.check()
    expect(await store.ingest(owned(sessionId), [message('A')], now)).toMatchObject({ messages: 1 })
    await store.close()
  })

  test('a call waits for a short lock', async () => {
    const file = newFile()
    const store = await openSqliteStore({ file })
    const sessionId = await freshSession(store)
    const other = await connect(file)
    await other.all('BEGIN IMMEDIATE')
    const waiting = store.ingest(owned(sessionId), [message('A')], now)
    await other.all('COMMIT')
    expect(await waiting).toMatchObject({ messages: 1 })
    await other.close()
    await store.close()
  })

  test('two stores on one file see what the other wrote', async () => {
    const file = newFile()
    const [one, other] = [await openSqliteStore({ file }), await openSqliteStore({ file })]
    const sessionId = await freshSession(one)
    await Promise.all([
      one.ingest(owned(sessionId), [message('A'), message('B')], now),
      other.ingest(owned(sessionId), [message('B'), message('C')], now),
    ])
    expect(await messagesOf(one, sessionId, rina)).toHaveLength(3)
    expect(await one.secret()).toEqual(await other.secret())
    await one.close()
    await other.close()
  })
})

describe('the queue', () => {
  test('keys do not wait for the imports that are in front of them', async () => {
    const store = await openSqliteStore({ file: newFile() })
    const sessionId = await freshSession(store)
    let imported = 0
    const imports = Array.from({ length: 20 }, (_, call) =>
      store
        .ingest(
          owned(sessionId),
          Array.from({ length: 300 }, (_, n) => message(`${call}-${n}`, { live: false })),
          now,
        )
        .then(() => {
          imported += 1
        }),
    )
    await imports[0]
    await store.writeKeys(owned(sessionId), [{ type: 'session', id: 'a', value: Buffer.from('key') }])
    expect(imported).toBeLessThan(5)
    await Promise.all(imports)
    await store.close()
  })

  test('a call that breaks a rule does not take others with it', async () => {
    const store = await openSqliteStore({ file: newFile() })
    const sessionId = await freshSession(store)
    await store.insertSession(session('sess_taken'))
    const results = await Promise.allSettled([
      store.ingest(owned(sessionId), [message('A')], now),
      store.insertSession(session('sess_taken')),
      store.writeCreds(owned('sess_nobody'), Buffer.from('x')),
      store.ingest(owned(sessionId), [message('B')], now),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    expect(await messagesOf(store, sessionId, rina)).toHaveLength(2)
    await store.close()
  })

  test('changes that wait for their message are bounded per chat and in total, and the oldest is evicted', async () => {
    const store = await openSqliteStore({ file: newFile() })
    const sessionId = await freshSession(store)
    const edit = (chat: string, n: number) => ({
      kind: 'edit' as const,
      target: message(`M${n}`, { chat }),
      by: chat,
      body: 'edited',
      at: now,
    })
    const tell = (chat: string, count: number) =>
      store.ingest(
        owned(sessionId),
        Array.from({ length: count }, (_, n) => edit(chat, n)),
        now,
      )
    const edited = async (chat: string, ...ns: number[]) => {
      await store.ingest(
        owned(sessionId),
        ns.map((n) => message(`M${n}`, { chat })),
        now,
      )
      const shown = (await messagesOf(store, sessionId, chat)).filter((one) => one.edited)
      return shown.map(({ waMessageId }) => waMessageId).reverse()
    }

    await tell(budi, 2)
    await tell(rina, 1_200)
    expect(await edited(budi, 0)).toEqual(['M0'])
    expect(await edited(rina, 0, 199, 200, 1_199)).toEqual(['M200', 'M1199'])

    for (let n = 0; n < 10; n += 1) await tell(`62813000${n}@s.whatsapp.net`, 1_000)
    expect(await edited(budi, 1)).toEqual(['M0'])
    await store.close()
  })
})

interface Step {
  id: number
  parent: number
  detail: string
}

/** Whether it sorts what people said of one message: a list in a column. */
const isOfSayings = ({ parent }: Step, steps: Step[]) => {
  const besides = steps.filter((step) => step.parent === parent && step.detail.startsWith('S'))
  return besides.every(({ detail }) =>
    /^SCAN (?:[jkv]\b|\(subquery)|^SEARCH [bq] USING INTEGER PRIMARY KEY/.test(detail),
  )
}

describe('query plans', () => {
  const ofPages = { selectChats, selectMessages, selectMessage, selectMessageKey, selectOfMessage }
  const ofEvents = { selectEvents, selectMessagePayloads, selectChatPayloads, updatePayloads, deleteEdits }
  const ofIngest = { selectAddresses, selectRows, selectSealed, selectTargets }
  const { deleteEvents, deleteAnswers } = removalPieces
  const statements = { ...ofPages, ...ofIngest, ...ofEvents, deleteEvents, deleteAnswers }
  test.each(Object.entries(statements))('%s needs no sort and no scan of a table', async (_, sql) => {
    const file = newFile()
    await (await openSqliteStore({ file })).close()
    const db = await connect(file)
    const numbered = new Set(sql.match(/\?\d+/g))
    const values = (numbered.size > 0 ? [...numbered] : [...sql.matchAll(/\?/g)]).map(() => '[]')
    const steps = await db.all<Step>(`EXPLAIN QUERY PLAN ${sql}`, ...values)
    await db.close()
    const plan = steps.map(({ detail }) => detail)
    expect(plan.length).toBeGreaterThan(1)
    expect(steps.filter((step) => /TEMP B-TREE|AUTOMATIC/.test(step.detail) && !isOfSayings(step, steps))).toEqual([])
    // What is walked whole: the page itself, the rows of the parameter, what people said of one message, the options of its poll.
    expect(
      plan.filter((step) => /^SCAN (?!walk|page\b|[jkonv]\b|json_each\b|owner\b|CONSTANT ROW|\(subquery)/.test(step)),
    ).toEqual([])
    // Nothing is looked up by its session or chat alone; what is deleted with its session is, piece by piece.
    expect(
      plan.filter((step) => /SEARCH (?!events |kept_answers )\w+ USING .*\((session_id|chat_id)=\?\)/.test(step)),
    ).toEqual([])
  })
})
