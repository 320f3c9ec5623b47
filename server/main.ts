/** `npm start`: the gateway for real use. */
import { flushCompileCache } from 'node:module'
import type { Logger } from 'pino'
import { ConfigError, readConfig, strangeNames } from './config.ts'
import { help } from './help.ts'
import { createLog } from './process/log.ts'
import { watchMemory } from './process/memory-ends.ts'
import { createUncaught } from './process/uncaught.ts'
import { type Guarded, type Running, startGateway } from './start.ts'

/** A stop that takes longer than this is considered hung. */
const stopMs = 9_000

const main = async () => {
  const [option] = process.argv.slice(2)
  if (option === '--help' || option === '-h') {
    process.stdout.write(help())
    return
  }
  if (option !== undefined) throw new ConfigError(`unknown option ${option}: npm start -- --help lists the settings`)
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  for (const name of strangeNames(process.env))
    log.warn({ name }, 'unknown setting; npm start -- --help lists them all')
  const running = await startGateway(config, log, {
    beforeSessions: (parts) => {
      guard(log, parts)
      watchMemory(config.dataDir)
    },
  })
  // Before it prints that it is ready: the reader of that line may send a signal at once.
  stopOnSignals(running, log)
  const root = new URL(running.url).origin
  process.stdout.write(`Parley is listening.

  API        ${running.url}
  reference  ${root}/docs
  contract   ${running.url}/openapi.json
  health     ${root}/readyz

  first key  npm run keys -- create --organization my-org --capabilities read,send,manage,events
`)
  // Node keeps what it compiled at the end of a process. One that is killed has no such end, and its next start would be slow.
  flushCompileCache()
}

/**
 * An uncaught error of the library concerns one session, most often one of its stanzas. Without these handlers it would end the
 * process and all sessions.
 */
const guard = (log: Logger, { metrics, ends }: Guarded) => {
  const onLost = () => {
    ends.note()
    process.exit(1)
  }
  const uncaught = createUncaught({ log, onUnreadable: metrics.unreadable, onLost })
  process.on('uncaughtException', uncaught.exception)
  process.on('unhandledRejection', uncaught.rejection)
}

const stopOnSignals = (running: Running, log: Logger) => {
  let stopping = false
  const stop = async () => {
    // A second signal ends the process at once.
    if (stopping) process.exit(1)
    stopping = true
    setTimeout(() => process.exit(1), stopMs).unref()
    try {
      await running.close()
      process.exit(0)
    } catch (error) {
      log.fatal({ err: error }, 'the gateway ends, but not everything could be closed')
      process.exit(1)
    }
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop())
}

main().catch((error: unknown) => {
  const known = error instanceof ConfigError || (error instanceof Error && 'code' in error) || isNamed(error)
  const [line] = known && error instanceof Error ? error.message.split('\n') : [stackOf(error)]
  process.stderr.write(`parley: ${line}\n`)
  process.exit(1)
})

const isNamed = (error: unknown) => error instanceof Error && error.name !== 'Error' && error.name !== 'TypeError'

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))
