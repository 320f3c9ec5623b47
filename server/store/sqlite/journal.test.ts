import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../../ports/store/store.ts'
import { freshSession, message, now, owned } from '../behaviour/examples.behaviour.ts'
import { openSqliteStore } from '../sqlite.ts'
import { connect } from './connection.ts'

let folder: string
let file: string
let store: Store
let id: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-journal-'))
  file = join(folder, 'parley.sqlite')
  store = await openSqliteStore({ file })
  id = await freshSession(store)
  await store.writeKeys(owned(id), [{ type: 'session', id: 'a', value: Buffer.from('old') }])
})

afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const spoil = async (trigger: string) => {
  const db = await connect(file)
  await db.script(trigger)
  await db.close()
}

const entry = () => ({ hash: randomBytes(32), entry: randomBytes(64) })

describe('one commit', () => {
  test('a journal entry that cannot be written takes the keys back with it', async () => {
    await spoil(`CREATE TRIGGER spoil BEFORE INSERT ON journal BEGIN SELECT raise(ABORT, 'spoiled'); END`)
    const writing = store.writeKeys(
      owned(id),
      [
        { type: 'session', id: 'a', value: Buffer.from('new') },
        { type: 'pre-key', id: '1', value: null },
      ],
      [entry()],
    )

    await expect(writing).rejects.toThrow('spoiled')
    expect(await store.readKeys(id, 'session', ['a'])).toEqual([{ id: 'a', value: Buffer.from('old') }])
    expect(await store.listJournal(id, { limit: 10 })).toEqual([])
  })

  test('keys that cannot be written take the journal entry back with them', async () => {
    await spoil(`CREATE TRIGGER spoil BEFORE UPDATE ON keys BEGIN SELECT raise(ABORT, 'spoiled'); END`)
    const keys = [{ type: 'session', id: 'a', value: Buffer.from('new') }]

    await expect(store.writeKeys(owned(id), keys, [entry()])).rejects.toThrow('spoiled')
    expect(await store.listJournal(id, { limit: 10 })).toEqual([])
  })

  test('messages that cannot be stored leave their entry open', async () => {
    const journaled = entry()
    await store.writeKeys(owned(id), [], [journaled])
    await spoil(`CREATE TRIGGER spoil BEFORE INSERT ON messages BEGIN SELECT raise(ABORT, 'spoiled'); END`)

    await expect(store.ingest(owned(id), [message('A')], now, [journaled.hash])).rejects.toThrow('spoiled')
    expect(await store.findJournaled(id, journaled.hash)).toEqual({ entry: journaled.entry })
  })
})
