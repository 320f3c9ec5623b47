/**
 * Imports the histories that the account's phone sends, one at a time: fetches each, reads it in a worker thread, and stores it in small
 * batches. The library only acknowledges them. A journal entry keeps each until it is stored, so that the next connection, or
 * process, can start it again. Waiting histories are not in memory, because an inline one has megabytes.
 */
import type { Fact } from '../../model/facts.ts'
import { MediaFailure } from '../../ports/whatsapp/media.ts'
import type { HistoryImportsOptions, Timing } from './imports-options.ts'
import { createJobs, type Job, type Notification } from './jobs.ts'
import { Unreadable } from './open-blob.ts'
import { createReader } from './reader.ts'
import { createUnreadSince } from './unread-since.ts'
import { WorkerDied } from './workers.ts'

export interface HistoryImports {
  /**
   * Queues it. Its entries are settled with its last batch; one that waits or is being read is not started twice.
   */
  add(notification: Notification, entries: Buffer[]): void
  /** Called with other facts before they are stored: they may change the unread counters of a history. */
  watch(facts: Iterable<Fact>): Iterable<Fact>
  /** Ends the imports: what is not stored yet stays in the journal. */
  close(): void
}

const defaultTiming: Timing = {
  retryMs: [5_000, 30_000, 120_000, 600_000],
  // Enough for the largest one at a tenth of a slow line's rate.
  download: { totalMs: 300_000, idleMs: 20_000 },
}

/** Entries, some hundred bytes each. A phone sends some dozens of parts; what is beyond waits for the next connection. */
const mostWaiting = 10_000

/** `HistorySync.HistorySyncType` of the years before: an import of its own one day. */
const fullHistory = 2

export const createHistoryImports = (options: HistoryImportsOptions): HistoryImports => {
  const { queue, maxWaiting = mostWaiting } = options
  const timing = { ...defaultTiming, ...options.timing }
  const jobs = createJobs()
  const unread = createUnreadSince()
  const end = new AbortController()
  const { signal } = end
  const reader = createReader(options, timing, signal)
  let isWorking = false
  let isOverfull = false
  let timer: NodeJS.Timeout | undefined

  const settle = (settled: Buffer[]) => {
    if (settled.length > 0) queue.push([], { settled })
  }

  const settleAll = (job: Job) => {
    settle(jobs.takeEntries(job))
    jobs.finish(job)
  }

  const importOne = async (job: Job) => {
    const summary = await reader.read(job, () => jobs.takeEntries(job))
    settleAll(job)
    if (summary === undefined) return
    options.onImported(summary)
    if (summary.leftOut > 0 || summary.isCut)
      options.onUnreadable(`${summary.leftOut} parts of it${summary.isCut ? ', and its end' : ''}`)
  }

  const failed = async (job: Job, error: unknown) => {
    if (signal.aborted) return
    const cause = error instanceof Error ? error.message : 'no reason'
    if (isFinal(error)) {
      // A damaged download is repeated once; after that the file itself is damaged.
      if (error instanceof Unreadable && job.mayBeSpoiled) {
        job.mayBeSpoiled = false
        jobs.again(job, timing.retryMs[0] ?? 0)
        return
      }
      settleAll(job)
      options.onUnreadable(cause)
      return
    }
    if (error instanceof WorkerDied && options.died([...job.entries.values()])) await setAside(job, cause)
    else tryLater(job, cause)
  }

  const setAside = async (job: Job, cause: string) => {
    jobs.finish(job)
    await options.setAside([...job.entries.values()]).then(
      () => options.onUnreadable(cause),
      () => options.onLeft(cause),
    )
  }

  const tryLater = (job: Job, cause: string) => {
    const waitMs = timing.retryMs[job.tries]
    job.tries += 1
    if (waitMs !== undefined) {
      jobs.again(job, waitMs)
      return
    }
    jobs.finish(job)
    options.onLeft(cause)
  }

  const work = async () => {
    while (!signal.aborted) {
      const next = jobs.firstDue(performance.now())
      if (next === undefined) return
      await importOne(next).catch((error: unknown) => failed(next, error))
    }
  }

  const goOn = () => {
    clearTimeout(timer)
    if (isWorking || signal.aborted) return
    isWorking = true
    work()
      .catch(() => {})
      .finally(() => {
        isWorking = false
        const dueAt = jobs.nextDueAt()
        if (dueAt !== undefined && !signal.aborted) timer = setTimeout(goOn, Math.max(1, dueAt - performance.now()))
      })
  }

  /** Facts that are stored from now on change the history's unread counters. */
  const beginSince = () => {
    const since = unread.begin()
    queue.push(since.mark())
    return since
  }

  return {
    add(notification, entries) {
      if (signal.aborted) return
      if (notification.syncType === fullHistory || !isProcessed(notification.syncType)) {
        settle(entries)
        return
      }
      if (jobs.entryCount >= maxWaiting) {
        if (!isOverfull) options.onLeft('too many at once')
        isOverfull = true
        return
      }
      jobs.add(notification, entries, beginSince)
      goOn()
    },

    watch: unread.watch,

    close() {
      clearTimeout(timer)
      jobs.clear()
      end.abort(new Error('the connection has ended'))
    },
  }
}

/** The types that the library would read; a missing type is 0, `INITIAL_BOOTSTRAP`. */
const processed = new Set([0, 1, 2, 3, 4, 5, 6])

const isProcessed = (syncType: Notification['syncType']) => processed.has(syncType ?? 0)

const isFinal = (error: unknown) =>
  error instanceof Unreadable || (error instanceof MediaFailure && error.kind !== 'trouble')
