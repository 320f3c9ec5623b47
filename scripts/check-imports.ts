/**
 * Who may import whom: the table below is the architecture, and this executes it. Prints each forbidden import and each cycle
 * of files, imports of types alone included, and exits 1.
 * `node scripts/check-imports.ts`
 */
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize, relative } from 'node:path'
import ts from 'typescript'
import { cyclesIn } from './imports/cycles.ts'

interface Rule {
  /** Files this rule is about; the first rule that fits a file counts. */
  files: RegExp
  /** Files of the project that they may import. */
  own: RegExp
  /** Packages that they may import; Node's own modules always. */
  packages: RegExp
}

const none = /^$/
const anything = /./
/** The ground floor and the ports: what every part of the server may import. Adapters are imported by `start.ts` and tests only. */
const ground = 'server/(model|ports)/'

const own = (...paths: string[]) => new RegExp(`^(${[ground, ...paths].join('|')})`)

export const rules: Rule[] = [
  { files: /^generated\//, own: /^generated\//, packages: /^(ajv|ajv-formats)(\/|$)/ },
  {
    files: /^conformance\//,
    own: /^(conformance|generated)\//,
    packages: /^(ajv|ajv-formats|vitest|yaml|fast-check)(\/|$)/,
  },
  { files: /^loopback\//, own: /^loopback\//, packages: /^(@whiskeysockets\/baileys|ws|libsignal|vitest|pino)(\/|$)/ },
  {
    files: /^curve25519\//,
    own: /^curve25519\//,
    packages: /^(whatsapp-rust-bridge|vitest)$/,
  },
  {
    files: /^contract\//,
    own: /^(contract\/|server\/model\/)/,
    packages: /^(ajv|openapi-typescript)(\/|$)/,
  },
  { files: /^(scripts|test)\//, own: anything, packages: anything },
  { files: /^server\/(compile-cache\.js|start\.ts)$/, own: /^(server|generated)\//, packages: /^pino$/ },
  {
    files: /^server\/main\.ts$/,
    own: own('server/process/', 'server/(config|help|start)\\.ts'),
    packages: /^pino$/,
  },
  { files: /^server\/.*(\.test(-d)?|\/test-[\w-]+)\.ts$/, own: /^(server|loopback|generated)\//, packages: anything },
  { files: /^server\/store\/.*\.behaviour\.ts$/, own: /^server\//, packages: /^(vitest|fast-check)$/ },
  { files: /^server\/model\//, own: /^(server\/model|generated)\//, packages: none },
  { files: /^server\/ports\//, own: /^(server\/(model|ports)|generated)\//, packages: none },
  { files: /^server\/operation\.ts$/, own: own('generated/'), packages: none },
  { files: /^server\/process\//, own: own('server/process/', 'server/steps\\.ts'), packages: /^pino$/ },
  {
    files: /^server\/handlers\//,
    own: own(
      'server/handlers/',
      'server/events/',
      'server/operation\\.ts',
      'server/limits/pacing\\.ts',
      'server/media/plain-file\\.ts',
      'server/sessions/supervisor\\.ts',
      'server/uploads/uploads\\.ts',
      'server/webhooks/',
      'generated/',
    ),
    packages: /^qrcode$/,
  },
  { files: /^server\/media\//, own: own('server/media/'), packages: none },
  { files: /^server\/events\//, own: own('server/events/', 'server/operation\\.ts'), packages: /^ulid$/ },
  {
    files: /^server\/webhooks\//,
    own: own('server/webhooks/', 'server/events/', 'server/operation\\.ts'),
    packages: /^(ulid|pino)$/,
  },
  { files: /^server\/intake\//, own: own('server/intake/'), packages: /^pino$/ },
  { files: /^server\/sessions\//, own: own('server/sessions/', 'server/intake/'), packages: /^(ulid|pino)$/ },
  { files: /^server\/store\//, own: own('server/store/', 'generated/types\\.ts'), packages: /^(sqlite3|ulid|pino)$/ },
  {
    files: /^server\/whatsapp\/library\.ts$/,
    own: own('server/whatsapp/library/'),
    packages: /^@whiskeysockets\/baileys(\/WAProto\/index\.js)?$/,
  },
  { files: /^server\/whatsapp\//, own: own('server/whatsapp/'), packages: /^(pino|protobufjs\/minimal\.js)$/ },
  {
    files: /^server\/limits\//,
    own: own('server/limits/', 'server/operation\\.ts', 'generated/(enums|operations)\\.ts'),
    packages: none,
  },
  { files: /^server\/auth\//, own: own('server/auth/'), packages: /^(jose|pino|ulid)$/ },
  // It decrypts what is stored, to encrypt it for another kind of message.
  {
    files: /^server\/uploads\//,
    own: own('server/uploads/', 'server/media/plain-file\\.ts'),
    packages: /^(ulid|pino)$/,
  },
  { files: /^server\/outbound\//, own: own('server/outbound/'), packages: none },
  { files: /^server\/settings\.ts$/, own: none, packages: none },
  { files: /^server\/help\.ts$/, own: /^server\/settings\.ts$/, packages: none },
  {
    files: /^server\/(http\/|metrics\.ts|config\.ts|settings\.ts|stall-watch\.ts|steps\.ts)/,
    own: own(
      'server/http/',
      'server/operation\\.ts',
      'server/limits/(limits|pacing)\\.ts',
      'server/(metrics|settings)\\.ts',
      'generated/',
    ),
    packages: /^(busboy|koa|openapi-backend|find-my-way|raw-body|pino|prom-client)$/,
  },
  {
    files: /^server\/gateway\.ts$/,
    own: own(
      'generated/contract\\.ts',
      'server/operation\\.ts',
      'server/(http|handlers|limits|events)/',
      'server/metrics\\.ts',
      'server/sessions/supervisor\\.ts',
      'server/uploads/uploads\\.ts',
      'server/webhooks/',
    ),
    packages: /^pino$/,
  },
]

const root = join(import.meta.dirname, '..')
const folders = ['conformance', 'contract', 'curve25519', 'generated', 'loopback', 'scripts', 'server', 'test']

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|js|cjs|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes('node_modules'))

/** The names in the import statements of a file, as they are written. */
export const importsOf = (source: string) =>
  ts.preProcessFile(source, true, true).importedFiles.map(({ fileName }) => fileName)

const ownTarget = (file: string, name: string) => normalize(join(dirname(file), name))

/** Forbidden imports of one file, in words. */
export const offences = (file: string, source: string): string[] => {
  const rule = rules.find(({ files }) => files.test(file))
  if (rule === undefined) return [`${file}: no rule says what it may import`]
  return importsOf(source)
    .filter((name) => !isAllowed(rule, file, name))
    .map((name) => `${file} must not import ${name}`)
}

const isAllowed = (rule: Rule, file: string, name: string) => {
  if (name.startsWith('.')) return rule.own.test(ownTarget(file, name))
  if (name.startsWith('node:') || builtinModules.includes(name)) return true
  if (name.startsWith('@parley/')) return rule.own.test(`${name.slice('@parley/'.length)}/`)
  return rule.packages.test(name)
}

/** Cycles of files, in words. */
export const cycles = (sources: ReadonlyMap<string, string>): string[] => {
  const imports = [...sources].map(([file, source]): [string, string[]] => {
    const own = importsOf(source).filter((name) => name.startsWith('.'))
    return [file, own.map((name) => ownTarget(file, name))]
  })
  return cyclesIn(new Map(imports)).map((files) => `these import each other in a cycle: ${files.join(' ')}`)
}

if (import.meta.main) {
  const sources = new Map(
    folders.flatMap(filesIn).map((file): [string, string] => [file, readFileSync(join(root, file), 'utf8')]),
  )
  const found = [...[...sources].flatMap(([file, source]) => offences(file, source)), ...cycles(sources)]
  for (const offence of found) console.error(offence)
  console.log(`${sources.size} files, ${found.length} forbidden imports and cycles`)
  process.exitCode = found.length === 0 ? 0 : 1
}
