import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadEncryptionKey } from './key-file.ts'

let folder: string
let dataDir: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-key-'))
  dataDir = join(folder, 'data')
})

afterEach(() => rm(folder, { recursive: true }))

test('the key of the configuration may be hexadecimal or base64', async () => {
  const key = randomBytes(32)
  expect(await loadEncryptionKey({ fromEnv: key.toString('hex'), dataDir })).toEqual(key)
  expect(await loadEncryptionKey({ fromEnv: key.toString('base64'), dataDir })).toEqual(key)
  expect(await loadEncryptionKey({ fromEnv: ` ${key.toString('base64url')}\n`, dataDir })).toEqual(key)
})

test('a malformed key of the configuration is refused without showing it', async () => {
  for (const fromEnv of ['secret', 'ab'.repeat(31), 'ab'.repeat(33), `${'a'.repeat(42)}!=`]) {
    const refused = loadEncryptionKey({ fromEnv, dataDir })
    await expect(refused).rejects.toThrow('ENCRYPTION_KEY must be')
    await expect(refused).rejects.not.toThrow(fromEnv)
  }
})

test('the first start makes a file that only its owner can read, and later starts use it', async () => {
  const first = await loadEncryptionKey({ dataDir })
  expect(first).toHaveLength(32)
  expect((await stat(join(dataDir, 'encryption.key'))).mode & 0o777).toBe(0o600)
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
  expect(await loadEncryptionKey({ dataDir })).toEqual(first)
})

test('no file is made where something is sealed already', async () => {
  await expect(loadEncryptionKey({ dataDir, isInUse: async () => true })).rejects.toThrow(
    `the encryption key ${join(dataDir, 'encryption.key')} is gone`,
  )
  const key = await loadEncryptionKey({ dataDir, isInUse: async () => false })
  expect(await loadEncryptionKey({ dataDir, isInUse: async () => true })).toEqual(key)
})

test('starts at the same time agree on one key and leave no other file', async () => {
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadEncryptionKey({ dataDir })))
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
  expect(await readdir(dataDir)).toEqual(['encryption.key'])
})

test('a file that others can read is refused', async () => {
  await loadEncryptionKey({ dataDir })
  await chmod(join(dataDir, 'encryption.key'), 0o640)
  await expect(loadEncryptionKey({ dataDir })).rejects.toThrow('chmod 600')
})

test('a damaged file is refused and not replaced', async () => {
  await loadEncryptionKey({ dataDir })
  const file = join(dataDir, 'encryption.key')
  await writeFile(file, 'half a ke')
  await expect(loadEncryptionKey({ dataDir })).rejects.toThrow('damaged')
  expect(await readFile(file, 'utf8')).toBe('half a ke')
})
