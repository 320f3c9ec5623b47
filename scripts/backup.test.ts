import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../server/ports/store/store.ts'
import { databaseFile, generationFile } from '../server/start.ts'
import { freshSession, message, owned } from '../server/store/behaviour/examples.behaviour.ts'
import { claimDataDir } from '../server/store/claim.ts'
import { openSqliteStore } from '../server/store/sqlite.ts'
import { bareEnv } from '../test/support/bare-env.ts'

let folder: string
let dataDir: string
let copy: string
/** The store as a running server holds it. */
let server: Store | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-backup-'))
  dataDir = join(folder, 'data')
  copy = join(folder, 'copy.db')
  await start()
})
afterEach(async () => {
  await stop()
  await rm(folder, { recursive: true })
})

const start = async () => {
  server = await openSqliteStore({ file: join(dataDir, databaseFile), generationFile: join(dataDir, generationFile) })
  return server
}
const stop = async () => {
  await server?.close()
  server = undefined
}
const running = () => server as Store

interface Outcome {
  code: number
  stdout: string
  stderr: string
}

const backup = (...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const script = join(import.meta.dirname, 'backup.ts')
    const env = { ...bareEnv, DATA_DIR: dataDir }
    const child = execFile(process.execPath, [script, ...args], { env, timeout: 50_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })

const fill = async () => {
  await freshSession(running(), 'sess_1')
  await running().writeCreds(owned('sess_1'), Buffer.from('creds'))
  await running().ingest(owned('sess_1'), [message('A'), message('B')], 1)
}

describe('a copy', () => {
  test('of a database in use is whole, for this user alone, and one file', async () => {
    await fill()
    const { code, stdout } = await backup(copy)
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('1 session, 2 messages') })
    expect((await stat(copy)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['copy.db', 'data'])
    await running().ingest(owned('sess_1'), [message('C')], 1)
  })

  test('never takes the place of a file, unless it is forced to', async () => {
    await writeFile(copy, 'precious')
    const refused = await backup(copy)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') })
    expect(await readFile(copy, 'utf8')).toBe('precious')
    expect((await backup(copy, '--force')).code).toBe(0)
    expect((await stat(copy)).mode & 0o777).toBe(0o600)
  })

  test('of a database that is not there', async () => {
    await stop()
    await rm(dataDir, { recursive: true })
    expect(await backup(copy)).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no') })
    expect(await readdir(folder)).toEqual([])
  })

  test('to a folder that is not there: said in one line', async () => {
    const { code, stderr } = await backup(join(folder, 'nowhere', 'copy.db'))
    expect(code).toBe(1)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})

describe('restoring', () => {
  test('puts the copy in place, keeps what was there, and its credentials are not used', async () => {
    await fill()
    await backup(copy)
    await running().ingest(owned('sess_1'), [message('C')], 1)
    await stop()
    const { code, stdout } = await backup('restore', copy)
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('2 messages') })
    expect((await readdir(dataDir)).filter((name) => name.startsWith(`${databaseFile}.before-`))).toHaveLength(1)
    const store = await start()
    expect(await store.restoredAt('sess_1')).toEqual(expect.any(Number))
    expect(await store.getChat('sess_1', message('A').chat, 1)).toBeDefined()
  })

  test('works on an empty folder, too', async () => {
    await fill()
    await backup(copy)
    await stop()
    await rm(dataDir, { recursive: true })
    expect((await backup('restore', copy)).code).toBe(0)
    const store = await start()
    expect(await store.restoredAt('sess_1')).toEqual(expect.any(Number))
  })

  test('a copy that was made by other means counts as older, too', async () => {
    await fill()
    await stop()
    await copyFile(join(dataDir, databaseFile), copy)
    expect((await backup('restore', copy)).code).toBe(0)
    const store = await start()
    expect(await store.restoredAt('sess_1')).toEqual(expect.any(Number))
  })

  test('is refused while a gateway runs', async () => {
    await backup(copy)
    const release = await claimDataDir({ dataDir })
    expect(await backup('restore', copy)).toMatchObject({ code: 1, stderr: expect.stringContaining('stop it first') })
    await release()
  })

  test.each([
    ['damaged', () => truncate(copy, 10_000)],
    ['no database', () => writeFile(copy, 'nonsense')],
  ])('a file that is %s is refused, and nothing has changed', async (_what, spoil) => {
    await fill()
    await backup(copy)
    await stop()
    await spoil()
    const before = await readFile(join(dataDir, databaseFile))
    expect(await backup('restore', copy)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be restored'),
    })
    expect(await readFile(join(dataDir, databaseFile))).toEqual(before)
  })
})

describe('accepting', () => {
  test('lets restored credentials be used, while the server runs', async () => {
    await fill()
    await backup(copy)
    await stop()
    await backup('restore', copy)
    const store = await start()
    expect(await backup('accept')).toMatchObject({ code: 0, stdout: expect.stringContaining('1 session are accepted') })
    expect(await store.restoredAt('sess_1')).toBeUndefined()
  })

  test('nothing to accept is no error', async () => {
    expect(await backup('accept')).toMatchObject({ code: 0, stdout: expect.stringContaining('No session') })
  })
})

test.each([[[]], [['a', 'b']], [['restore']], [['accept', '--force']], [['a', '--what']]])(
  'written wrongly: %j is answered with how to write it',
  async (args) => {
    const { code, stderr } = await backup(...args)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('npm run backup -- FILE') })
  },
)
