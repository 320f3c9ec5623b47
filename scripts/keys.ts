/** `npm run keys`: creates, lists and revokes API keys, next to the running server, which has no operation for it. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { mintApiKey } from '../server/auth/api-key.ts'
import { ConfigError, readConfig } from '../server/config.ts'
import { type Capability, capabilities } from '../server/model/principal.ts'
import type { ApiKeyRow } from '../server/ports/store/api-keys.ts'
import { StoreUnavailable } from '../server/ports/store/errors.ts'
import type { Store } from '../server/ports/store/store.ts'
import { chooseDriver } from '../server/store/sqlite/driver.ts'
import { openSqliteStore } from '../server/store/sqlite.ts'

const usage = `npm run keys -- COMMAND

  create --organization ID --capabilities LIST [--label TEXT] [--expires TIME]
                              create a key; it is shown only once
  list [--organization ID] [--json]
                              show the keys, without their secrets
  revoke ID                   revoke a key: a running server refuses it within two seconds
  COMMAND --help              more about a command

The keys are in the database in DATA_DIR (default ./data).`

const usageOf: Record<string, string> = {
  create: `npm run keys -- create --organization ID --capabilities LIST [--label TEXT] [--expires TIME]

  --organization ID    the organization that the key acts for
  --capabilities LIST  what it may do, from ${capabilities.join(', ')}; separated by commas
  --label TEXT         what it is for, up to 100 characters
  --expires TIME       how long it is valid, such as 12h, 30d, 8w or 1y; without it, until it is revoked

The key is the last line of stdout.`,
  list: `npm run keys -- list [--organization ID] [--json]

  --organization ID    only this organization's keys
  --json               as a JSON array; times are epoch milliseconds

Oldest first.`,
  revoke: `npm run keys -- revoke ID

  ID                   as \`list\` shows it: key_…`,
}

/** The command is wrong: exit 2. */
class UsageError extends Error {}
/** The command is right, but cannot be carried out: exit 1. */
class Refusal extends Error {}

const main = async (args: string[]): Promise<void> => {
  const { values, positionals } = parse(args)
  const [command, ...rest] = positionals
  if (command === undefined) {
    if (!values.help) throw new UsageError('a command is missing')
    console.log(usage)
    return
  }
  const run = Object.hasOwn(commands, command) ? commands[command] : undefined
  if (run === undefined) throw new UsageError(`there is no command ${command}`)
  if (values.help) {
    console.log(usageOf[command])
    return
  }
  const allowed = allowedOf[command] ?? []
  const extra = Object.keys(values).find((name) => !allowed.includes(name))
  if (extra !== undefined) throw new UsageError(`${command} does not take --${extra}`)
  await run(values, rest)
}

const parse = (args: string[]) => {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        organization: { type: 'string' },
        capabilities: { type: 'string' },
        label: { type: 'string' },
        expires: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

type Values = ReturnType<typeof parse>['values']
type Command = (values: Values, rest: string[]) => Promise<void>

const create: Command = async (values, rest) => {
  none(rest)
  const now = Date.now()
  const label = labelOf(values.label)
  const expiresAt = values.expires === undefined ? undefined : now + durationOf(values.expires)
  const key = {
    organizationId: organizationOf(values.organization ?? missing('--organization')),
    capabilities: capabilitiesOf(values.capabilities ?? missing('--capabilities')),
    ...(label !== undefined && { label }),
    ...(expiresAt !== undefined && { expiresAt }),
  }
  const { text, row } = mintApiKey(key, now)
  await withStore((store) => store.insertApiKey(row))
  const until = expiresAt === undefined ? 'until it is revoked' : `until ${dateOf(expiresAt)}`
  console.error(
    `${row.id}: ${key.capabilities.join(', ')} for ${key.organizationId}, ${until}. The key is shown only once:`,
  )
  console.log(text)
}

const list: Command = async (values, rest) => {
  none(rest)
  const organization = values.organization === undefined ? undefined : organizationOf(values.organization)
  const rows = await withStore((store) => store.listApiKeys(organization))
  if (values.json) console.log(JSON.stringify(rows.map(shown), undefined, 2))
  else if (rows.length === 0) console.error('no keys')
  else console.log(table(rows))
}

const revoke: Command = async (_values, rest) => {
  const [id, ...more] = rest
  none(more)
  if (id === undefined) throw new UsageError('the id of the key is missing: `list` shows the ids')
  await withStore(async (store) => {
    if (await store.revokeApiKey(id, Date.now())) return
    const row = await store.findApiKey(id)
    throw new Refusal(row === undefined ? `there is no key ${id}` : `${id} is already revoked`)
  })
  console.error(`${id} is revoked`)
}

const commands: Record<string, Command> = { create, list, revoke }

const allowedOf: Record<string, string[]> = {
  create: ['organization', 'capabilities', 'label', 'expires'],
  list: ['organization', 'json'],
  revoke: [],
}

const withStore = async <T>(use: (store: Store) => Promise<T>): Promise<T> => {
  const { dataDir, storeDriver } = readConfig(process.env)
  chooseDriver(storeDriver)
  const store = await openSqliteStore({ file: join(dataDir, 'parley.db') })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

const missing = (option: string): never => {
  throw new UsageError(`${option} is missing`)
}

const none = ([first]: string[]) => {
  if (first !== undefined) throw new UsageError(`unexpected argument ${first}`)
}

const organizationOf = (text: string) => {
  if (text.trim() === '' || text.length > 255) throw new UsageError('--organization takes 1 to 255 characters')
  return text
}

const labelOf = (text: string | undefined) => {
  if (text !== undefined && (text.trim() === '' || text.length > 100))
    throw new UsageError('--label takes 1 to 100 characters')
  return text
}

const capabilitiesOf = (text: string): Capability[] => {
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !capabilities.some((capability) => capability === name))
  if (unknown !== undefined)
    throw new UsageError(`--capabilities takes ${capabilities.join(', ')}, not ${JSON.stringify(unknown)}`)
  return capabilities.filter((capability) => names.includes(capability))
}

const hours: Record<string, number> = { h: 1, d: 24, w: 7 * 24, y: 365 * 24 }

/** Milliseconds. */
const durationOf = (text: string) => {
  const [, count, unit = ''] = /^([1-9]\d{0,3})([hdwy])$/.exec(text) ?? []
  if (count === undefined) throw new UsageError(`--expires takes a time like 12h, 30d, 8w or 1y, not ${text}`)
  return Number(count) * (hours[unit] ?? 0) * 3_600_000
}

const shown = ({ secretHash: _secretHash, ...row }: ApiKeyRow) => row

const dateOf = (at: number | undefined) => (at === undefined ? '-' : new Date(at).toISOString().slice(0, 16))

const stateOf = ({ revokedAt, expiresAt }: ApiKeyRow) => {
  if (revokedAt !== undefined) return `revoked ${dateOf(revokedAt)}`
  if (expiresAt === undefined) return 'valid'
  return `${expiresAt <= Date.now() ? 'expired' : 'valid until'} ${dateOf(expiresAt)}`
}

const table = (rows: ApiKeyRow[]) => {
  const head = ['ID', 'ORGANIZATION', 'CAPABILITIES', 'STATE', 'LAST USED', 'LABEL']
  const lines = rows.map((row) => [
    row.id,
    row.organizationId,
    row.capabilities.join(','),
    stateOf(row),
    dateOf(row.lastUsedAt),
    row.label ?? '-',
  ])
  const all = [head, ...lines]
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)))
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof UsageError) {
    console.error(`keys: ${error.message}\n\n${usage}`)
    process.exitCode = 2
    return
  }
  const isExpected = [Refusal, ConfigError, StoreUnavailable].some((kind) => error instanceof kind)
  console.error(isExpected && error instanceof Error ? `keys: ${error.message}` : error)
  process.exitCode = 1
})
