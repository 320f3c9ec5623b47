/** The command as CI calls it: exit codes, what it prints, what it writes. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { allCases } from './cases/index.ts'
import { parseResult } from './report/json.ts'

/** How a target file asks for a variable. */
const environment = (name: string) => `\${${name}}`

let folder = ''
/** Lists no sessions to whoever has a token. */
const server = createServer((request, response) => {
  const [status, body] = request.headers.authorization
    ? [200, '{"data":[],"nextCursor":null}']
    : [401, '{"error":{"code":"unauthorized","message":"no"}}']
  response.writeHead(status, { 'Content-Type': 'application/json', 'WWW-Authenticate': 'Bearer' }).end(body)
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

const conformance = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, 'cli.ts'), ...args],
      { env: { TOKEN: 'wa_hidden_from_reports' } },
      (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })

const targetFile = async (name: string, more: object = {}) => {
  const target = {
    target: { name: 'tiny', version: '0', kind: 'server' },
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`,
    contract: { version: '1.0' },
    tokens: { full: environment('TOKEN') },
    fixtures: {},
    ...more,
  }
  await writeFile(join(folder, name), JSON.stringify(target))
  return join(folder, name)
}

const kept = 'listSessions/200/-/own-sessions'
const broken = 'listSessions/405/method_not_allowed'

test('0: every promise is kept; the reports are there and hold no token', async () => {
  const out = join(folder, 'out')
  const { code, stdout } = await conformance(
    '--target',
    await targetFile('good.json'),
    '--filter',
    kept,
    '--report',
    out,
  )
  expect(stdout).toMatch(/conformance 100 %.*coverage 100 %/)
  expect(code).toBe(0)
  expect((await readdir(out)).sort()).toEqual(['junit.xml', 'report.txt', 'result.json'])
  expect(parseResult(await readFile(join(out, 'result.json'), 'utf8')).records).toMatchObject([
    { id: kept, verdict: 'pass' },
  ])
  for (const name of await readdir(out)) expect(await readFile(join(out, name), 'utf8')).not.toContain('hidden')
})

test('1: a promise is broken, and it is said which', async () => {
  const { code, stdout } = await conformance('run', '--target', await targetFile('bad.yaml'), '--filter', broken)
  expect(stdout).toContain('listSessions/405/method_not_allowed/method-patch\n    answered 200 instead of 405')
  expect(code).toBe(1)
})

test('2: nobody answers', async () => {
  const { code, stdout } = await conformance(
    '--target',
    await targetFile('gone.json', { baseUrl: 'http://127.0.0.1:1/api' }),
  )
  expect(stdout).toContain('not measured')
  expect(code).toBe(2)
})

test('3: the target file or an argument is wrong, and each mistake has a line', async () => {
  const { code, stderr } = await conformance('--target', await targetFile('wrong.json', { baseUrl: 1, fixtures: null }))
  expect(stderr.trim().split('\n')).toEqual([
    'conformance: baseUrl: must be string',
    'conformance: fixtures: must be object',
  ])
  expect(code).toBe(3)
  expect((await conformance()).code).toBe(3)
  expect((await conformance('--colour')).code).toBe(3)
  expect((await conformance('dance')).code).toBe(3)
  expect((await conformance('--target', await targetFile('x.json'), '--timeout', 'soon')).code).toBe(3)
})

test('4: the baseline lists what passes', async () => {
  await writeFile(join(folder, 'known.yaml'), `- id: ${kept}\n  reason: was broken once\n`)
  const { code } = await conformance(
    '--target',
    await targetFile('stale.json', { baseline: './known.yaml' }),
    '--filter',
    kept,
  )
  expect(code).toBe(4)
})

test('list names every case; --help says how to call it', async () => {
  const { stdout } = await conformance('list', '--ids')
  expect(stdout.trim().split('\n')).toEqual(allCases.map(({ id }) => id).sort())
  expect((await conformance('list', '--filter', 'setChatPresence/501')).stdout).toContain('1 cases')
  expect((await conformance('--help')).stdout).toContain('usage: parley-conformance')
})
