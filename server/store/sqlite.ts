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
import { createWriter, type Writer } from './sqlite/writer.ts'

export interface SqliteOptions {
  /** Path of the database file; it and its folder are made, for this user alone, when they are not there. */
  file: string
  /** Seals the protobufs of messages; absent where no messages are stored, or theirs need not be kept. */
  sealer?: Sealer
  /** Opens what is sealed under messages; absent = it waits for a process that has one. */
  sealedReader?: SealedReader
  /** Epoch milliseconds. */
  clock?: () => number
  log?: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  /**
   * Where the newest state of the credentials is noted, beside the database: for the process that uses them, and for no other.
   * Credentials that turn out to be older than that are marked: see `Store.restoredAt`.
   */
  generationFile?: string
  /** Called after each commit with the events in it. They are read from the log: this says that there are some. What it throws is logged. */
  onEvents?: (events: StoredEvent[]) => void
  /** How long a call waits for another process's lock before it gives up. */
  busyTimeoutMs?: number
}

const readerCount = 2

/** How old a copy may be before it is told apart from the newest state. */
const advanceMs = 60_000

// Wrong bytes in these would break every session; chats are looked at when they are read.
const vital = ['meta', 'sessions', 'creds', 'keys', 'api_keys']

/**
 * The stored copy in one SQLite file.
 * @throws StoreUnavailable when the file is locked, damaged, of a newer version, or not ours to use
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
    const writing = await connect(file)
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
    // Of a file that can only be read the operator hears now, not from the first message. Changes nothing, on a full disk too.
    await writing.script('UPDATE meta SET value = value WHERE false')

    const readers: Connection[] = []
    for (let n = 0; n < readerCount; n += 1) {
      const reading = await connect(file, { readOnly: true })
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

/** Makes the file before the database does, so that nobody else can read it for a moment; its WAL gets the same mode. */
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
  // Some findings have a line for the database and one for what is wrong in it.
  const finding = rows[0]?.quick_check.replaceAll(/\s+/g, ' ')
  if (finding !== 'ok') {
    throw new StoreUnavailable(
      `the database file is damaged (${table}: ${finding}): restore it from a backup, it is never rebuilt by itself`,
    )
  }
}

interface Parts {
  writing: Connection
  readers: Connection[]
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
  const upsertHeartbeat = `
    INSERT INTO meta (name, value) VALUES ('heartbeat', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`

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

  // Not awaited: the store serves meanwhile.
  finishRemovals().catch((error: unknown) => log?.warn({ err: error }, 'removed sessions still take up space'))

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

    async check() {
      await writer.write((db) => db.all(upsertHeartbeat, clock()))
      await Promise.all(readers.map((connection) => connection.all('SELECT 1')))
    },

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

/** The store's secret: made at its first start, and kept. */
async function secretIn(db: Connection): Promise<Buffer> {
  const select = "SELECT value FROM meta WHERE name = 'secret'"
  const [known] = await db.all<{ value: Buffer }>(select)
  if (known) return known.value
  await db.all("INSERT INTO meta (name, value) VALUES ('secret', ?) ON CONFLICT DO NOTHING", randomBytes(32))
  const [row] = await db.all<{ value: Buffer }>(select)
  if (!row) throw new StoreUnavailable('the database has lost its secret')
  return row.value
}

/** @returns a function that ends it */
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
  // What can't be written now is written in a minute; nothing depends on a single one.
  await advance()
  const timer = setInterval(advance, advanceMs)
  timer.unref()
  return () => clearInterval(timer)
}
