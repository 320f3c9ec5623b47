import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { monotonicFactory } from 'ulid'
import type { StoredEvent } from '../model/events.ts'
import { gatewayIdOf } from '../model/session-object.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import type { SealedReader } from '../ports/store/sealed.ts'
import type { Store } from '../ports/store/store.ts'
import type { Sealer } from './seal.ts'
import { createApiKeys } from './sqlite/api-keys.ts'
import { createCheck } from './sqlite/check.ts'
import { type Connection, connect } from './sqlite/connection.ts'
import { createCredentials } from './sqlite/credentials.ts'
import { createEraser } from './sqlite/eraser.ts'
import { createEventLog } from './sqlite/event-log.ts'
import { openGeneration } from './sqlite/generation.ts'
import { createGroups } from './sqlite/groups.ts'
import { createIdempotency } from './sqlite/idempotency.ts'
import { createIngest } from './sqlite/ingest.ts'
import { createJournal } from './sqlite/journal.ts'
import { migrate } from './sqlite/migrate.ts'
import { createOwners } from './sqlite/owners.ts'
import { createPages } from './sqlite/pages.ts'
import { createRaws } from './sqlite/raws.ts'
import { createRemovals } from './sqlite/removals.ts'
import { createRestored } from './sqlite/restored.ts'
import { createSessions } from './sqlite/sessions.ts'
import { type Watched, watched } from './sqlite/watched.ts'
import { createWriter, type Writer } from './sqlite/writer.ts'

export interface SqliteOptions {
  /** Path of the database file; it and its folder are created, for this user only, if missing. */
  file: string
  /** Seals the protobufs of messages; absent = they are not stored. */
  sealer?: Sealer
  /** Decrypts content with the secrets of messages; absent = such content waits for a process that has a reader. */
  sealedReader?: SealedReader
  /** Epoch milliseconds. */
  clock?: () => number
  log?: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  /**
   * The file next to the database that notes the newest state of the credentials; only for the process that uses them. Credentials
   * that are older than it are marked: see `Store.restoredAt`.
   */
  generationFile?: string
  /** Called after each commit with its events: a wake-up for readers, which read the log. What it throws is logged. */
  onEvents?: (events: StoredEvent[]) => void
  /** How long a call waits for another process's lock. */
  busyTimeoutMs?: number
}

const readerCount = 2

/** How often the number is incremented: a copy that is older than this is recognized. */
const advanceMs = 60_000

// Damage in these tables would break every session, so they are checked at the start; chats are checked when they are read.
const vital = ['meta', 'sessions', 'creds', 'keys', 'api_keys']

/**
 * The stored copy in one SQLite file.
 * @throws StoreUnavailable when the file is locked, damaged, from a newer version, or not accessible
 */
export async function openSqliteStore({
  file,
  sealer,
  sealedReader,
  clock = Date.now,
  log,
  generationFile,
  onEvents = () => {},
  busyTimeoutMs = 5000,
}: SqliteOptions): Promise<Store> {
  await createFile(file)
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
    for (let n = 0; n < readerCount; n += 1) {
      const reading = watched(await connect(file, { readOnly: true }))
      connections.push(reading)
      readers.push(reading)
      await reading.script(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA cache_size = -16000;`)
    }
    return await compose({
      writing,
      readers,
      sealer,
      sealedReader,
      clock,
      close,
      log,
      generationFile,
      onEvents,
      busyTimeoutMs,
    })
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
}

/** Creates the file before SQLite does, so that other users can never read it; the WAL gets the same mode. */
async function createFile(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await (await open(file, 'a', 0o600)).close()
    await chmod(file, 0o600)
  } catch (error) {
    throw new StoreUnavailable(`the database file ${file} cannot be opened`, { cause: error })
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

interface Parts {
  writing: Watched
  readers: Watched[]
  sealer: Sealer | undefined
  sealedReader: SealedReader | undefined
  clock: () => number
  close: () => Promise<void>
  log: SqliteOptions['log']
  generationFile: string | undefined
  onEvents: (events: StoredEvent[]) => void
  busyTimeoutMs: number
}

async function compose(parts: Parts): Promise<Store> {
  const { writing, readers, sealer, sealedReader, clock, close, log, generationFile, onEvents, busyTimeoutMs } = parts
  const secret = await secretIn(writing)
  const writer = createWriter(writing, (events) => {
    try {
      onEvents(events)
    } catch (error) {
      log?.warn({ err: error }, 'a listener failed after a commit; the data is stored')
    }
  })
  const reader = () => readers.reduce((free, other) => (other.load < free.load ? other : free))
  const nextUlid = monotonicFactory()
  const { findRaw, ...raws } = createRaws(reader, sealer)
  const { fence, ...ownership } = createOwners(writer)
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
    ...createIngest({ writer, fence, raws, sealer, sealedReader, newId: (now) => `msg_${nextUlid(now)}` }),
    ...createEventLog(reader, writer),
    ...createIdempotency(reader, writer),
    ...createGroups(reader, writer, fence),
    ...createPages(reader, writer),
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
  log: SqliteOptions['log'],
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
