/** What `npm start` and the other commands look at before anything of the project is loaded. */
import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let root: string

/** As much of an installation as is looked at, without the optional package. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'parley-setup-'))
  for (const folder of ['scripts', 'node_modules/pino', 'generated'])
    await mkdir(join(root, folder), { recursive: true })
  await cp(join(import.meta.dirname, 'check-setup.cjs'), join(root, 'scripts/check-setup.cjs'))
  for (const name of ['openapi.json', 'operations.ts', 'validators.js', 'reference.html'])
    await writeFile(join(root, 'generated', name), '')
})
afterEach(() => rm(root, { recursive: true }))

const check = (...args: string[]) => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/check-setup.cjs'), ...args], {
    encoding: 'utf8',
  })
  return { status, stderr }
}

const refused = (words: string) => ({
  status: 1,
  stderr: expect.stringMatching(new RegExp(`^parley: .*${words}.*\\n$`)),
})

test('an installation that is whole', () => {
  expect(check()).toEqual({ status: 0, stderr: '' })
})

test('without dependencies', async () => {
  await rm(join(root, 'node_modules'), { recursive: true })
  expect(check()).toEqual(refused('npm ci'))
})

test('without a generated file', async () => {
  await rm(join(root, 'generated/validators.js'))
  expect(check()).toEqual(refused('npm run generate'))
})

test('without the optional package, where it is asked for', () => {
  expect(check('sqlite3')).toEqual(refused('sqlite3 is not installed.*npm ci'))
})
