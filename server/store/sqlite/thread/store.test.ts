/** What the thread adds to the store, on the driver that blocks. The suite of every store is in `sqlite.test.ts`. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { StoreUnavailable } from '../../../ports/store/errors.ts'
import { chatsOf, freshSession, message, messagesOf, now, owned, rina } from '../../behaviour/examples.behaviour.ts'
import { createSealer } from '../../seal.ts'
import { openSqliteStore } from '../../sqlite.ts'
import { backUp, putBack } from '../backup.ts'
import { connect } from '../connection.ts'
import { chooseDriver } from '../driver.ts'
import { openThread } from './client.ts'

let folder: string
let files = 0
beforeAll(async () => {
  chooseDriver('node:sqlite')
  folder = await mkdtemp(join(tmpdir(), 'parley-thread-'))
})
afterAll(() => rm(folder, { recursive: true }))

const newFile = () => {
  files += 1
  return join(folder, String(files), 'parley.sqlite')
}

const sealer = createSealer(randomBytes(32))

/** A store whose thread the test can end. */
const openWithThread = async (file: string) => {
  await mkdir(dirname(file), { recursive: true })
  const workers: Worker[] = []
  const spawn = (workerData: object) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData, env: {} })
    workers.push(worker)
    return worker
  }
  const quiet = { clock: Date.now, onEvents: () => {}, onRefused: () => {}, busyTimeoutMs: 5000 }
  const core = await openThread({ file, sealer, ...quiet }, spawn)
  return { core, workers, end: () => workers.at(-1)?.terminate() }
}

const row = (id: string) => ({ type: 'session', id, value: Buffer.from(id) })

describe('the thread', () => {
  test('when it ends, writing is unavailable, reading goes on, and it comes back with all that was stored', async () => {
    const { core, workers, end } = await openWithThread(newFile())
    const store = { ...core, acquire: async () => undefined }
    const sessionId = await freshSession(store)
    const { epoch = 0, organizationId = '' } = (await core.acquire(sessionId)) ?? {}
    const owner = { sessionId, epoch, organizationId }
    await core.writeKeys(owner, [row('a')])
    await end()
    await expect(core.writeKeys(owner, [row('b')])).rejects.toThrow(StoreUnavailable)
    expect(await core.readKeys(sessionId, 'session', ['a'])).toEqual([{ id: 'a', value: Buffer.from('a') }])
    await vi.waitFor(() => core.check(), { timeout: 30_000, interval: 50 })
    expect(workers).toHaveLength(2)
    await core.writeKeys(owner, [row('b')])
    expect(await core.readKeys(sessionId, 'session', ['a', 'b'])).toHaveLength(2)
    await core.close()
  })

  test('what it has answered as stored is stored, wherever it ends; the rest is rejected', async () => {
    const file = newFile()
    const { core, end } = await openWithThread(file)
    const sessionId = await freshSession({ ...core, acquire: async () => undefined })
    const owner = await core.acquire(sessionId)
    if (owner === undefined) throw new Error('the session is there')
    const ids = Array.from({ length: 300 }, (_, n) => `${n}`)
    let stored = 0
    const writes = ids.map((id) =>
      core.writeKeys(owner, [row(id)]).then(() => {
        stored += 1
        if (stored === 1) void end()
        return id
      }),
    )
    const results = await Promise.allSettled(writes)
    const answered = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreUnavailable)
    const found = await core.readKeys(sessionId, 'session', ids)
    expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining(answered))
    await core.close()
    const db = await connect(file)
    expect(await db.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
    await db.close()
  })

  test('pages of long messages are the same, wherever they are read', async () => {
    const { core } = await openWithThread(newFile())
    const sessionId = await freshSession({ ...core, acquire: async () => undefined })
    const owner = await core.acquire(sessionId)
    if (owner === undefined) throw new Error('the session is there')
    const body = 'x'.repeat(60_000)
    await core.ingest(
      owner,
      ['A', 'B', 'C', 'D', 'E'].map((id) => message(id, { body })),
      now,
    )
    const pages = [await core.listMessages(sessionId, rina, { limit: 50 })]
    pages.push(await core.listMessages(sessionId, rina, { limit: 50 }))
    expect(pages[0]?.data.length).toBeGreaterThan(300_000)
    expect(pages[1]?.data.equals(pages[0]?.data ?? Buffer.alloc(0))).toBe(true)
    expect(pages[1]?.chatId).toBe(pages[0]?.chatId)
    await core.close()
  })

  test('closing while it is being started ends it', async () => {
    const { core, end } = await openWithThread(newFile())
    await end()
    await core.close()
    await expect(core.check()).rejects.toThrow('the store is closed')
  })
})

describe('the same file', () => {
  /** Runs a program in a process of its own. @returns what it prints, as JSON */
  const inProcess = async (driver: string, file: string, body: string): Promise<unknown> => {
    const program = `
      import { chooseDriver } from './server/store/sqlite/driver.ts'
      import { openSqliteStore } from './server/store/sqlite.ts'
      import * as x from './server/store/behaviour/examples.behaviour.ts'
      chooseDriver('${driver}')
      const store = await openSqliteStore({ file: ${JSON.stringify(file)} })
      ${body}
      await store.close()`
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    expect(stderr).toBe('')
    return JSON.parse(stdout || 'null')
  }

  test('goes from one driver to the other and back, by a restart', async () => {
    const file = newFile()
    const store = await openSqliteStore({ file })
    const sessionId = await freshSession(store)
    await store.ingest(owned(sessionId), [message('A')], now)
    await store.close()
    const write = `
      await store.ingest(x.owned('${sessionId}'), [x.message('B')], x.now)
      console.log(JSON.stringify(await x.messagesOf(store, '${sessionId}', x.rina)))`
    expect(await inProcess('sqlite3', file, write)).toMatchObject([{ waMessageId: 'B' }, { waMessageId: 'A' }])
    const again = await openSqliteStore({ file })
    expect(await messagesOf(again, sessionId, rina)).toHaveLength(2)
    await again.close()
  })

  test('is copied while it is in use, and put back', async () => {
    const [file, copy, other] = [newFile(), newFile(), newFile()]
    const store = await openSqliteStore({ file })
    const sessionId = await freshSession(store)
    await store.ingest(owned(sessionId), [message('A')], now)
    for (const path of [copy, other]) await mkdir(dirname(path), { recursive: true })
    expect(await backUp({ file, to: copy, force: false, now })).toMatchObject({ sessions: 1, messages: 1 })
    await store.close()
    await putBack({ file: other, from: copy, now })
    const restored = await openSqliteStore({ file: other })
    expect(await chatsOf(restored, sessionId)).toHaveLength(1)
    await restored.close()
  })
})
