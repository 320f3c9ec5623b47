import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { databaseFile } from '../server/start.ts'
import { freshSession, message, owned } from '../server/store/behaviour/examples.behaviour.ts'
import { claimDataDir } from '../server/store/claim.ts'
import { connect } from '../server/store/sqlite/connection.ts'
import { openSqliteStore } from '../server/store/sqlite.ts'
import { bareEnv } from '../test/support/bare-env.ts'

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-compact-'))
})
afterEach(() => rm(dataDir, { recursive: true }))

const compact = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const env = { ...bareEnv, DATA_DIR: dataDir }
    const script = join(import.meta.dirname, 'compact.ts')
    const child = execFile(process.execPath, [script, ...args], { env, timeout: 50_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })

const file = () => join(dataDir, databaseFile)

test('nothing is left in the file of what was deleted from it', async () => {
  const store = await openSqliteStore({ file: file() })
  await freshSession(store, 'sess_1')
  const bodies = Array.from({ length: 50 }, (_, n) => `canary ${n} ${'w'.repeat(3_000)}`)
  await store.ingest(
    owned('sess_1'),
    bodies.map((body, n) => message(`3EB0${n}`, { body })),
    1,
  )
  await store.close()
  const db = await connect(file())
  await db.script("PRAGMA secure_delete = OFF; DELETE FROM messages; DELETE FROM meta WHERE name = 'unerased'")
  await db.close()
  expect((await readFile(file())).includes('canary')).toBe(true)
  expect(await compact()).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/was rewritten: .* MB before, .* MB now/),
  })
  expect((await readFile(file())).includes('canary')).toBe(false)
})

test('the server must be stopped', async () => {
  await (await openSqliteStore({ file: file() })).close()
  const release = await claimDataDir({ dataDir })
  expect(await compact()).toEqual({
    code: 1,
    stdout: '',
    stderr: `compact: a gateway is using ${dataDir}: stop it first\n`,
  })
  await release()
})

test('where there is no database it makes none', async () => {
  expect(await compact()).toEqual({ code: 1, stdout: '', stderr: `compact: there is no ${file()}\n` })
})
