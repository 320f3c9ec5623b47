import { AsyncLocalStorage } from 'node:async_hooks'
import type { StoredEvent } from '../../model/events.ts'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import { createCommits } from './commits.ts'
import type { Connection } from './connection.ts'
import { createJob, type How, type Import, type unfinished, type Work } from './job.ts'
import { createJobQueue } from './job-queue.ts'

/** Something to write that tells nothing. */
type SilentWork<T> = (db: Connection) => Promise<T>

/** The one place that writes: calls queue up, and those that are waiting share the next commit. */
export interface Writer {
  /**
   * Resolves when the work is durable, all of it: an import may give back `unfinished`, and runs again in a later commit, before
   * what else its session imports.
   * @throws StoreUnavailable when the database can't do it now, or too much is waiting already
   */
  write<T>(work: Work<T>): Promise<T>
  write<T>(work: Work<T | typeof unfinished>, as: Import): Promise<T>
  /** The same for work that is one statement, which alone needs no transaction around it. */
  writeOne<T>(work: SilentWork<T>): Promise<T>
  /** Between two commits, outside of any transaction: nothing else is written meanwhile. */
  alone<T>(work: SilentWork<T>): Promise<T>
  /** Refuses new work, finishes what is waiting. */
  close(): Promise<void>
}

/** @param onEvents called after each commit with events in it; must not throw: it would look as if the commit had failed */
export function createWriter(db: Connection, onEvents: (events: StoredEvent[]) => void = () => {}): Writer {
  const queue = createJobQueue()
  const settle = createCommits(db, onEvents)
  let working: Promise<void> | undefined
  let closed = false
  /** What writes is nobody's: it would carry on in the context of the session that happened to ask first. */
  const unowned = AsyncLocalStorage.snapshot()

  async function work(): Promise<void> {
    while (!queue.isEmpty) queue.putBack(await settle(queue.next()))
    working = undefined
  }

  async function add<T>(task: Work<T | typeof unfinished>, how: How = {}): Promise<T> {
    if (closed) throw new StoreUnavailable('the store is closed')
    if (!queue.hasRoomFor(how.as?.facts ?? 0))
      throw new StoreUnavailable('the database is too slow: too many writes are waiting')
    const { job, result } = createJob<T>(task, how)
    queue.add(job)
    // Calls of the same turn of the event loop share the first commit; later ones gather while it is under way.
    working ??= unowned(() => Promise.resolve().then(work))
    return result
  }

  return {
    write: <T>(task: Work<T | typeof unfinished>, as?: Import) => add<T>(task, as && { as }),
    writeOne: (task) => add(task, { isOne: true }),
    alone: (task) => add(task, { isAlone: true }),
    async close() {
      closed = true
      await working
    },
  }
}
