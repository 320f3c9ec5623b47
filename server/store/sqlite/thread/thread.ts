import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { StoredEvent } from '../../../model/events.ts'
import type { Owned } from '../../../model/owned.ts'
import { Fenced, SessionGone, StoreUnavailable } from '../../../ports/store/errors.ts'
import type { SealedReader } from '../../../ports/store/sealed.ts'
import type { CoreOptions, Log } from '../core.ts'
import { type Channel, type Handlers, openChannel } from './channel.ts'
import type { ThreadData } from './worker.ts'

/** The thread that writes. When it ends by itself, it is started again. */
export interface Thread {
  /** @throws StoreUnavailable while there is no thread. A call under way when it ends may have been carried out */
  call: Channel['call']
  /** As `Store.check`. */
  check(onProgress: () => void): Promise<void>
  /** Waits until calls under way are carried out. Idempotent. */
  close(): Promise<void>
}

interface Running {
  channel: Channel
  /** Resolves when the thread is gone. */
  exited: Promise<void>
}

/** The pause before it is tried again to start it. */
const restartMs = 500

/** Starts the thread's program. */
export type Spawn = (data: ThreadData) => Worker

/**
 * Its part of a report about a crash would show the environment of the process, which may hold secrets, and the names of hosts. Not
 * as `execArgv`, which would replace the modules that the process was told to load first.
 */
const silentReports = '--report-exclude-env --report-exclude-network'

/** V8 gives a thread 48 MB for new objects, and keeps them: a large import then takes 60 MB more (measured on 2026-11-30). */
const resourceLimits = { maxYoungGenerationSizeMb: 12 }

/**
 * It gets nothing of the process's environment, which may hold secrets, but the folder of compiled modules: a thread does not inherit
 * it, and would compile all of its modules at each start.
 */
const spawnWorker: Spawn = (workerData) => {
  const compiled = getCompileCacheDir()
  const env = { NODE_OPTIONS: silentReports, ...(compiled && { NODE_COMPILE_CACHE: dirname(compiled) }) }
  return new Worker(new URL('./worker.ts', import.meta.url), { workerData, env, resourceLimits })
}

/** @throws StoreUnavailable when the database cannot be opened */
export async function keepThread(options: CoreOptions, spawn = spawnWorker): Promise<Thread> {
  const { log } = options
  const closing = new AbortController()
  const checks = new Set<() => void>()
  const onProgress = () => {
    for (const progress of checks) progress()
  }
  let running: Running | undefined
  let restarting: Promise<void> = Promise.resolve()

  const start = async () => {
    const worker = spawn(dataOf(options))
    worker.unref()
    // The process stays while a call is under way, as it does for a file that is read.
    const channel = openChannel(worker, handlersOf(options), (busy) => (busy ? worker.ref() : worker.unref()))
    // Whatever it sends shows that it is at work.
    worker.on('message', onProgress)
    worker.on('error', (error) => log?.warn({ err: error }, 'the thread of the database failed'))
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    worker.once('exit', () => {
      channel.end(new StoreUnavailable('the thread of the database has ended, and is started again'))
      if (running?.channel !== channel) return
      running = undefined
      if (!closing.signal.aborted) restarting = restart()
    })
    try {
      await channel.call('open')
    } catch (error) {
      await closed({ channel, exited })
      throw error
    }
    running = { channel, exited }
  }

  const restart = async () => {
    while (!closing.signal.aborted) {
      try {
        await start()
        log?.info({}, 'the thread of the database is back')
        return
      } catch (error) {
        log?.warn({ err: error }, 'the thread of the database cannot be started')
        await pause(restartMs, undefined, { ref: false, signal: closing.signal }).catch(() => undefined)
      }
    }
  }

  await start()

  const call: Channel['call'] = async (name, ...args) => {
    if (closing.signal.aborted) throw new StoreUnavailable('the store is closed')
    if (running === undefined) throw new StoreUnavailable('the thread of the database is being started')
    return running.channel.call(name, ...args)
  }

  return {
    call,
    async check(progress) {
      checks.add(progress)
      try {
        await call('check')
      } finally {
        checks.delete(progress)
      }
    },
    async close() {
      closing.abort()
      await restarting
      if (running !== undefined) await closed(running)
    },
  }
}

/** Resolves when the thread has returned by itself: its port is closed before it could answer. */
const closed = async ({ channel, exited }: Running): Promise<void> => {
  await channel.call('close').catch(() => undefined)
  await exited
}

const dataOf = ({ file, sealer, sealedReader, generationFile, busyTimeoutMs }: CoreOptions): ThreadData => ({
  file,
  key: sealer?.key,
  readsSealed: sealedReader !== undefined,
  generationFile,
  busyTimeoutMs,
})

/** What the thread calls here. */
const handlersOf = ({ sealedReader, log, onEvents, onRefused }: CoreOptions): Handlers => ({
  secretOf: (raw: Uint8Array) => sealedReader?.secretOf(raw),
  open: (...args: Parameters<SealedReader['open']>) => sealedReader?.open(...args),
  log: (level: keyof Log, fields: object, message: string) => log?.[level](fields, message),
  refused: (owned: Owned, name: string) => onRefused(owned, name === 'SessionGone' ? new SessionGone() : new Fenced()),
  events: (events: StoredEvent[]) => {
    try {
      onEvents(events)
    } catch (error) {
      log?.warn({ err: error }, 'a listener failed after a commit; the data is stored')
    }
  },
})
