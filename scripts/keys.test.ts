import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApiKeys } from '../server/auth/api-key.ts'
import type { Store } from '../server/ports/store/store.ts'
import { databaseFile } from '../server/start.ts'
import { openSqliteStore } from '../server/store/sqlite.ts'
import { bareEnv } from '../test/support/bare-env.ts'

let folder: string
let dataDir: string
/** The store as a running server holds it. */
let server: Store | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-keys-'))
  dataDir = join(folder, 'data')
})
afterEach(async () => {
  await server?.close()
  server = undefined
  await rm(folder, { recursive: true })
})

interface Outcome {
  code: number
  stdout: string
  stderr: string
}

const keys = (...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const script = join(import.meta.dirname, 'keys.ts')
    const env = { ...bareEnv, DATA_DIR: dataDir }
    const child = execFile(process.execPath, [script, ...args], { env, timeout: 50_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })

const create = (...more: string[]) => keys('create', '--organization', 'org_1', '--capabilities', 'send,read', ...more)
const lastLine = ({ stdout }: Outcome) => stdout.trimEnd().split('\n').at(-1) ?? ''
const listed = async (...more: string[]) => JSON.parse((await keys('list', '--json', ...more)).stdout)

const startServer = async () => {
  server = await openSqliteStore({ file: join(dataDir, databaseFile) })
  let steady = 0
  const apiKeys = createApiKeys({ store: server, clock: Date.now, monotonic: () => steady, log: { warn: () => {} } })
  return {
    verify: apiKeys.verify,
    twoSecondsLater: () => {
      steady += 2_000
    },
  }
}

describe('create', () => {
  test('prints the key alone as the last line of stdout, and makes the data folder', async () => {
    const result = await create()
    expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^wa_[0-9A-Za-z]{64}\n$/) })
    expect(result.stderr).toMatch(/^key_\w{26}: read, send for org_1, until it is revoked\./)
    expect((await stat(dataDir)).mode & 0o077).toBe(0)
  })

  test('the running server accepts it, with what it was granted', async () => {
    const { verify } = await startServer()
    const principal = await verify(lastLine(await create('--label', 'ci')))
    expect(principal).toMatchObject({ organizationId: 'org_1', capabilities: new Set(['read', 'send']) })
  })

  test('an expiry is kept', async () => {
    const before = Date.now()
    await create('--expires', '30d')
    const [key] = await listed()
    expect(key.expiresAt - key.createdAt).toBe(30 * 24 * 3_600_000)
    expect(key.createdAt).toBeGreaterThanOrEqual(before)
  })

  test('the key is nowhere in the database', async () => {
    const key = lastLine(await create())
    const { verify } = await startServer()
    await verify(key)
    for (const name of [databaseFile, `${databaseFile}-wal`]) {
      const bytes = await readFile(join(dataDir, name))
      expect(bytes.includes(key)).toBe(false)
      expect(bytes.includes(key.slice(29, 61))).toBe(false)
    }
  })
})

describe('list', () => {
  test('shows keys without secrets, oldest first, of one organization or all', async () => {
    await create('--label', 'first')
    await keys('create', '--organization', 'org_2', '--capabilities', 'manage')
    const all = await listed()
    expect(all).toEqual([
      {
        id: expect.stringMatching(/^key_/),
        organizationId: 'org_1',
        capabilities: ['read', 'send'],
        label: 'first',
        createdAt: expect.any(Number),
      },
      {
        id: expect.stringMatching(/^key_/),
        organizationId: 'org_2',
        capabilities: ['manage'],
        createdAt: expect.any(Number),
      },
    ])
    expect(await listed('--organization', 'org_2')).toEqual([all[1]])
  })

  test('as a table for people', async () => {
    await create('--label', 'ci')
    const { stdout } = await keys('list')
    expect(stdout).toMatch(
      /^ID +ORGANIZATION +CAPABILITIES +STATE +LAST USED +LABEL\nkey_\w{26} +org_1 +read,send +valid +- +ci\n$/,
    )
  })

  test('no keys: nothing on stdout, an empty array as JSON', async () => {
    expect(await keys('list')).toEqual({ code: 0, stdout: '', stderr: 'no keys\n' })
    expect(await listed()).toEqual([])
  })
})

describe('revoke', () => {
  test('the running server refuses the key within two seconds', async () => {
    const { verify, twoSecondsLater } = await startServer()
    const key = lastLine(await create())
    const [{ id }] = await listed()
    expect(await verify(key)).toBeDefined()
    expect(await keys('revoke', id)).toMatchObject({ code: 0, stderr: `${id} is revoked\n` })
    twoSecondsLater()
    expect(await verify(key)).toBeUndefined()
    expect((await listed())[0].revokedAt).toEqual(expect.any(Number))
  })

  test('a second time, or an unknown key: says so, exit 1', async () => {
    await create()
    const [{ id }] = await listed()
    await keys('revoke', id)
    expect(await keys('revoke', id)).toMatchObject({ code: 1, stderr: `keys: ${id} is already revoked\n` })
    expect(await keys('revoke', 'key_x')).toMatchObject({ code: 1, stderr: 'keys: there is no key key_x\n' })
  })
})

describe('help', () => {
  test.each([[[]], [['create']], [['list']], [['revoke']]])('%j --help: usage on stdout, exit 0', async (command) => {
    const { code, stdout } = await keys(...command, '--help')
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(['npm run keys --', ...command].join(' ')),
    })
  })

  test.each([
    [['nothing'], 'there is no command nothing'],
    [['constructor'], 'there is no command constructor'],
    [['create', '--capabilities', 'read'], '--organization is missing'],
    [['create', '--organization', 'org_1'], '--capabilities is missing'],
    [['create', '--organization', ' ', '--capabilities', 'read'], '--organization takes 1 to 255 characters'],
    [['create', '--organization', 'o', '--capabilities', 'read,write'], 'not "write"'],
    [['create', '--organization', 'o', '--capabilities', ''], 'not ""'],
    [['create', '--organization', 'o', '--capabilities', 'read', '--expires', '30'], 'not 30'],
    [['create', '--organization', 'o', '--capabilities', 'read', '--expires', '0d'], 'not 0d'],
    [['create', '--organization', 'o', '--capabilities', 'read', 'more'], 'unexpected argument more'],
    [['create', '--scope', 'read'], "'--scope'"],
    [['list', '--label', 'ci'], 'list does not take --label'],
    [['revoke'], 'the id of the key is missing'],
    [[], 'a command is missing'],
  ])('%j: says what is wrong, exit 2, and touches nothing', async (args, reason) => {
    const { code, stdout, stderr } = await keys(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(reason)
    await expect(stat(dataDir)).rejects.toThrow('ENOENT')
  })
})
