/** `npm run backup`: copies the database next to the running server, and restores a copy. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigError, readConfig } from '../server/config.ts'
import { StoreUnavailable } from '../server/ports/store/errors.ts'
import { databaseFile } from '../server/start.ts'
import { claimDataDir } from '../server/store/claim.ts'
import { type Backup, BadCopy, backUp, FileExists, putBack } from '../server/store/sqlite/backup.ts'
import { chooseDriver } from '../server/store/sqlite/driver.ts'
import { openSqliteStore } from '../server/store/sqlite.ts'

const usage = `npm run backup -- FILE [--force]
npm run backup -- restore FILE
npm run backup -- accept

  FILE           copies the database in DATA_DIR (default ./data) to FILE, while the server runs, and checks the copy;
                 --force replaces an existing file
  restore FILE   replaces the database with a copy; the server must be stopped. The previous database is kept.
                 Chats and messages are served as they were. Sessions do not connect, because the credentials in a copy are
                 older than those that WhatsApp and the contacts know: pair them again (logout, then start)
  accept         confirms that the credentials in a restored copy are the newest, because the server was stopped before
                 the copy was made and has not run since; then start the sessions

The credentials in the copy are sealed. They can be read only with encryption.key of DATA_DIR, or ENCRYPTION_KEY: keep that
key in another place.`

/** The command is wrong: exit 2. */
class UsageError extends Error {}
/** The command is right, but cannot be carried out: exit 1. */
class Refusal extends Error {}

const main = async (args: string[]): Promise<void> => {
  const { values, positionals } = parse(args)
  if (values.help) return console.log(usage)
  const [first, second, ...rest] = positionals
  if (first === undefined) throw new UsageError('the file to write is missing')
  if (rest.length > 0 || (first !== 'restore' && second !== undefined))
    throw new UsageError(`unexpected argument ${rest[0] ?? second}`)
  if (values.force && ['restore', 'accept'].includes(first)) throw new UsageError(`${first} does not take --force`)
  const { dataDir, storeDriver } = readConfig(process.env)
  chooseDriver(storeDriver)
  if (first === 'accept') return accept(dataDir)
  if (first !== 'restore') return copy(dataDir, first, values.force)
  if (second === undefined) throw new UsageError('the file to restore is missing')
  return restore(dataDir, second)
}

const parse = (args: string[]) => {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { force: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

const copy = async (dataDir: string, to: string, force: boolean) => {
  const file = join(dataDir, databaseFile)
  const backup = await backUp({ file, to, force, now: Date.now() }).catch((error: unknown) => {
    if (error instanceof FileExists) throw new Refusal(`${to} exists; --force replaces it`)
    throw notFound(error, file)
  })
  console.log(`${file} is copied to ${to}: ${sizeOf(backup)}, checked.`)
}

const restore = async (dataDir: string, from: string) => {
  const release = await claimDataDir({
    dataDir,
    onWaiting: () => {
      throw new Refusal(`a gateway is using ${dataDir}: stop it first`)
    },
  })
  const file = join(dataDir, databaseFile)
  try {
    const { kept, ...restored } = await putBack({ file, from, now: Date.now() }).catch((error: unknown) => {
      if (error instanceof BadCopy) throw new Refusal(`${from} cannot be restored: ${error.message}`)
      throw notFound(error, from)
    })
    console.log(`${from} is restored as ${file}: ${sizeOf(restored)}, checked.`)
    if (kept !== undefined) console.log(`The previous database is kept as ${kept}.`)
    console.log('Sessions do not connect with credentials from a copy: pair them again (logout, then start).')
  } finally {
    await release()
  }
}

const accept = async (dataDir: string) => {
  const store = await openSqliteStore({ file: join(dataDir, databaseFile) })
  try {
    const count = await store.acceptRestored()
    console.log(
      count === 0
        ? 'No session has restored credentials. Start the server once before: it looks for them.'
        : `The credentials of ${count} ${count === 1 ? 'session' : 'sessions'} are accepted. Start the sessions.`,
    )
  } finally {
    await store.close()
  }
}

const sizeOf = ({ sessions, messages, bytes }: Backup) =>
  `${sessions} ${sessions === 1 ? 'session' : 'sessions'}, ${messages} ${messages === 1 ? 'message' : 'messages'}, ${(bytes / 1e6).toFixed(1)} MB`

const notFound = (error: unknown, file: string) =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT' ? new Refusal(`there is no ${file}`) : error

main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof UsageError) {
    console.error(`backup: ${error.message}\n\n${usage}`)
    process.exitCode = 2
    return
  }
  const isExpected =
    [Refusal, ConfigError, StoreUnavailable].some((kind) => error instanceof kind) ||
    (error instanceof Error && 'code' in error)
  console.error(isExpected && error instanceof Error ? `backup: ${error.message}` : error)
  process.exitCode = 1
})
