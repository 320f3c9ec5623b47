/** How many statements the store runs for a live message: each is a way to the driver and back. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { MessageFact } from '../../model/facts.ts'
import type { Store } from '../../ports/store/store.ts'
import { budi, message, now, owned, session } from '../behaviour/examples.behaviour.ts'
import { createSealer } from '../seal.ts'
import { openSqliteStore } from '../sqlite.ts'
import type { Database } from './database.ts'
import { chooseDriver, drivers } from './driver.ts'

const group = '120363040000000001@g.us'

let folder: string
let store: Store
let statements: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-statements-'))
  statements = []
  // The other one runs them in a thread.
  chooseDriver('sqlite3')
  const { open } = drivers.sqlite3
  vi.spyOn(drivers.sqlite3, 'open').mockImplementation(async (...args) => {
    const database = await open(...args)
    const all: Database['all'] = (sql, values) => {
      statements.push(sql)
      return database.all(sql, values)
    }
    return { ...database, all }
  })
  store = await openSqliteStore({ file: join(folder, 'parley.sqlite'), sealer: createSealer(randomBytes(32)) })
  await store.insertSession(session('sess_1'))
  await store.acquire('sess_1')
})
afterAll(async () => {
  await store.close()
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

/** The keys and the journal entry of a message that was decrypted, then the message. */
const arrive = async (id: string, rest: Partial<MessageFact> = {}) => {
  const hash = randomBytes(32)
  const keys = [{ type: 'session', id: 'budi.0', value: Buffer.from(id) }]
  await store.writeKeys(owned('sess_1'), keys, [{ hash, entry: Buffer.from('sealed') }])
  const fact = message(id, { chat: budi, live: true, pushName: 'Budi', raw: Buffer.from(id), ...rest })
  await store.ingest(owned('sess_1'), [fact], now, [hash])
}

test.each<[string, Partial<MessageFact>, number]>([
  ['of a person', {}, 12],
  ['in a group', { chat: group, sender: budi }, 13],
])('a live message %s takes few statements, its commit and its event included', async (where, rest, most) => {
  await arrive(`first ${where}`, rest)
  statements.length = 0
  await arrive(`second ${where}`, rest)
  expect(statements.filter((sql) => sql.includes('INSERT INTO events'))).toHaveLength(1)
  expect(statements.length, statements.join('\n---\n')).toBeLessThanOrEqual(most)
})
