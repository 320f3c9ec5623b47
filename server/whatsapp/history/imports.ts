/**
 * The histories that the phone of one account sends, one at a time: fetched, read by a thread of their own, stored in small
 * batches. The library only receipts them. A journal entry keeps each until it is stored, so that the next connection, or
 * process, begins it again. Those that wait are held nowhere else: each is megabytes, when the phone sends it inline.
 */
import type { Fact } from '../../model/facts.ts'
import type { IngestQueue } from '../intake/ingest-queue.ts'
import { hashOf } from '../journal/journal-entry.ts'
import type { proto } from '../library.ts'
import { MediaFailure, type MediaHost, type MediaLimits } from '../media/media-host.ts'
import type { Reading } from '../reading/reading.ts'
import { limits } from './limits.ts'
import { Unreadable } from './open-blob.ts'
import type { Batch, Mapping, Summary, Task, Token } from './protocol.ts'
import { createUnreadSince, type Since } from './unread-since.ts'
import { type HistoryWorkers, WorkerDied } from './workers.ts'

export type Notification = proto.Message.IHistorySyncNotification

export interface HistoryImports {
  /**
   * Reads it when its turn comes. The entries are settled with the last of it; one that waits, or is being read, is not begun
   * again.
   */
  add(notification: Notification, entries: Buffer[]): void
  /** Facts of anything else, on their way to be stored: they may change what a history says. */
  watch(facts: Iterable<Fact>): Iterable<Fact>
  /** The connection ends: what is not stored yet stays in the journal. */
  close(): void
}

export interface HistoryImportsOptions {
  media: MediaHost
  workers: HistoryWorkers
  queue: IngestQueue
  /** As of now. */
  reading: () => Reading
  /** The history that these entries keep; undefined when it is settled. */
  kept: (entries: Buffer[]) => Promise<Notification | undefined>
  keepMappings: (mappings: Mapping[]) => Promise<void>
  keepTokens: (tokens: Token[]) => Promise<void>
  /** Resolves when all that was written is on the disk. */
  flush: () => Promise<void>
  /** The thread that read it has died. @returns whether that is enough */
  died: (entries: Buffer[]) => boolean
  /** Keeps it, and gives it to nobody any more. */
  setAside: (entries: Buffer[]) => Promise<void>
  /** Told once of a history of which something, or all, was left out. */
  onUnreadable: (cause: string) => void
  /** Told of one that is stored. */
  onImported: (summary: Summary) => void
  /** Told of one that waits for the next connection. */
  onLeft: (cause: string) => void
  timing?: Partial<Timing>
  /** Entries. */
  maxWaiting?: number
}

export interface Timing {
  /** From one try to the next, on one connection. */
  retryMs: readonly number[]
  download: Pick<MediaLimits, 'totalMs' | 'idleMs'>
}

const defaultTiming: Timing = {
  retryMs: [5_000, 30_000, 120_000, 600_000],
  // The largest at a tenth of what a slow line gives.
  download: { totalMs: 300_000, idleMs: 20_000 },
}

/** Entries, some hundred bytes each. A phone sends some dozens of parts; what is beyond waits for the next connection. */
const mostWaiting = 10_000

/** `HistorySync.HistorySyncType` of the years before: an import of its own one day. */
const fullHistory = 2

interface Job {
  /** What it is known by in `jobs`. */
  id: string
  /** By their hashes in hex. */
  entries: Map<string, Buffer>
  tries: number
  /** Whether a second download may bring other bytes. */
  mayBeSpoiled: boolean
  dueAt: number
  since: Since
}

export const createHistoryImports = (options: HistoryImportsOptions): HistoryImports => {
  const { media, workers, queue, maxWaiting = mostWaiting } = options
  const timing = { ...defaultTiming, ...options.timing }
  /** That wait, and the one that is being read, by what they are known by. */
  const jobs = new Map<string, Job>()
  /** Entries of theirs. */
  let waiting = 0
  const unread = createUnreadSince()
  const end = new AbortController()
  const { signal } = end
  let isWorking = false
  let isOverfull = false
  let timer: NodeJS.Timeout | undefined

  const settle = (entries: Iterable<Buffer>) => queue.push([], { settled: [...entries] })

  /** Nothing of it is under way on this connection any more. */
  const finish = ({ id, entries, since }: Job) => {
    jobs.delete(id)
    waiting -= entries.size
    since.end()
  }

  const fetched = async ({
    initialHistBootstrapInlinePayload: inline,
    ...notification
  }: Notification): Promise<Task> => {
    const { me, now } = options.reading()
    const reading = { me, now }
    if (inline?.length) {
      if (inline.length > limits.packedBytes) throw new Unreadable('more than is taken')
      return { packed: inline, reading }
    }
    const { mediaKey, directPath, fileSha256, fileEncSha256 } = notification
    if (!mediaKey?.length || !directPath) throw new Unreadable('it says nothing, and not where it is')
    const packed = await media.get(directPath, { ...timing.download, maxBytes: limits.packedBytes, signal })
    const sealed = {
      mediaKey,
      ...(fileSha256?.length && { fileSha256 }),
      ...(fileEncSha256?.length && { fileEncSha256 }),
    }
    return { packed, sealed, reading }
  }

  /** Resolves when the queue has drawn them all: then it is time for the next ones. */
  const stored = (facts: Fact[], since: Since) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    queue.push(since.adjusted(told(facts, resolve)), { paced: true })
    return promise.finally(() => signal.removeEventListener('abort', abort))
  }

  const take = (batch: Batch, since: Since): Promise<void> => {
    switch (batch.type) {
      case 'mappings':
        return options.keepMappings(batch.mappings)
      case 'tokens':
        return options.keepTokens(batch.tokens)
      case 'facts':
        return stored(batch.facts, since)
    }
  }

  const importOne = async (job: Job) => {
    const notification = await options.kept([...job.entries.values()])
    if (notification === undefined) {
      finish(job)
      settle(job.entries.values())
      return
    }
    const task = await fetched(notification)
    const summary = await workers.read(task, (batch) => take(batch, job.since), signal)
    await options.flush()
    finish(job)
    settle(job.entries.values())
    options.onImported(summary)
    if (summary.leftOut > 0 || summary.isCut)
      options.onUnreadable(`${summary.leftOut} parts of it${summary.isCut ? ', and its end' : ''}`)
  }

  const failed = async (job: Job, error: unknown) => {
    if (signal.aborted) return
    const cause = error instanceof Error ? error.message : 'no reason'
    if (isFinal(error)) {
      // What arrived spoiled may arrive whole: once more, then it is what the host has.
      if (error instanceof Unreadable && job.mayBeSpoiled) {
        job.mayBeSpoiled = false
        again(job, timing.retryMs[0] ?? 0)
        return
      }
      giveUp(job, cause)
      return
    }
    const entries = [...job.entries.values()]
    if (error instanceof WorkerDied && options.died(entries)) {
      finish(job)
      await options.setAside(entries).then(
        () => options.onUnreadable(cause),
        () => options.onLeft(cause),
      )
      return
    }
    const waitMs = timing.retryMs[job.tries]
    job.tries += 1
    if (waitMs !== undefined) {
      again(job, waitMs)
      return
    }
    finish(job)
    options.onLeft(cause)
  }

  const giveUp = (job: Job, cause: string) => {
    finish(job)
    settle(job.entries.values())
    options.onUnreadable(cause)
  }

  /** Behind those that wait already. */
  const again = (job: Job, waitMs: number) => {
    job.dueAt = performance.now() + waitMs
    jobs.delete(job.id)
    jobs.set(job.id, job)
  }

  const firstDue = (now: number) => {
    for (const job of jobs.values()) if (job.dueAt <= now) return job
    return undefined
  }

  const work = async () => {
    while (!signal.aborted) {
      const next = firstDue(performance.now())
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
        if (jobs.size === 0 || signal.aborted) return
        const dueAt = Math.min(...Array.from(jobs.values(), (job) => job.dueAt))
        timer = setTimeout(goOn, Math.max(1, dueAt - performance.now()))
      })
  }

  const enter = (notification: Notification, entries: Buffer[]): Job => {
    const { initialHistBootstrapInlinePayload: inline, directPath } = notification
    const mayBeSpoiled = !inline?.length && Boolean(directPath)
    const since = unread.begin()
    queue.push(since.mark())
    const job = { id: idOf(notification, entries), entries: new Map(), tries: 0, mayBeSpoiled, dueAt: 0, since }
    jobs.set(job.id, job)
    return job
  }

  return {
    add(notification, entries) {
      if (signal.aborted) return
      if (notification.syncType === fullHistory || !isProcessed(notification.syncType)) {
        settle(entries)
        return
      }
      if (waiting >= maxWaiting) {
        if (!isOverfull) options.onLeft('too many at once')
        isOverfull = true
        return
      }
      const job = jobs.get(idOf(notification, entries)) ?? enter(notification, entries)
      waiting -= job.entries.size
      for (const entry of entries) job.entries.set(entry.toString('hex'), entry)
      waiting += job.entries.size
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

/** The types that the library would read; it has `INITIAL_BOOTSTRAP`, 0, for one that says nothing. */
const processed = new Set([0, 1, 2, 3, 4, 5, 6])

const isProcessed = (syncType: Notification['syncType']) => processed.has(syncType ?? 0)

/** A second delivery of a notification is the same entry, or names the same file. */
const idOf = ({ directPath, initialHistBootstrapInlinePayload: inline }: Notification, [entry]: Buffer[]) =>
  (inline?.length || !directPath ? entry : hashOf(Buffer.from(directPath)))?.toString('hex') ?? ''

const isFinal = (error: unknown) =>
  error instanceof Unreadable || (error instanceof MediaFailure && error.kind !== 'trouble')

/** From one thread to another bytes lose their kind. */
function* told(facts: Fact[], onTold: () => void): Generator<Fact> {
  for (const fact of facts) {
    for (const [name, value] of Object.entries(fact))
      if (value instanceof Uint8Array) Object.assign(fact, { [name]: Buffer.from(value) })
    yield fact
  }
  onTold()
}
