import { randomBytes } from 'node:crypto'
import { monotonicFactory } from 'ulid'
import type { StoredEvent } from '../../model/events.ts'
import type { Owned } from '../../model/owned.ts'
import { gatewayIdOf } from '../../model/session-object.ts'
import { type Fenced, StoreUnavailable } from '../../ports/store/errors.ts'
import type { SealedReader } from '../../ports/store/sealed.ts'
import type { Store } from '../../ports/store/store.ts'
import { randomNumber } from '../random.ts'
import type { Sealer } from '../seal.ts'
import { createApiKeys } from './api-keys.ts'
import { createAttachments } from './attachments.ts'
import { createCheck } from './check.ts'
import { type Connection, connect } from './connection.ts'
import { createCredentials } from './credentials.ts'
import { createDeliveries } from './deliveries.ts'
import { createDrafts } from './drafts.ts'
import { chosenDriver } from './driver.ts'
import { createEraser } from './eraser.ts'
import { createEventLog } from './event-log.ts'
import { openGeneration } from './generation.ts'
import { createGroups } from './groups.ts'
import { createIdempotency } from './idempotency.ts'
import { createIngest } from './ingest.ts'
import { createJournal } from './journal.ts'
import { migrate } from './migrate.ts'
import { createOutbox } from './outbox.ts'
import { createOutcomes } from './outcomes.ts'
import { createOutgoingReads } from './outgoing-reads.ts'
import { createOverdue } from './overdue.ts'
import { createOwners } from './owners.ts'
import { createPages } from './pages.ts'
import { createRaws } from './raws.ts'
import { createRemovals } from './removals.ts'
import { createRereads } from './rereads.ts'
import { createRestored } from './restored.ts'
import { createSessions } from './sessions.ts'
import { createStoreFacts } from './store-facts.ts'
import { createUploads } from './uploads.ts'
import { type Watched, watched } from './watched.ts'
import { createWebhooks } from './webhooks.ts'
import { createWriter, type Writer } from './writer.ts'

/** The store with plain data in and out everywhere, so that it can run in another thread. */
export interface Core extends Omit<Store, 'acquire'> {
  /** As in `Ownership`; `leases.ts` makes a lease of it. */
  acquire(sessionId: string): Promise<Owned | undefined>
}

export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface CoreOptions {
  /** Exists. */
  file: string
  sealer?: Sealer | undefined
  sealedReader?: SealedReader | undefined
  clock: () => number
  log?: Log | undefined
  generationFile?: string | undefined
  onEvents: (events: StoredEvent[]) => void
  /** Called before the write of an owner that was replaced is refused. */
  onRefused: (owned: Owned, error: Fenced) => void
  busyTimeoutMs: number
  /** Resolves when calls that have arrived are in the queue: awaited before each commit. Absent = they are, a moment later. */
  arrived?: (() => Promise<void>) | undefined
}

/** Statements of a driver that blocks run one after the other, whatever the number of connections. */
const readerCount = () => (chosenDriver().blocks ? 1 : 2)

/** How often the number is incremented: a copy that is older than this is recognized. */
const advanceMs = 60_000

// Damage in these tables would break every session, so they are checked at the start; chats are checked when they are read.
const vital = ['meta', 'sessions', 'creds', 'keys', 'api_keys']

/**
 * Opens the database in this thread.
 * @throws StoreUnavailable when the file is locked, damaged, from a newer version, or not accessible
 */
export async function openCore(options: CoreOptions): Promise<Core> {
  const { file, clock, log, busyTimeoutMs } = options
  const connections: Connection[] = []
  const close = async () => {
    for (const connection of connections.toReversed()) await connection.close()
  }
  try {
    const writing = watched(await connect(file))
    connections.push(writing)
    await writing.script(`
      PRAGMA busy_timeout = ${busyTimeoutMs};
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
      PRAGMA secure_delete = ON;
      PRAGMA cache_size = -32000;
      PRAGMA journal_size_limit = 67108864;
    `)
    const applied = await migrate(writing, clock())
    if (applied.length > 0) log?.info({ applied }, 'the database schema is up to date')
    for (const table of vital) await assertSound(writing, table)
    // A test write, so that the operator learns of a read-only file now and not with the first message. A full disk is no error here.
    await writing.script('UPDATE meta SET value = value WHERE false')

    const readers: Watched[] = []
    for (let n = 0; n < readerCount(); n += 1) {
      const reading = watched(await connect(file, { readOnly: true }))
      connections.push(reading)
      readers.push(reading)
      await reading.script(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA cache_size = -16000;`)
    }
    return await compose(options, writing, readers, close)
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
}

async function assertSound(db: Connection, table: string): Promise<void> {
  const rows = await db.all<{ quick_check: string }>(`PRAGMA quick_check('${table}')`)
  // Some findings have two lines: the database, and what is wrong in it.
  const finding = rows[0]?.quick_check.replaceAll(/\s+/g, ' ')
  if (finding !== 'ok') {
    throw new StoreUnavailable(
      `the database file is damaged (${table}: ${finding}): restore it from a backup, it is never rebuilt by itself`,
    )
  }
}

async function compose(
  options: CoreOptions,
  writing: Watched,
  readers: Watched[],
  close: () => Promise<void>,
): Promise<Core> {
  const { sealer, sealedReader, clock, log, generationFile, onEvents, onRefused, busyTimeoutMs, arrived } = options
  const secret = await secretIn(writing)
  const told = (events: StoredEvent[]) => {
    try {
      onEvents(events)
    } catch (error) {
      log?.warn({ err: error }, 'a listener failed after a commit; the data is stored')
    }
  }
  const writer = createWriter(writing, { onEvents: told, arrived })
  const reader = () => readers.reduce((free, other) => (other.load < free.load ? other : free))
  const nextUlid = monotonicFactory(randomNumber)
  const { findRaw, ...raws } = createRaws(reader, sealer)
  const { fence, ...ownership } = createOwners(writer, onRefused)
  const newId = (now: number) => `msg_${nextUlid(now)}`
  const storeFacts = createStoreFacts({ fence, raws, sealer, newId })
  const outbox = {
    ...createOutbox({ reader, writer, fence, storeFacts, sealer, newId }),
    ...createOutgoingReads({ reader, findRaw, sealer }),
  }
  const sessions = createSessions(reader, writer, fence, gatewayIdOf(secret))
  const { finishRemovals, ...removals } = createRemovals(reader, writer)
  const eraser = createEraser({ writing, reader, writer, busyTimeoutMs, log })
  let closing: Promise<void> | undefined
  const stopAdvancing =
    generationFile === undefined ? () => {} : await keepGeneration(writing, writer, generationFile, clock(), log)

  // Not awaited: the store can be used meanwhile.
  finishRemovals().catch((error: unknown) =>
    log?.warn({ err: error }, 'rows of deleted sessions could not be removed yet'),
  )

  return {
    ...sessions,
    ...removals,
    ...ownership,
    ...createCredentials(reader, writer, fence),
    ...createJournal(reader, writer, fence),
    ...createRestored(reader, writer),
    ...createApiKeys(reader, writer),
    ...createIngest({
      writer,
      fence,
      raws,
      outcomes: createOutcomes({ storeFacts, drafts: createDrafts(sealer) }),
      sealer,
      sealedReader,
      newId,
    }),
    ...outbox,
    ...createOverdue({ writer, storeFacts }),
    ...createRereads({ reader, writer, storeFacts }),
    ...createEventLog(reader, writer),
    ...createIdempotency(reader, writer, sealer),
    ...createWebhooks(reader, writer, sealer),
    ...createDeliveries(reader, writer, sealer),
    ...createGroups(reader, writer, fence),
    ...createPages(reader, writer),
    ...createUploads(reader, writer, sealer),
    ...createAttachments(reader),
    findRaw,

    secret: async () => secret,

    check: createCheck({ writing, writer, readers, clock }),
    writesWaiting: writer.waiting,

    close() {
      stopAdvancing()
      closing ??= writer
        .close()
        .then(() => eraser.close())
        .then(close)
      return closing
    },
  }
}

/** The store's secret, created at the first start. */
async function secretIn(db: Connection): Promise<Buffer> {
  const select = "SELECT value FROM meta WHERE name = 'secret'"
  const [known] = await db.all<{ value: Buffer }>(select)
  if (known) return known.value
  await db.all("INSERT INTO meta (name, value) VALUES ('secret', ?) ON CONFLICT DO NOTHING", randomBytes(32))
  const [row] = await db.all<{ value: Buffer }>(select)
  if (!row) throw new StoreUnavailable('the database has lost its secret')
  return row.value
}

/** @returns a function that stops it */
async function keepGeneration(
  db: Connection,
  writer: Writer,
  file: string,
  now: number,
  log: Log | undefined,
): Promise<() => void> {
  const { generation, marked } = await openGeneration({ db, writer, file, now })
  if (marked > 0) {
    log?.warn({ sessions: marked }, 'the database is an older copy: its sessions must be paired again, or accepted')
  }
  const advance = () =>
    generation.advance().catch((error: unknown) => log?.warn({ err: error }, 'the generation could not be written'))
  // A failed write is repeated in a minute; no single one matters.
  await advance()
  const timer = setInterval(advance, advanceMs)
  timer.unref()
  return () => clearInterval(timer)
}
