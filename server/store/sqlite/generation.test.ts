import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../../ports/store/store.ts'
import { freshSession, owned } from '../behaviour/examples.behaviour.ts'
import { openSqliteStore } from '../sqlite.ts'
import { connect } from './connection.ts'
import { copiedAtRow } from './generation.ts'

let folder: string
let file: string
let generationFile: string
let open: Store | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-generation-'))
  file = join(folder, 'parley.db')
  generationFile = join(folder, 'parley.generation')
})
afterEach(async () => {
  await open?.close()
  open = undefined
  await rm(folder, { recursive: true, force: true })
})

const start = async () => {
  open = await openSqliteStore({ file, generationFile })
  return open
}
const stop = async () => {
  await open?.close()
  open = undefined
}
const paired = async (id: string) => {
  const store = await start()
  await freshSession(store, id)
  await store.writeCreds(owned(id), Buffer.from('creds'))
  await stop()
}
const isMarked = async (id = 'sess_1') => (await (open ?? (await start())).restoredAt(id)) !== undefined

describe('nothing is marked', () => {
  test('at a first start, nor at any that follows', async () => {
    await paired('sess_1')
    for (let starts = 0; starts < 3; starts += 1) {
      expect(await isMarked()).toBe(false)
      await stop()
    }
  })

  test('when a process opens the database that does not use the credentials', async () => {
    await paired('sess_1')
    await (await openSqliteStore({ file })).close()
    expect(await isMarked()).toBe(false)
  })

  test('when the process ended between the file and the database, wherever it did', async () => {
    await paired('sess_1')
    const [before] = (await readFile(generationFile, 'utf8')).match(/\d+/) ?? []
    await writeFile(generationFile, `${before} ${Number(before) + 1}\n`)
    expect(await isMarked()).toBe(false)
    await stop()
    const [now] = (await readFile(generationFile, 'utf8')).match(/\d+/) ?? []
    await writeFile(generationFile, `${Number(now) - 1} ${now}\n`)
    expect(await isMarked()).toBe(false)
  })

  test('when the file is older than the database', async () => {
    await paired('sess_1')
    const older = await readFile(generationFile)
    await start()
    await stop()
    await writeFile(generationFile, older)
    expect(await isMarked()).toBe(false)
  })
})

describe('credentials are marked', () => {
  test('in a copy that is put back after another start', async () => {
    await paired('sess_1')
    await copyFile(file, join(folder, 'copy'))
    await start()
    await stop()
    await copyFile(join(folder, 'copy'), file)
    expect(await isMarked()).toBe(true)
  })

  test('in a copy that says that it is one, at once', async () => {
    await paired('sess_1')
    const db = await connect(file)
    await db.all(`INSERT INTO meta (name, value) VALUES ('${copiedAtRow}', 1)`)
    await db.close()
    expect(await isMarked()).toBe(true)
  })

  test('when the file is gone, or cannot be read', async () => {
    await paired('sess_1')
    await rm(generationFile)
    expect(await isMarked()).toBe(true)
    await (open as Store).acceptRestored()
    await stop()
    await writeFile(generationFile, 'nonsense')
    expect(await isMarked()).toBe(true)
  })

  test('when the database is from before there were generations', async () => {
    await paired('sess_1')
    const db = await connect(file)
    await db.all("DELETE FROM meta WHERE name = 'generation'")
    await db.close()
    expect(await isMarked()).toBe(true)
  })

  test('once, and stay so until they are accepted', async () => {
    await paired('sess_1')
    await rm(generationFile)
    expect(await isMarked()).toBe(true)
    await stop()
    expect(await isMarked()).toBe(true)
    expect(await (open as Store).acceptRestored()).toBe(1)
    expect(await isMarked()).toBe(false)
    await stop()
    expect(await isMarked()).toBe(false)
  })

  test('until the session is paired anew', async () => {
    await paired('sess_1')
    await rm(generationFile)
    const store = await start()
    await store.clearCredentials(owned('sess_1'))
    await store.writeCreds(owned('sess_1'), Buffer.from('new'))
    expect(await isMarked()).toBe(false)
  })

  test('of those sessions that have some, not of those that are paired later', async () => {
    await paired('sess_1')
    await rm(generationFile)
    const store = await start()
    await freshSession(store, 'sess_2')
    await store.writeCreds(owned('sess_2'), Buffer.from('creds'))
    expect(await isMarked('sess_1')).toBe(true)
    expect(await isMarked('sess_2')).toBe(false)
  })
})

test('the file is for this user alone', async () => {
  await start()
  expect((await stat(generationFile)).mode & 0o077).toBe(0)
})

test('a deleted session leaves no mark', async () => {
  await paired('sess_1')
  await rm(generationFile)
  const store = await start()
  await store.deleteSession('sess_1')
  expect(await store.acceptRestored()).toBe(0)
})

describe('a new database in the place of one that there was is not used', () => {
  test.each([
    ['missing', () => rm(file)],
    ['of 0 bytes', () => writeFile(file, '')],
    [
      'made by a command meanwhile',
      async () => {
        await rm(file)
        await (await openSqliteStore({ file })).close()
      },
    ],
  ])('%s', async (_how, lose) => {
    await paired('sess_1')
    await lose()
    const refusal = `the database is new, but ${generationFile} shows that there was an earlier one: restore it`
    await expect(start()).rejects.toThrow(refusal)
    // The first attempt has made one: it is not taken for the old one by the second.
    await expect(start()).rejects.toThrow(refusal)
    await rm(generationFile)
    await start()
  })

  test('except one whose first start ended before its number was written', async () => {
    await start()
    await stop()
    const db = await connect(file)
    await db.all("DELETE FROM meta WHERE name = 'generation'")
    await db.close()
    await writeFile(generationFile, '0 1')
    await start()
  })
})

test('the event log of a restored database goes on beyond every position that a reader can have', async () => {
  await paired('sess_1')
  const store = await start()
  const session = owned('sess_1')
  await store.ingest(session, [{ kind: 'contact', jid: '6281234567890@s.whatsapp.net', name: 'Rina' }], 1)
  const before = await store.eventHead(session.organizationId)
  await stop()
  await copyFile(file, `${file}.copy`)
  await (await start()).close()
  await copyFile(`${file}.copy`, file)
  const restored = await start()
  const { events, scanned, first } = await restored.readEvents(session.organizationId, { after: before, limit: 10 })
  expect({ events, isBeyond: scanned > before + 999_999, first }).toEqual({
    events: [],
    isBeyond: true,
    first: scanned + 1,
  })
})
