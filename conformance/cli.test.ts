/** The command as CI calls it: exit codes, what it prints, what it writes. */
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { allCases } from './cases/index.ts'
import { commands } from './commands/index.ts'
import { main } from './commands/main.ts'
import { nodeFault } from './node-version.ts'
import { parseResult } from './report/json.ts'
import type { Target } from './target.ts'
import { readTarget } from './target-file.ts'
import { suite } from './version.ts'

/** How a target file asks for a variable. */
const environment = (name: string) => `\${${name}}`

let folder = ''
/** Lists no sessions to a caller with a token, unless it is a wrong one. */
const server = createServer((request, response) => {
  const [status, body] = request.headers.authorization?.includes('hidden')
    ? [200, '{"data":[],"nextCursor":null}']
    : [401, '{"error":{"code":"unauthorized","message":"no"}}']
  // Slow enough for a run to be stopped in the middle.
  setTimeout(() => {
    response
      .writeHead(status, { 'X-Request-Id': 'r', 'Content-Type': 'application/json', 'WWW-Authenticate': 'Bearer' })
      .end(body)
  }, 20)
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

const environmentOfAll = { TOKEN: 'wa_hidden_from_reports', EMPTY: '' }

/** In this process, which takes a tenth of the time. What `cli.ts` adds, a few tests see in a process of its own. */
const conformance = async (...args: string[]) => {
  const printed = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      printed[name] += String(text)
      return true
    }),
  )
  const complaints = vi.spyOn(console, 'error').mockImplementation((...words) => {
    printed.stderr += `${words.join(' ')}\n`
  })
  try {
    const code = await main(args, environmentOfAll)
    return { code, ...printed }
  } finally {
    for (const spy of [...spies, complaints]) spy.mockRestore()
  }
}

const inItsOwnProcess = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, 'cli.ts'), ...args],
      // A list of all cases is more than the megabyte that Node reads otherwise.
      { env: environmentOfAll, maxBuffer: 16 * 1024 * 1024 },
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
  const { code, stdout } = await inItsOwnProcess(
    '--target',
    await targetFile('good.json'),
    '--filter',
    kept,
    '--report',
    out,
  )
  expect(stdout).toMatch(/conformance 100 %.*coverage 100 %/)
  expect(code).toBe(0)
  expect((await readdir(out)).sort()).toEqual([
    'badge.svg',
    'junit.xml',
    'report.html',
    'report.md',
    'report.txt',
    'result.json',
  ])
  expect(parseResult(await readFile(join(out, 'result.json'), 'utf8')).records).toMatchObject([
    { id: kept, verdict: 'pass' },
  ])
  for (const name of await readdir(out)) expect(await readFile(join(out, name), 'utf8')).not.toContain('hidden_from')
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

test('2: a target that never answers is given up', { timeout: 20_000 }, async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const file = await targetFile('silent.json', { baseUrl: `http://127.0.0.1:${port}/api/v1` })
  const began = performance.now()
  const { code, stdout } = await conformance('--target', file)
  const tookMs = performance.now() - began
  silent.closeAllConnections()
  silent.close()
  expect(stdout).toContain('no complete answer within 5000 ms')
  expect(code).toBe(2)
  expect(tookMs).toBeLessThan(15_000)
})

test('2: a run that is stopped reports what there was', async () => {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'cli.ts'), '--target', await targetFile('stopped.json')],
    {
      env: { TOKEN: 'wa_hidden_from_reports' },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const stop = ({ headers }: IncomingMessage) => {
    if (!headers['user-agent']?.startsWith('parley-conformance')) return
    // A second time would end it at once.
    server.off('request', stop)
    child.kill('SIGINT')
  }
  server.on('request', stop)
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  expect(stdout).toContain('not asked: the run was stopped')
  expect(code).toBe(2)
})

test('3: the target file or an argument is wrong, and each mistake has a line', async () => {
  const { code, stderr } = await inItsOwnProcess(
    '--target',
    await targetFile('wrong.json', { baseUrl: 1, fixtures: null }),
  )
  expect(stderr.trim().split('\n')).toEqual([
    'conformance: baseUrl: must be string',
    'conformance: fixtures: must be object',
  ])
  expect(code).toBe(3)
  expect((await conformance('--colour')).stderr).toBe("conformance: Unknown option '--colour'; --help tells more\n")
})

test.for<[string[]]>([
  [[]],
  [['--colour']],
  [['dance']],
  [['list', 'dance']],
  [['list', '--operation', 'sing']],
  [['--target', 'x.json', '--timeout', 'soon']],
  [['--target', 'x.json', '--timeout', '1']],
  [['--target', 'x.json', '--filter', 'nothing-has-this']],
  [['--target', 'x.json']],
])('3: %j cannot be meant', async ([args]) => {
  expect((await conformance(...args)).code).toBe(3)
})

test('3: a variable that the target file names is not set, or empty', async () => {
  const tokens = { full: environment('NOT_SET'), readOnly: environment('EMPTY') }
  const { code, stderr } = await conformance('--target', await targetFile('unset.yaml', { tokens }))
  expect(stderr.split('\n')).toEqual([
    `conformance: ${environment('NOT_SET')}: is not set in the environment: set it, or delete the line that names it`,
    `conformance: ${environment('EMPTY')}: is empty in the environment: set it, or delete the line that names it`,
    '',
  ])
  expect(code).toBe(3)
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

test('a wrong token is named before the first case', async () => {
  const file = await targetFile('refused.json', { tokens: { full: environment('TOKEN'), readOnly: 'wrong-one' } })
  const { stderr } = await conformance('--target', file, '--filter', kept)
  expect(stderr).toBe('conformance: tokens.readOnly is refused with 401\n1 of 1 cases\n')
})

test('a secret in the target file is worth a warning, and is not shown', async () => {
  const tokens = { full: 'wa_hidden_written_down', readOnly: environment('TOKEN'), sendOnly: 'any' }
  const file = await targetFile('written.yaml', { tokens })
  const { stderr } = await conformance('--target', file, '--filter', kept)
  expect(stderr).toContain('holds secrets: tokens.full.\n')
  expect(stderr).not.toContain('written_down')
  expect(stderr).toContain('fewer than 8 characters: tokens.sendOnly.\n')
})

test('progress goes to stderr, line by line where there is no terminal', async () => {
  const { stderr, stdout } = await conformance('--target', await targetFile('p.json'), '--filter', kept)
  expect(stderr).toBe('1 of 1 cases\n')
  expect(stdout).not.toContain('1 of 1 cases')
})

test('init makes a target file that can be used once the environment is there, and overwrites none', async () => {
  const file = join(folder, 'made.yaml')
  expect((await conformance('init', file, '--all')).code).toBe(0)
  const text = await readFile(file, 'utf8')
  for (const need of new Set(allCases.flatMap(({ needs }) => needs)))
    expect(text).toMatch(new RegExp(`Needed by .*\\n( *#.*\\n)* *(# )?${need.split('.')[1]}: `))
  const { target } = await readTarget(file, variablesOf(text))
  expect(target.tokens).toMatchObject({ full: 'any', memberLogin: 'any' })
  expect(Object.values(target.profile ?? {}).every((claim) => claim === true)).toBe(true)

  await writeFile(file, 'mine')
  expect((await conformance('init', file)).code).toBe(3)
  expect(await readFile(file, 'utf8')).toBe('mine')
  expect((await conformance('init', file, '--force', '--all')).code).toBe(0)
  expect(await readFile(file, 'utf8')).toBe(text)
})

/** A value for whatever the file asks of the environment. */
const variablesOf = (text: string) =>
  Object.fromEntries([...text.matchAll(/\$\{(TOKEN_\w+)\}/g)].map(([, name = '']) => [name, 'any']))

test('init claims nothing by default, and a run says so', async () => {
  const file = join(folder, 'nothing.yaml')
  expect((await conformance('init', file)).stdout).toContain('It claims nothing yet')
  const text = await readFile(file, 'utf8')
  const { target } = await readTarget(file, variablesOf(text))
  expect(Object.values(target.profile ?? {}).every((claim) => claim === null)).toBe(true)
  expect(text).toContain('messageIds: [msg_…, ')
  await writeFile(file, text.replaceAll(/\$\{TOKEN_\w+\}/g, 'any'))
  const { code, stderr } = await conformance('--target', file)
  expect([code, stderr]).toEqual([
    3,
    `conformance: ${file}: its profile claims no operation; set to true what the server has, such as presence\n`,
  ])
})

test('init claims the operations and parts that --claim names', async () => {
  const { stdout } = await conformance('init', '--claim', 'getChat,presence')
  const { profile, tokens } = parse(stdout) as Pick<Target, 'tokens'> & { profile: Record<string, boolean | null> }
  // Only what the cases of these two need is asked of the environment, and counted.
  expect(Object.keys(tokens)).toEqual(['full', 'readOnly', 'sendOnly', 'manageOnly', 'otherOrg'])
  expect(stdout).not.toMatch(/Needed by .*listSessions/)
  expect(Object.keys(profile).filter((name) => profile[name])).toEqual(['presence', 'getChat'])
  const { code, stderr } = await conformance('init', '--claim', 'getChat,dance')
  expect([code, stderr]).toEqual([3, expect.stringMatching(/^conformance: --claim .* not dance: .*getChat/)])
})

test('init without a file prints', async () => {
  const { stdout, code } = await conformance('init')
  expect(stdout).toMatch(/^# yaml-language-server: \$schema=\.\/\S+target\.schema\.json\n/)
  expect(code).toBe(0)
})

test('list names every case', async () => {
  const { stdout } = await inItsOwnProcess('list', '--ids')
  expect(stdout.trim().split('\n')).toEqual(allCases.map(({ id }) => id).sort())
})

test('list picks by operation, status, level and id', async () => {
  const picked = async (...args: string[]) => (await conformance('list', '--ids', ...args)).stdout.trim().split('\n')
  expect(await picked('--operation', 'setChatPresence', '--status', '501')).toEqual([
    'setChatPresence/501/not_implemented/session-offline',
  ])
  expect(await picked('--level', 'should')).toEqual(
    allCases
      .filter(({ level }) => level === 'SHOULD')
      .map(({ id }) => id)
      .sort(),
  )
  expect(await picked('--filter', kept)).toEqual([kept])
})

test('list counts the cases of each documented status, and says why one has none', async () => {
  const { stdout } = await conformance('list', '--json')
  const { matrix, cases } = JSON.parse(stdout)
  expect(cases).toHaveLength(allCases.length)
  for (const cell of matrix) expect(cell.cases > 0 || cell.reason, JSON.stringify(cell)).toBeTruthy()
  expect((await conformance('list', '--matrix')).stdout).toMatch(/^ +200 .*\nlistSessions +\d+/)
})

test('a reader can close the list early', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'cli.ts'), 'list'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.once('data', () => child.stdout.destroy())
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('a Node that is too old is named in one line', async () => {
  const old = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})`
  const { status, stderr } = spawnSync(process.execPath, ['--import', old, join(import.meta.dirname, 'cli.ts'), 'list'])
  expect([status, stderr.toString()]).toEqual([
    2,
    'parley-conformance: Node 22.12 or newer is needed, and this is 20.20.2\n',
  ])
})

test('the Node that is needed is the one that package.json asks for', async () => {
  const { engines } = JSON.parse(await readFile(join(import.meta.dirname, 'package.json'), 'utf8'))
  expect(engines.node).toMatch(/^\^22\.12\.0 /)
  expect(['22.12.0', '22.20.1', '24.0.0', '26.1.0'].map(nodeFault)).toEqual(Array(4).fill(undefined))
  expect(nodeFault('22.11.0')).toBe('Node 22.12 or newer is needed, and this is 22.11.0')
})

test('each command says how to call it; the suite says which it is', async () => {
  const { stdout } = await conformance('--help')
  expect(stdout).toContain('usage: parley-conformance')
  for (const { name } of commands) {
    expect(stdout).toContain(`  ${name} `)
    expect((await conformance(name, '--help')).stdout).toContain(
      `usage: parley-conformance ${name === 'run' ? '[run]' : name}`,
    )
  }
  expect((await conformance('--version')).stdout).toBe(`${suite.version}\n`)
})
