import type { Fact } from '../../model/facts.ts'
import { fetchHistory } from './fetch.ts'
import type { HistoryImportsOptions, Timing } from './imports-options.ts'
import type { Job } from './jobs.ts'
import type { Batch, Summary } from './protocol.ts'
import type { Since } from './unread-since.ts'

export interface Reader {
  /**
   * Fetches a history, has a thread read it, and stores what it says, piece by piece.
   * @returns undefined when the journal keeps it no more
   * @throws Unreadable · MediaFailure · WorkerDied · what storing throws · the signal's reason
   */
  read(job: Job): Promise<Summary | undefined>
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

  return {
    async read({ entries, since }) {
      const notification = await options.kept([...entries.values()])
      if (notification === undefined) return undefined
      const task = await fetchHistory(notification, options.reading(), media, { ...download, signal })
      const summary = await workers.read(task, (batch) => take(batch, since), signal)
      await options.flush()
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
