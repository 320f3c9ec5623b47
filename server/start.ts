/** From a configuration to a running gateway: the one place that knows every adapter. `main.ts` and scripts call it. */
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import { createApiKeys } from './auth/api-key.ts'
import { createAuthenticate } from './auth/bearer.ts'
import { createLoginTokens } from './auth/login-token.ts'
import type { Config } from './config.ts'
import { createGateway, type Gateway } from './gateway.ts'
import { createLimits, type Limits } from './limits/limits.ts'
import type { Pace } from './limits/pace.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { Store } from './ports/store/store.ts'
import { type Ends, openEnds } from './process/ends.ts'
import { traced } from './process/trace.ts'
import { listening, usableFolder } from './process/usable.ts'
import { createSupervisor, type Supervisor } from './sessions/supervisor.ts'
import { watchStalls } from './stall-watch.ts'
import { claimDataDir, lockFile } from './store/claim.ts'
import { watchStore } from './store/health.ts'
import { inPlace } from './store/in-place.ts'
import { loadEncryptionKey } from './store/key-file.ts'
import { createSealer } from './store/seal.ts'
import { holdsCredentials } from './store/sqlite/holds-credentials.ts'
import { openSqliteStore } from './store/sqlite.ts'
import { createBaileysWhatsApp, createLibraryReader } from './whatsapp/baileys.ts'

export interface Running extends Gateway {
  /** Base URL with the prefix. */
  url: string
  store: Store
  supervisor: Supervisor
}

/** What the process's own handlers of errors work with. */
export interface Guarded {
  metrics: Pick<Metrics, 'unreadable'>
  ends: Pick<Ends, 'note'>
}

/** The database's file name inside `DATA_DIR`. */
export const databaseFile = 'parley.db'
/** Says which state of the database is the newest: see `store/sqlite/generation.ts`. */
export const generationFile = 'parley.generation'

/** Never printed: tokens, keys, phone numbers, message text. A canary test reads the whole log for them. */
export const createLog = (level: string): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, logDestination())

/** What can't be written yet, of a disk that is full or a reader that is slow; more is dropped. */
const mostUnwritten = 1024 * 1024

/**
 * Standard error. It may be a file on a disk that is full: unheard, that error would end the process, and to wait for the last
 * lines, as pino does at the end, would never end.
 */
const logDestination = () => {
  const destination = pino.destination({ fd: 2, sync: false, maxLength: mostUnwritten })
  const flush = destination.flushSync.bind(destination)
  let isFailing = false
  destination.on('error', () => {
    isFailing = true
  })
  destination.on('write', () => {
    isFailing = false
  })
  destination.flushSync = () => {
    if (!isFailing) flush()
  }
  return destination
}

/** What main.ts, a test or the sandbox adds to the configuration. */
export interface StartOptions {
  /** Called before the first session connects. */
  beforeSessions?: (parts: Guarded) => void
  /** Default: those of the configuration. */
  limits?: Limits
  /** Counts what is limited. */
  pace?: Pace
}

/** Opens everything, listens, and brings the sessions back that were working. What was opened is closed when a step fails. */
export const startGateway = async (
  config: Config,
  log: Logger = createLog(config.logLevel),
  options: StartOptions = {},
): Promise<Running> => {
  const clock = Date.now
  const { limits = createLimits(config.limits), pace, beforeSessions } = options
  await usableFolder(config.dataDir)
  const key = await loadEncryptionKey({
    dataDir: config.dataDir,
    isInUse: () => holdsCredentials(join(config.dataDir, databaseFile)),
    ...(config.encryptionKey !== undefined && { fromEnv: config.encryptionKey }),
  })
  const release = await claimDataDir({
    dataDir: config.dataDir,
    onWaiting: () => log.warn('another gateway works with this DATA_DIR; waiting for it to end'),
  })
  const closers: (() => unknown)[] = [release]
  try {
    const sealer = createSealer(key)
    const store = await openSqliteStore({
      sealer,
      sealedReader: createLibraryReader(clock),
      file: join(config.dataDir, databaseFile),
      generationFile: join(config.dataDir, generationFile),
      clock,
      log,
    })
    closers.push(() => store.close())
    closers.push(watchStalls(log))
    const isInPlace = await inPlace([databaseFile, lockFile].map((name) => join(config.dataDir, name)))
    const check = () => isInPlace().then(store.check)
    const health = watchStore({ store: { check }, log })
    closers.push(() => health.close())
    const ends = openEnds({ dataDir: config.dataDir, clock, log })
    const metrics = createMetrics({ sessions: () => supervisor.census(), store: () => health.reason })
    const whatsapp = traced(
      createBaileysWhatsApp({
        store,
        sealer,
        clock,
        log,
        onSpoofed: metrics.spoofed,
        onUnreadable: metrics.unreadable,
        onWork: ends.atWork,
        ...config.whatsapp,
      }),
    )
    const supervisor = await createSupervisor({
      store,
      whatsapp,
      clock,
      log,
      onIngested: metrics.ingested,
      onLogin: metrics.login,
      storeWritable: health.writable,
      leftOut: ends,
      maxSessions: limits.sessionsOf,
    })
    const authenticate = createAuthenticate({
      apiKeys: createApiKeys({ store, clock, log }),
      ...(config.login && { loginTokens: createLoginTokens({ ...config.login, clock, log }) }),
    })
    const gateway = await createGateway({
      store,
      supervisor,
      authenticate,
      metrics,
      health,
      clock,
      log,
      gatewayId: gatewayIdOf(await store.secret()),
      corsOrigins: config.corsOrigins,
      trustedProxies: config.trustedProxies,
      limits,
      ...(pace && { pace }),
    })
    beforeSessions?.({ metrics, ends })
    const url = await listening(gateway.listen, config.port, config.host)
    supervisor.resume()
    closers.push(ends.onBack(supervisor.takeBack))
    const close = async () => {
      await gateway.close()
      for (const end of closers.reverse()) await end()
    }
    let closing: Promise<void> | undefined
    return {
      ...gateway,
      close: () => {
        closing ??= close()
        return closing
      },
      url,
      store,
      supervisor,
    }
  } catch (error) {
    for (const end of closers.reverse()) await end()
    throw error
  }
}

/** The same forever on one database, and nothing can be learned from it. */
const gatewayIdOf = (secret: Buffer) =>
  `gw_${createHmac('sha256', secret).update('gateway id').digest('hex').slice(0, 16)}`
