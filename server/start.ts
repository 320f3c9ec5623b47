/** Starts a gateway from a configuration. Only this file knows every adapter. */
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createApiKeys } from './auth/api-key.ts'
import { createAuthenticate } from './auth/bearer.ts'
import { createLoginTokens } from './auth/login-token.ts'
import type { Config } from './config.ts'
import { createNews, type News } from './events/news.ts'
import { withPassing } from './events/passing.ts'
import { createReaders } from './events/readers.ts'
import { createGateway } from './gateway.ts'
import { createIntake } from './intake/intake.ts'
import { createBuckets } from './limits/buckets.ts'
import { createLimits, type Limits } from './limits/limits.ts'
import type { Pace } from './limits/pace.ts'
import { createLeftovers, type Leftovers } from './media/leftovers.ts'
import { openMediaFiles } from './media/media-files.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { StoredEvent } from './model/events.ts'
import { gatewayIdOf } from './model/session-object.ts'
import { createTurns } from './model/turns.ts'
import { createOutbound } from './outbound/outbound.ts'
import type { MediaStore } from './ports/media.ts'
import { keptForMs } from './ports/store/idempotency.ts'
import type { Store } from './ports/store/store.ts'
import { createDisposables, type Disposables } from './process/disposables.ts'
import { type Ends, openEnds } from './process/ends.ts'
import { createLog } from './process/log.ts'
import { keepPurging, type Purge } from './process/purge.ts'
import { createReread } from './process/reread.ts'
import { traced } from './process/trace.ts'
import { listening, usableFolder } from './process/usable.ts'
import { createSupervisor, type Supervisor } from './sessions/supervisor.ts'
import { watchStalls } from './stall-watch.ts'
import { claimDataDir, lockFile } from './store/claim.ts'
import { watchStore } from './store/health.ts'
import { inPlace } from './store/in-place.ts'
import { loadEncryptionKey } from './store/key-file.ts'
import { createSealer } from './store/seal.ts'
import { chooseDriver } from './store/sqlite/driver.ts'
import { holdsCredentials } from './store/sqlite/holds-credentials.ts'
import { openSqliteStore } from './store/sqlite.ts'
import { createUploads, type Uploads } from './uploads/uploads.ts'
import { createDeliverer } from './webhooks/deliverer.ts'
import { createSendEvent } from './webhooks/send.ts'
import {
  createBaileysWhatsApp,
  createLibraryReader,
  createMediaReader,
  createMessageReader,
} from './whatsapp/baileys.ts'

/** A gateway that listens. */
export interface Running {
  /** Base URL with the prefix, such as `http://127.0.0.1:3000/api/v1`. */
  url: string
  store: Store
  media: MediaStore
  supervisor: Supervisor
  /**
   * Stops accepting requests, finishes those in progress, then closes sessions, store and the rest. Idempotent.
   * @throws the error of what could not be closed; the rest is closed nevertheless
   */
  close(): Promise<void>
}

/** What the process's error handlers need. */
export interface Guarded {
  metrics: Pick<Metrics, 'unreadable'>
  ends: Pick<Ends, 'note'>
}

const dayMs = 86_400_000

/** The database's file name inside `DATA_DIR`. */
export const databaseFile = 'parley.db'
/** The file that tells which state of the database is the newest: see `store/sqlite/generation.ts`. */
export const generationFile = 'parley.generation'

/** The folder of the stored attachments inside `DATA_DIR`. */
export const mediaFolder = 'media'
/** How late the end of a restriction is told, for example. */
const soonMs = 10_000
/** Attachments of live messages that are fetched at a time, of all sessions. */
const eagerAtATime = 4

/** What `main.ts`, tests and the sandbox add to the configuration. */
export interface StartOptions {
  /** Called before the first session connects. */
  beforeSessions?: (parts: Guarded) => void
  /** Default: those of the configuration. */
  limits?: Limits
  /** The counters of the limits. */
  pace?: Pace
}

/**
 * Opens everything, listens, and reconnects the sessions that were connected. If a step fails, closes what was opened.
 * @throws CanNotStart, ConfigError, StoreUnavailable: with one line for the operator
 */
export const startGateway = async (
  config: Config,
  log: Logger = createLog(config.logLevel),
  options: StartOptions = {},
): Promise<Running> => {
  const opened = createDisposables()
  try {
    return await open(config, log, options, opened)
  } catch (error) {
    await opened.close().catch((err: unknown) => log.error({ err }, 'not everything that was opened could be closed'))
    throw error
  }
}

const open = async (config: Config, log: Logger, options: StartOptions, opened: Disposables): Promise<Running> => {
  const clock = Date.now
  const { limits = createLimits(config.limits), beforeSessions } = options
  const news = createNews()
  const readers = createReaders(limits)
  const { pace = createBuckets({ clock: () => performance.now() }) } = options
  const { store, sealer, health } = await openStore({
    config,
    clock,
    log,
    opened,
    onEvents: (events) => {
      metrics.told(events)
      news.told(events)
    },
  })
  opened.defer(watchStalls(log))
  const { media, leftovers } = await openMedia({ config, store, log, opened })
  const reader = createMediaReader()
  const uploads = createUploads({ store, media, clock, maxBytesOf: limits.uploadBytesOf })
  await uploads.sweep()
  // What was missed before anything is sent, each webhook is told of when its sending begins.
  let tellMissed: (webhookId: string) => void = () => {}
  keepTidy({ config, store, uploads, leftovers, onMissed: (id) => tellMissed(id), clock, log, opened })
  const ends = openEnds({ dataDir: config.dataDir, clock, log })
  const metrics = createMetrics({
    sessions: () => supervisor.census(),
    store: () => health.reason,
    writes: store.writesWaiting,
    readers: readers.count,
    outgoing: store.countOutgoing,
    clock,
    backlogMs: () => deliverer.backlogMs(),
  })
  const baileys = createBaileysWhatsApp({
    store,
    sealer,
    clock,
    log,
    onSpoofed: metrics.spoofed,
    onUnreadable: metrics.unreadable,
    onWork: ends.atWork,
    ...config.whatsapp,
  })
  opened.defer(baileys.close)
  const whatsapp = withPassing(traced(baileys), { pass: news.passing, clock })
  const supervisor = await createSupervisor({
    store,
    whatsapp,
    files: uploads,
    clock,
    log,
    intake: createIntake({
      store,
      clock,
      log,
      onCommitted: ({ owned, facts, ingested }) => {
        metrics.ingested(ingested.messages)
        leftovers.heard(owned.sessionId, facts)
      },
    }),
    onLogin: metrics.login,
    storeWritable: health.writable,
    leftOut: ends,
    maxSessions: limits.sessionsOf,
    media: {
      media,
      reader,
      eagerMaxBytes: config.media.eagerMaxBytes,
      eagerTurns: createTurns(eagerAtATime),
      onFetched: metrics.downloaded,
      onFailed: metrics.notDownloaded,
    },
  })
  opened.defer(supervisor.close)
  const { outbound, deliverer, sendEvent } = openDeliverer({ config, store, news, metrics, clock, log, opened })
  const gateway = await createGateway({
    store,
    supervisor,
    news,
    readers,
    authenticate: createAuthenticate({
      apiKeys: createApiKeys({ store, clock, log }),
      ...(config.login && { loginTokens: createLoginTokens({ ...config.login, clock, log }) }),
    }),
    metrics,
    media,
    attachments: reader,
    uploads,
    outbound,
    deliverer,
    sendEvent,
    maxFileBytes: config.media.maxBytes,
    notReady: health.check,
    clock,
    log,
    gatewayId: gatewayIdOf(await store.secret()),
    corsOrigins: config.corsOrigins,
    trustedProxies: config.trustedProxies,
    limits,
    pace,
  })
  opened.defer(gateway.close)
  beforeSessions?.({ metrics, ends })
  const url = await listening(gateway.listen, config.port, config.host)
  supervisor.resume()
  tellMissed = deliverer.changed
  await deliverer.start()
  opened.defer(ends.onBack(supervisor.takeBack))
  return { url, store, media, supervisor, close: opened.close }
}

interface OpenMedia {
  config: Config
  store: Store
  log: Logger
  opened: Disposables
}

/** After the data folder was claimed: only one process may write it. */
const openMedia = async ({ config, store, log, opened }: OpenMedia) => {
  const media = await openMediaFiles({
    folder: join(config.dataDir, mediaFolder),
    maxBytesPerSession: config.media.quotaBytes,
  })
  const leftovers = createLeftovers({
    media,
    store,
    onFailed: (error) => log.warn({ err: error }, 'attachments of deleted messages could not be deleted yet'),
  })
  opened.defer(leftovers.close)
  return { media, leftovers }
}

interface TidyParts {
  config: Config
  store: Store
  uploads: Uploads
  leftovers: Leftovers
  /** Called with a webhook whose events were removed before they were delivered. */
  onMissed: (webhookId: string) => void
  clock: () => number
  log: Logger
  opened: Disposables
}

/** What the process does from time to time: purges what has expired, and what is due sooner. */
const keepTidy = ({ config, store, uploads, leftovers, onMissed, clock, log, opened }: TidyParts) => {
  const purges: Purge[] = [
    (limit) => store.purgeKeptAnswers(clock(), limit),
    (limit) => store.failOverdue(clock(), limit),
    (limit) => store.purgeOutgoing(clock() - keptForMs, limit),
    (limit) => store.purgeJournal(clock(), limit),
    (limit) => uploads.purge(clock(), limit),
    async (limit) => {
      const { removed, missedBy } = await store.purgeEvents(clock() - config.eventRetentionDays * dayMs, limit)
      missedBy.forEach(onMissed)
      return removed
    },
    (limit) => store.purgeDeliveries(limit),
    () => leftovers.sweepAll().then(() => 0),
  ]
  opened.defer(keepPurging(purges, { log }))
  const soon: Purge[] = [
    (limit) => store.endRestrictions(clock(), limit),
    createReread({ store, reader: createMessageReader(), clock }),
  ]
  opened.defer(keepPurging(soon, { log, everyMs: soonMs }))
}

interface OpenDeliverer extends OpenMedia {
  news: News
  metrics: Metrics
  clock: () => number
}

/** Sends nothing before it is started. */
const openDeliverer = ({ config, store, news, metrics, clock, log, opened }: OpenDeliverer) => {
  const outbound = createOutbound({ allowed: config.outboundAllowPrivate })
  opened.defer(async () => outbound.close())
  const sendEvent = createSendEvent({ outbound, clock })
  const deliverer = createDeliverer({ store, news, send: sendEvent, clock, onAttempt: metrics.attempted, log })
  opened.defer(deliverer.close)
  return { outbound, deliverer, sendEvent }
}

interface StoreParts {
  config: Config
  clock: () => number
  log: Logger
  opened: Disposables
  onEvents: (events: StoredEvent[]) => void
}

/** Claims the data folder for this process, and opens the database in it. */
const openStore = async ({ config, clock, log, opened, onEvents }: StoreParts) => {
  const { dataDir } = config
  chooseDriver(config.storeDriver)
  await usableFolder(dataDir)
  const key = await loadEncryptionKey({
    dataDir,
    isInUse: () => holdsCredentials(join(dataDir, databaseFile)),
    ...(config.encryptionKey !== undefined && { fromEnv: config.encryptionKey }),
  })
  const onWaiting = () => log.warn('another gateway is using this DATA_DIR; waiting for it to end')
  opened.defer(await claimDataDir({ dataDir, onWaiting }))
  const sealer = createSealer(key)
  const store = await openSqliteStore({
    sealer,
    sealedReader: createLibraryReader(clock),
    file: join(dataDir, databaseFile),
    generationFile: join(dataDir, generationFile),
    clock,
    log,
    onEvents,
  })
  opened.defer(store.close)
  const isInPlace = await inPlace([databaseFile, lockFile].map((name) => join(dataDir, name)))
  const check = (onProgress?: () => void) => isInPlace().then(() => store.check(onProgress))
  const health = watchStore({ store: { check }, log })
  opened.defer(health.close)
  return { store, sealer, health }
}
