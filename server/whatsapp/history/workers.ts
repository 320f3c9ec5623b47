/** The pool of worker threads that read histories: few for the whole process, started on demand, ended when idle. */
import { type ResourceLimits, Worker } from 'node:worker_threads'
import { heap, limits } from './limits.ts'
import { Unreadable } from './open-blob.ts'
import type { Batch, FromWorker, Summary, Task, ToWorker } from './protocol.ts'

/** The worker ended while it was reading: it ran out of memory or time, or had an unexpected error. */
export class WorkerDied extends Error {
  override name = 'WorkerDied'
}

export interface HistoryWorkers {
  /**
   * Reads a history when a worker is free.
   * @param take called with each batch; the next one is read when it resolves. A rejection ends the reading with it
   * @throws Unreadable · WorkerDied · what `take` throws · the signal's reason
   */
  read(task: Task, take: (batch: Batch) => Promise<void>, signal: AbortSignal): Promise<Summary>
  /**
   * Ends the readings, which are rejected, and the workers. Resolves when no worker runs: a thread that the end of the process cuts off
   * can crash it. Idempotent.
   */
  close(): Promise<void>
}

export interface HistoryWorkersOptions {
  /** The most workers. */
  max?: number
  /** How long an idle worker is kept. */
  idleMs?: number
  /** How long one may work on a history, without waiting for the store. */
  busyMs?: number
  /** How long one may take to end by itself. */
  endMs?: number
  resourceLimits?: ResourceLimits
}

export const createHistoryWorkers = ({
  max = 2,
  idleMs = 5_000,
  busyMs = limits.busyMs,
  endMs = 5_000,
  resourceLimits = heap,
}: HistoryWorkersOptions = {}): HistoryWorkers => {
  const free: { worker: Worker; end: NodeJS.Timeout }[] = []
  const waiting = new Set<() => void>()
  const readings = new Set<Promise<unknown>>()
  const ending = new Set<Promise<void>>()
  const closing = new AbortController()
  let working = 0

  const wakeNext = () => {
    const [next] = waiting
    next?.()
  }

  const turn = async (signal: AbortSignal) => {
    while (working >= max) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const wake = () => resolve()
      waiting.add(wake)
      signal.addEventListener('abort', wake, { once: true })
      await promise
      waiting.delete(wake)
      signal.removeEventListener('abort', wake)
      if (!signal.aborted) continue
      // It may have been its turn: wakes the next.
      wakeNext()
      signal.throwIfAborted()
    }
    working += 1
  }

  const start = () => {
    // The worker gets nothing of the process: no environment (which may hold secrets), no test loader, no debugger.
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { resourceLimits, env: {}, execArgv: [] })
    worker.unref()
    return worker
  }

  const take = () => {
    const known = free.pop()
    if (known === undefined) return start()
    clearTimeout(known.end)
    hush(known.worker)
    return known.worker
  }

  /** Resolves when the worker has ended: by itself, unless that takes too long. */
  const end = (worker: Worker): Promise<void> => {
    const ended = endOf(worker, endMs)
    ending.add(ended)
    return ended.finally(() => ending.delete(ended))
  }

  const keep = (worker: Worker) => {
    const drop = () => {
      const place = free.findIndex((kept) => kept.worker === worker)
      if (place >= 0) clearTimeout(free.splice(place, 1)[0]?.end)
      hush(worker)
      void end(worker)
    }
    worker.on('error', drop)
    worker.on('exit', drop)
    free.push({ worker, end: setTimeout(drop, idleMs).unref() })
  }

  const readIn = async (worker: Worker, ...[task, takeBatch, signal]: Parameters<HistoryWorkers['read']>) => {
    try {
      const summary = await converse(worker, task, takeBatch, { signal, busyMs })
      hush(worker)
      keep(worker)
      return summary
    } catch (error) {
      hush(worker)
      if (error instanceof Unreadable) keep(worker)
      else if (error instanceof WorkerDied) await worker.terminate().catch(() => {})
      else await end(worker)
      throw error
    }
  }

  const readInTurn = async (...[task, takeBatch, signal]: Parameters<HistoryWorkers['read']>) => {
    signal.throwIfAborted()
    await turn(signal)
    try {
      return await readIn(take(), task, takeBatch, signal)
    } finally {
      working -= 1
      wakeNext()
    }
  }

  return {
    read(task, takeBatch, signal) {
      const reading = readInTurn(task, takeBatch, AbortSignal.any([signal, closing.signal]))
      readings.add(reading)
      return reading.finally(() => readings.delete(reading))
    },

    async close() {
      closing.abort(new Error('histories are no longer read'))
      await Promise.allSettled(readings)
      for (const { worker, end: timer } of free.splice(0)) {
        clearTimeout(timer)
        hush(worker)
        void end(worker)
      }
      await Promise.all(ending)
    },
  }
}

const endOf = async (worker: Worker, endMs: number): Promise<void> => {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  worker.on('error', () => {})
  worker.once('exit', () => resolve())
  // 0 and less: it has ended.
  if (worker.threadId < 0) return
  const message: ToWorker = { type: 'end' }
  worker.postMessage(message)
  const timer = setTimeout(() => void worker.terminate(), endMs)
  await ended
  clearTimeout(timer)
}

/** Removes our listeners. Without event names it would also remove those of Node itself. */
const hush = (worker: Worker) => {
  for (const event of ['message', 'messageerror', 'error', 'exit']) worker.removeAllListeners(event)
}

const converse = (
  worker: Worker,
  task: Task,
  take: (batch: Batch) => Promise<void>,
  { signal, busyMs }: { signal: AbortSignal; busyMs: number },
): Promise<Summary> => {
  const { promise, resolve, reject } = Promise.withResolvers<Summary>()
  const send = (message: ToWorker, transfer: ArrayBuffer[] = []) => worker.postMessage(message, transfer)
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()

  // The timeout runs only while the worker is reading.
  let leftMs = busyMs
  let since = performance.now()
  let untaken = 0
  const timeUp = () => reject(new WorkerDied('it took too long'))
  let clock = setTimeout(timeUp, leftMs)
  const stopClock = () => {
    if (untaken === 0) leftMs -= performance.now() - since
    clearTimeout(clock)
  }
  const startClock = () => {
    if (untaken > 0) return
    since = performance.now()
    clock = setTimeout(timeUp, Math.max(0, leftMs))
  }

  // One after the other, in the order in which they were read.
  let taking: Promise<void> = Promise.resolve()
  const next = (step: () => Promise<void>) => {
    taking = taking.then(step)
    taking.catch(reject)
  }

  worker.on('message', (message: FromWorker) => {
    switch (message.type) {
      case 'done':
        next(async () => resolve(message.summary))
        return
      case 'unreadable':
        next(async () => reject(new Unreadable(message.cause)))
        return
      default:
        stopClock()
        untaken += 1
        next(async () => {
          await take(message)
          untaken -= 1
          startClock()
          send({ type: 'more' })
        })
    }
  })
  worker.on('error', (cause) => reject(new WorkerDied('it ended', { cause })))
  worker.on('exit', () => reject(new WorkerDied('it ended')))

  const packed = Uint8Array.from(task.packed)
  send({ type: 'read', task: { ...task, packed } }, [packed.buffer])
  return promise.finally(() => {
    clearTimeout(clock)
    signal.removeEventListener('abort', abort)
  })
}
