import type { Fact } from '../../model/facts.ts'
import { fetchHistory } from './fetch.ts'
import type { HistoryImportsOptions, Timing } from './imports-options.ts'
import type { Job } from './jobs.ts'
import type { Batch, Summary } from './protocol.ts'
import type { Since } from './unread-since.ts'

export interface Reader {
  /**
   * Fetches a history, has a thread read it, and stores what it says, piece by piece. The last piece settles it: begun again after
   * that, it would set counters back to what they were.
   * @param done called when the last piece is to be stored: the entries that are settled with it
   * @returns undefined when the journal keeps it no more
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

  /** Resolves when the queue has drawn them all: then it is time for the next ones. */
  const stored = (facts: Fact[], since: Since, settled: Buffer[] = []) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    queue.push(since.adjusted(told(facts, resolve)), { paced: true, settled })
    return promise.finally(() => signal.removeEventListener('abort', abort))
  }

  /** Stores facts when the next ones come, so that the last are left. */
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

/** From one thread to another bytes lose their kind. */
function* told(facts: Fact[], onTold: () => void): Generator<Fact> {
  for (const fact of facts) {
    for (const [name, value] of Object.entries(fact))
      if (value instanceof Uint8Array) Object.assign(fact, { [name]: Buffer.from(value) })
    yield fact
  }
  onTold()
}
