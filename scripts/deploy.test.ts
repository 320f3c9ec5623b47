/** The image, the unit and their page: they name files that exist, and start what `npm start` starts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { importsOf } from './check-imports.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const dockerfile = read('Dockerfile')
const unit = read('deploy/parley.service')
type Manifest = Record<'scripts' | 'dependencies' | 'optionalDependencies', Record<string, string>>
const { scripts, dependencies, optionalDependencies } = JSON.parse(read('package.json')) as Manifest

/** What is copied from the project, and not from an earlier stage. */
const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) => sources.split(' '))
const isCopied = (file: string) =>
  copied.some((source) => (source.endsWith('/') ? file.startsWith(source) : file === source))

test('what the image copies exists, and reaches the builder', () => {
  expect(copied.length).toBeGreaterThan(5)
  const ignored = read('.dockerignore').split('\n')
  expect(copied.filter((source) => !existsSync(join(root, source)))).toEqual([])
  expect(copied.filter((source) => !ignored.includes(`!${source}`))).toEqual([])
})

test('nothing in the image needs a file that is not copied, or a package that is not installed', () => {
  const files = copied
    .filter((source) => source.endsWith('/'))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.(ts|js|cjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .concat(copied.filter((source) => /\.(ts|cjs)$/.test(source)))
    .filter((file) => !/test|behaviour/.test(file))
  expect(files).toContain('server/main.ts')
  const curve = JSON.parse(read('curve25519/package.json')) as Manifest
  const installed = Object.keys({ ...dependencies, ...optionalDependencies, ...curve.dependencies })
  const missing = files.flatMap((file) =>
    importsOf(read(file))
      .filter((name) =>
        name.startsWith('.')
          ? !isCopied(normalize(join(dirname(file), name)))
          : !name.startsWith('node:') && !installed.some((known) => `${name}/`.startsWith(`${known}/`)),
      )
      .map((name) => `${file}: ${name}`),
  )
  expect(missing).toEqual([])
})

test('image and unit start what npm start starts, by Node itself', () => {
  const [, args] = scripts.start?.split(' && node ') ?? []
  // Not the one of the health check, which is indented.
  const command = JSON.parse(/^CMD (\[.+\])$/m.exec(dockerfile)?.[1] ?? '[]')
  expect(command).toEqual(['node', ...(args?.split(' ') ?? [])])
  expect(/^ExecStart=\S+\/node (.+)$/m.exec(unit)?.[1]).toBe(args)
})

test('both have the C library keep less memory, as the page says', () => {
  const settingsIn = (text: string) => [...text.matchAll(/\bMALLOC_[A-Z_]+=\d+/g)].map(([setting]) => setting)
  const [named = ''] = /`(MALLOC_[^`]+)`/.exec(read('docs/deploy.md'))?.slice(1) ?? []
  expect(settingsIn(named)).toHaveLength(3)
  expect(settingsIn(unit)).toEqual(settingsIn(named))
  expect(settingsIn(dockerfile)).toEqual(settingsIn(named))
})

test('they give the gateway longer to end than it gives itself', () => {
  const stopMs = Number(/const stopMs = (\d+_\d+)/.exec(read('server/main.ts'))?.[1]?.replace('_', ''))
  const compose = parse(read('compose.yaml')) as { services: { parley: { stop_grace_period: string } } }
  expect(Number.parseInt(compose.services.parley.stop_grace_period, 10) * 1_000).toBeGreaterThan(stopMs)
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]) * 1_000).toBeGreaterThan(stopMs)
})

test('what the page links exists', () => {
  const links = [...read('docs/deploy.md').matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => String(path))
  expect(links.length).toBeGreaterThan(2)
  expect(links.filter((path) => !existsSync(join(root, 'docs', path)))).toEqual([])
})

test('what the proxies answer while the gateway restarts is a 503 of the contract', () => {
  const bodies = [...read('docs/deploy.md').matchAll(/\{"error":\{.+?\}\}/g)].map(([text]) => JSON.parse(text))
  expect(bodies).toHaveLength(2)
  for (const { error } of bodies)
    expect(error).toEqual({ code: 'gateway_unavailable', message: expect.stringMatching(/try again/) })
})
