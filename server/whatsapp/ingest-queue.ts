/** Facts on their way into the store: in order, one batch at a time, none dropped while the store may still take it. */
import { StoreUnavailable } from '../store/store.ts'
import type { Ingest } from './client.ts'
import type { Fact } from './facts.ts'

export interface IngestQueue {
  /**
   * Facts to be stored after all that were pushed before. They are drawn when their turn comes.
   * @param paced true for bulk: readers of the store get their turn between batches
   */
  push(facts: Iterable<Fact>, paced?: boolean): void
  /** Resolves when the queue is empty, true, or when that took too long, false: what is left is given up then. */
  drain(timeoutMs: number): Promise<boolean>
}

export interface IngestQueueOptions {
  ingest: Ingest
  /** Told once, when the store falls too far behind or keeps failing: no more should be asked of WhatsApp. */
  onOverflow: (reason: string) => void
  /** Told of a fact that the store refused although it works; it is left out. */
  onRefused: (fact: Fact, error: unknown) => void
  retryMs?: { first: number; longest: number }
}

/** Rows of one commit: small enough that a page is read in between. */
const batchSize = 100
const paceMs = 4
/** Events that wait. Each holds at least one message, so this bounds memory as well as delay. */
const maxWaiting = 10_000
/** Failures in a row before the connection is given up; the facts themselves are tried until `drain` gives up. */
const maxFailures = 4

interface Source {
  facts: Iterator<Fact>
  paced: boolean
}

export const createIngestQueue = ({
  ingest,
  onOverflow,
  onRefused,
  retryMs = { first: 200, longest: 2_000 },
}: IngestQueueOptions): IngestQueue => {
  const sources: Source[] = []
  let running = false
  let finished = Promise.resolve()
  let givenUp = false
  let overflowed = false
  let wake = () => {}

  const overflow = (reason: string) => {
    if (overflowed) return
    overflowed = true
    onOverflow(reason)
  }

  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  /** Draws from the sources in turn; empty when there is nothing left. */
  const nextBatch = (): Fact[] => {
    const batch: Fact[] = []
    for (let source = sources[0]; source !== undefined && batch.length < batchSize; source = sources[0]) {
      const next = source.facts.next()
      if (next.done) sources.shift()
      else batch.push(next.value)
    }
    return batch
  }

  /** Until it is stored or given up. */
  const store = async (batch: Fact[]) => {
    for (let failures = 1; !givenUp; failures += 1) {
      try {
        await ingest(batch)
        return
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) {
          await storeApart(batch, error)
          return
        }
        if (failures >= maxFailures) overflow('the store does not take messages')
        await sleep(Math.min(retryMs.first * 2 ** (failures - 1), retryMs.longest))
      }
    }
    sources.push({ facts: batch[Symbol.iterator](), paced: false })
  }

  /** The store works and one of these breaks it: that one is left out, the others are not. */
  const storeApart = async (batch: Fact[], error: unknown) => {
    const [only] = batch
    if (only !== undefined && batch.length === 1) {
      onRefused(only, error)
      return
    }
    const middle = batch.length >> 1
    await store(batch.slice(0, middle))
    await store(batch.slice(middle))
  }

  const work = async () => {
    running = true
    while (!givenUp) {
      const batch = nextBatch()
      if (batch.length === 0) break
      await store(batch)
      if (sources[0]?.paced) await sleep(paceMs)
    }
    running = false
  }

  return {
    push(facts, paced = false) {
      if (givenUp) return
      sources.push({ facts: facts[Symbol.iterator](), paced })
      if (sources.length > maxWaiting) overflow('messages arrive faster than they can be stored')
      if (!running) finished = work()
    },
    async drain(timeoutMs) {
      const { promise: timeUp, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(() => {
        givenUp = true
        wake()
        resolve()
      }, timeoutMs)
      while (running && !givenUp) await Promise.race([finished, timeUp])
      clearTimeout(timer)
      return !running && sources.length === 0
    },
  }
}
