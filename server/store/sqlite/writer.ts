import { AsyncLocalStorage } from 'node:async_hooks'
import type { StoredEvent } from '../../model/events.ts'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import { createCommits } from './commits.ts'
import type { Connection } from './connection.ts'
import { createJob, type How, type Import, type Turn, type unfinished, type Work } from './job.ts'
import { createJobQueue } from './job-queue.ts'

/** A write without events. */
type SilentWork<T> = (db: Connection) => Promise<T>

/** Serializes all writes: calls are queued, sessions take turns, and those that wait share the next commit. */
export interface Writer {
  /**
   * Resolves when all of the work is durable. An import may return `unfinished`, and then runs again in a later commit, before other
   * imports of its session.
   * @throws StoreUnavailable when the database cannot do it now, or the queue is full
   */
  write<T>(work: Work<T>, of?: Turn): Promise<T>
  write<T>(work: Work<T | typeof unfinished>, of: Import): Promise<T>
  /** The same for a single statement, which needs no explicit transaction when it is alone. */
  writeOne<T>(work: SilentWork<T>, of?: Turn): Promise<T>
  /** A single statement before everything that waits, also when the queue is full. */
  writeFirst<T>(work: SilentWork<T>): Promise<T>
  /** Runs work between two commits, outside of any transaction, while nothing else is written. */
  alone<T>(work: SilentWork<T>): Promise<T>
  /** What waits now. */
  waiting(): { count: number; oldestMs: number }
  /** Refuses new work, and finishes what waits. */
  close(): Promise<void>
}

export interface WriterOptions {
  /** Called after each commit with events in it; must not throw: an error would look like a failed commit. */
  onEvents?: (events: StoredEvent[]) => void
  /**
   * Resolves when calls that have arrived are in the queue. Awaited before each commit, so that they share it; absent = calls of one
   * turn of the event loop share one, and those that come while it runs share the next.
   */
  arrived?: (() => Promise<void>) | undefined
}

export function createWriter(db: Connection, { onEvents = () => {}, arrived }: WriterOptions = {}): Writer {
  const queue = createJobQueue()
  const settle = createCommits(db, onEvents)
  let working: Promise<void> | undefined
  let closed = false
  /** The writer runs outside of any session's async context: otherwise it would keep the context of the first caller. */
  const unowned = AsyncLocalStorage.snapshot()

  async function work(): Promise<void> {
    while (queue.length > 0) {
      await arrived?.()
      queue.putBack(await settle(queue.next()))
    }
    working = undefined
  }

  async function add<T>(task: Work<T | typeof unfinished>, how: How = {}): Promise<T> {
    if (closed) throw new StoreUnavailable('the store is closed')
    const { job, result } = createJob<T>(task, how)
    if (!queue.hasRoomFor(job)) throw new StoreUnavailable('the database is too slow: too many writes are waiting')
    queue.add(job)
    // Calls of the same turn of the event loop share the first commit; later ones are collected while it runs.
    working ??= unowned(() => Promise.resolve().then(work))
    return result
  }

  return {
    write: <T>(task: Work<T | typeof unfinished>, of?: Turn) => add<T>(task, { of }),
    writeOne: (task, of) => add(task, { isOne: true, of }),
    writeFirst: (task) => add(task, { isOne: true, isFirst: true }),
    alone: (task) => add(task, { isAlone: true }),
    waiting() {
      const { length, oldestAt } = queue
      return { count: length, oldestMs: oldestAt === undefined ? 0 : performance.now() - oldestAt }
    },
    async close() {
      closed = true
      await working
    },
  }
}
