import type { Fact } from '../../model/facts.ts'
import { fetchHistory } from './fetch.ts'
import type { HistoryImportsOptions, Timing } from './imports-options.ts'
import type { Job } from './jobs.ts'
import type { Batch, Summary } from './protocol.ts'
import type { Since } from './unread-since.ts'

export interface Reader {
  /**
   * Fetches a history, reads it in a worker thread, and stores its facts in batches. The last batch settles it, because importing it
   * again later would reset counters.
   * @param done called before the last batch is stored; returns the entries that are settled with it
   * @returns undefined when it is no longer in the journal
   * @throws Unreadable · MediaFailure · WorkerDied · what storing throws · the signal's reason
   */
  read(job: Job, done: () => Buffer[]): Promise<Summary | undefined>
}

export const createReader = (
  options: Pick<
    HistoryImportsOptions,
    'media' | 'workers' | 'queue' | 'reading' | 'kept' | 'keepMappings' | 'keepTokens' | 'flush'
  >,
  { download }: Pick<Timing, 'download'>,
  signal: AbortSignal,
): Reader => {
  const { media, workers, queue } = options

  /** Resolves when the queue has taken them all, and is ready for the next batch. */
  const stored = (facts: Fact[], since: Since, settled: Buffer[] = []) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    queue.push(since.adjusted(told(facts, resolve)), { paced: true, settled })
    return promise.finally(() => signal.removeEventListener('abort', abort))
  }

  /** Delays each batch until the next one arrives, so that the last one is known. */
  const holdingBack = (since: Since) => {
    let held: Fact[] = []
    return {
      async take(batch: Batch): Promise<void> {
        switch (batch.type) {
          case 'mappings':
            return options.keepMappings(batch.mappings)
          case 'tokens':
            return options.keepTokens(batch.tokens)
          case 'facts': {
            const before = held
            held = batch.facts
            if (before.length > 0) await stored(before, since)
          }
        }
      },
      last: () => held,
    }
  }

  return {
    async read({ entries, since }, done) {
      const notification = await options.kept([...entries.values()])
      if (notification === undefined) return undefined
      const task = await fetchHistory(notification, options.reading(), media, { ...download, signal })
      const { take, last } = holdingBack(since)
      const summary = await workers.read(task, take, signal)
      await options.flush()
      await stored(last(), since, done())
      return summary
    },
  }
}

/** A Buffer arrives from another thread as Uint8Array. */
function* told(facts: Fact[], onTold: () => void): Generator<Fact> {
  for (const fact of facts) {
    for (const [name, value] of Object.entries(fact))
      if (value instanceof Uint8Array) Object.assign(fact, { [name]: Buffer.from(value) })
    yield fact
  }
  onTold()
}
