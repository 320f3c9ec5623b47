/** Events are written by the commit that changes the stored copy: both or neither. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { StoredEvent } from '../../model/events.ts'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import type { Store } from '../../ports/store/store.ts'
import {
  freshSession,
  message,
  messagesOf,
  now,
  organizationId,
  owned,
  rina,
  session,
} from '../behaviour/examples.behaviour.ts'
import { openSqliteStore } from '../sqlite.ts'
import { type Connection, connect } from './connection.ts'
import { createIngest } from './ingest.ts'
import { createOwners } from './owners.ts'
import { createRaws } from './raws.ts'
import { createWriter } from './writer.ts'

let folder: string
let file: string
let store: Store
let db: Connection
let id: string
/** The next statement that begins so fails, and with it the commit. */
let failing: string | undefined
let statements: string[]
let told: StoredEvent[][]
let ingest: Store['ingest']

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-events-'))
  file = join(folder, 'parley.sqlite')
  store = await openSqliteStore({ file })
  id = await freshSession(store)
  db = await connect(file)
  failing = undefined
  statements = []
  told = []
  const watched: Connection = {
    ...db,
    async all(sql, ...values) {
      statements.push(sql.trim())
      if (failing !== undefined && sql.trim().startsWith(failing)) throw new StoreUnavailable('the process ends here')
      return db.all(sql, ...values)
    },
  }
  const writer = createWriter(watched, { onEvents: (events) => told.push(events) })
  const raws = createRaws(() => watched, undefined)
  let ids = 0
  const newId = () => {
    ids += 1
    return `msg_${String(ids).padStart(26, '0')}`
  }
  ;({ ingest } = createIngest({ writer, fence: createOwners(writer, () => {}).fence, raws, newId }))
})
afterEach(async () => {
  await db.close()
  await store.close()
  await rm(folder, { recursive: true })
})

const positions = async () =>
  (await store.readEvents(organizationId, { after: 0, limit: 100 })).events.map(({ position }) => position)

test.each(['INSERT INTO events', 'COMMIT'])(
  'a commit that ends at %s stores nothing, and listeners are not called',
  async (statement) => {
    await ingest(owned(id), [message('A')], now)
    failing = statement
    await expect(ingest(owned(id), [message('B')], now)).rejects.toThrow(StoreUnavailable)
    expect(await messagesOf(store, id, rina)).toHaveLength(1)
    expect([await positions(), told.length]).toEqual([[1], 1])
    failing = undefined
    await ingest(owned(id), [message('B')], now)
    expect([await positions(), told.map((events) => events.map(({ position }) => position))]).toEqual([
      [1, 2],
      [[1], [2]],
    ])
  },
)

test('a call that fails alone takes no position from the others of its commit', async () => {
  const results = await Promise.allSettled([
    ingest(owned(id), [message('A')], now),
    ingest(owned(id, 2), [message('B')], now),
    ingest(owned(id), [message('C')], now),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await positions()).toEqual([1, 2])
})

test('a commit takes positions once, however many sessions and organizations share it, last of all', async () => {
  const others = await Promise.all(
    [organizationId, 'org_a', 'org_z'].map(async (organization, n) => {
      const other = `sess_other${n}`
      await store.insertSession(session(other, { organizationId: organization }))
      return (await store.acquire(other))?.owned ?? owned(other)
    }),
  )
  statements = []
  await Promise.all([owned(id), ...others].map((who) => ingest(who, [message('A'), message('B')], now)))
  expect(statements.filter((sql) => sql.startsWith('INSERT INTO events'))).toHaveLength(1)
  expect(statements.slice(-2).map((sql) => sql.split('(')[0]?.trim())).toEqual(['INSERT INTO events', 'COMMIT'])
  expect(await positions()).toEqual([1, 2, 3, 4])
})

test('a commit of very long messages stores their events a few at a time', async () => {
  const body = 'x'.repeat(60_000)
  await ingest(
    owned(id),
    Array.from({ length: 150 }, (_, n) => message(`M${n}`, { body })),
    now,
  )
  expect(statements.filter((sql) => sql.startsWith('INSERT INTO events'))).toHaveLength(3)
  const seen: number[] = []
  for (let after = 0; after < 150; after = seen.at(-1) ?? 150)
    seen.push(...(await store.readEvents(organizationId, { after, limit: 100 })).events.map((event) => event.position))
  expect(seen).toEqual(Array.from({ length: 150 }, (_, n) => n + 1))
  expect(told.flat().map(({ position }) => position)).toEqual(seen)
})

test('an error of a listener is logged, and the commit stays', async () => {
  const logged: string[] = []
  const deaf = await openSqliteStore({
    file: join(folder, 'deaf.sqlite'),
    log: { info: () => undefined, warn: (_, text) => void logged.push(text) },
    onEvents: () => {
      throw new Error('spoiled')
    },
  })
  const other = await freshSession(deaf)
  await deaf.updateOwned(owned(other), { status: 'working' }, now)
  await deaf.ingest(owned(other), [message('A')], now)
  const { events } = await deaf.readEvents(organizationId, { after: 0, limit: 9 })
  expect(events.map(({ position, event }) => [position, event])).toEqual([
    [1, 'session.status'],
    [2, 'message'],
  ])
  expect(logged).toEqual(Array(2).fill('a listener failed after a commit; the data is stored'))
  await deaf.close()
})

test('a commit without events asks for no position', async () => {
  await ingest(owned(id), [message('A', { live: false })], now)
  expect(statements.some((sql) => /event/.test(sql))).toBe(false)
  expect(told).toEqual([])
})

test('a message that was deleted for everyone leaves no bytes in the file, in its events neither', async () => {
  const holds = async () => {
    const files = [file, `${file}-wal`].map((path) => readFile(path).catch(() => Buffer.alloc(0)))
    return Buffer.concat(await Promise.all(files)).includes('canary')
  }
  await store.ingest(owned(id), [message('A', { body: 'canary' })], now)
  expect(await holds()).toBe(true)
  await store.ingest(owned(id), [{ kind: 'revoke', target: message('A'), by: rina, at: now }], now)
  await vi.waitFor(async () => expect(await holds()).toBe(false), { timeout: 15_000, interval: 100 })
  expect(await positions()).toEqual([1, 2])
})
