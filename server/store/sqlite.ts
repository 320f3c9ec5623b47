import { chmod, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { StoredEvent } from '../model/events.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import type { SealedReader } from '../ports/store/sealed.ts'
import type { Store } from '../ports/store/store.ts'
import type { Sealer } from './seal.ts'
import { openCore } from './sqlite/core.ts'
import { chosenDriver } from './sqlite/driver.ts'
import { createLeases } from './sqlite/leases.ts'
import { openThread } from './sqlite/thread/client.ts'
import { seldom } from './sqlite/touches.ts'

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

/**
 * The stored copy in one SQLite file, by the driver of this process: see `driver.ts`.
 * @throws StoreUnavailable when the file is locked, damaged, from a newer version, or not accessible
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  await createFile(options.file)
  const leases = createLeases()
  const { clock = Date.now, onEvents = () => {}, busyTimeoutMs = 5000 } = options
  const openOne = chosenDriver().blocks ? openThread : openCore
  const core = await openOne({ ...options, clock, onEvents, busyTimeoutMs, onRefused: leases.refused })
  return {
    ...core,
    touchApiKey: seldom(core.touchApiKey),
    async acquire(sessionId) {
      const owned = await core.acquire(sessionId)
      return owned && leases.grant(owned)
    },
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
