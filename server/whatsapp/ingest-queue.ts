/** The queue of facts for the store: in order, one batch at a time, with retries. */
import type { Fact } from '../model/facts.ts'
import { createPause } from '../model/pause.ts'
import { Fenced, StoreUnavailable } from '../ports/store/errors.ts'
import type { Ingest } from '../ports/whatsapp/connection.ts'

export interface IngestQueue {
  /** Appends facts. They are taken when their turn comes. */
  push(facts: Iterable<Fact>, how?: Pushed): void
  /** Resolves when the queue is empty, or given up. Skips the pauses until then. */
  idle(): Promise<void>
  /** Resolves with true when the queue is empty, or with false at the timeout: then the rest is given up. */
  drain(timeoutMs: number): Promise<boolean>
}

export interface Pushed {
  /** Bulk data: pauses between batches, so that readers of the store get their turn. */
  paced?: boolean
  /** Journal entries that are stored with these facts. */
  settled?: Buffer[]
  /** Called when all of these facts are stored, or refused; never when they are given up. */
  onStored?: () => void
}

export interface IngestQueueOptions {
  ingest: Ingest
  /** Called once when the store falls too far behind or keeps failing: the connection should end. */
  onOverflow: (reason: string) => void
  /** Called for a fact that was dropped because the store refused it although it works. */
  onRefused: (fact: Fact, error: unknown) => void
  /** Called with what an `onStored` threw. Its facts are stored all the same, and the others that are to be called are called. */
  onListenerError: (error: unknown) => void
  retryMs?: { first: number; longest: number }
}

/** The most facts of one commit; few for a history, so that a page can be read in between. */
const batchSize = { paced: 50, live: 500 }
const paceMs = 2
/**
 * The pause after a batch is eight times as long as the batch took. Meanwhile the store can write the keys of the next messages, which
 * WhatsApp waits for. Facts that arrive meanwhile are safe in the journal, and are stored together.
 */
const rest = { factor: 8, longestMs: 400 }
/** The most waiting events. Each holds at least one message, so this bounds memory as well as delay. */
const maxWaiting = 10_000
/** Consecutive failures before the connection is given up; the facts themselves are retried until `drain` gives up. */
const maxFailures = 4

interface Source {
  facts: Iterator<Fact>
  paced: boolean
  settled: Buffer[]
  stored: (() => void)[]
}

/** What is stored in one commit, and who is called after it. */
type Batch = Omit<Source, 'facts' | 'paced'> & { facts: Fact[] }

/** Takes the next batch from the sources in order, and removes those that have no more; empty when there is nothing left. */
const takeBatch = (sources: Source[]): Batch => {
  const facts: Fact[] = []
  const settled: Buffer[] = []
  const stored: Batch['stored'] = []
  for (
    let [source] = sources;
    source !== undefined && facts.length < batchSize[source.paced ? 'paced' : 'live'];
    [source] = sources
  ) {
    const next = source.facts.next()
    if (!next.done) facts.push(next.value)
    else {
      settled.push(...source.settled)
      stored.push(...source.stored)
      sources.shift()
    }
  }
  return { facts, settled, stored }
}

export const createIngestQueue = ({
  ingest,
  onOverflow,
  onRefused,
  onListenerError,
  retryMs = { first: 200, longest: 2_000 },
}: IngestQueueOptions): IngestQueue => {
  const sources: Source[] = []
  let running = false
  let finished = Promise.resolve()
  let hurried = false
  /** Callers that wait until it is empty. */
  let awaited = 0
  let givenUp = false
  let overflowed = false
  const { sleep, wake } = createPause()

  const overflow = (reason: string) => {
    if (overflowed) return
    overflowed = true
    onOverflow(reason)
  }

  const callStored = (stored: Batch['stored']) => {
    for (const onStored of stored) {
      try {
        onStored()
      } catch (error) {
        onListenerError(error)
      }
    }
  }

  /** Until it is stored or given up. */
  const store = async (batch: Batch) => {
    for (let failures = 1; !givenUp; failures += 1) {
      try {
        if (batch.facts.length > 0 || batch.settled.length > 0) await ingest(batch.facts, batch.settled)
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) {
          await storeApart(batch, error)
          return
        }
        if (failures >= maxFailures) overflow('the store does not take messages')
        await sleep(Math.min(retryMs.first * 2 ** (failures - 1), retryMs.longest))
        continue
      }
      // Not within the `try`: an error of a listener says nothing about the commit, which has succeeded.
      callStored(batch.stored)
      return
    }
    sources.push({ ...batch, facts: batch.facts[Symbol.iterator](), paced: false })
  }

  /** The store works, but refuses the batch: stores the facts one by one, and drops those that are refused. */
  const storeApart = async ({ facts, settled, stored }: Batch, error: unknown) => {
    const [only] = facts
    // Fenced: the facts are fine, but this node may not store them.
    if (only === undefined || error instanceof Fenced) return
    if (facts.length === 1) {
      onRefused(only, error)
      if (settled.length > 0 || stored.length > 0) await store({ facts: [], settled, stored })
      return
    }
    const middle = facts.length >> 1
    await store({ facts: facts.slice(0, middle), settled: [], stored: [] })
    await store({ facts: facts.slice(middle), settled, stored })
  }

  const work = async () => {
    running = true
    while (!givenUp) {
      const batch = takeBatch(sources)
      if (batch.facts.length === 0 && batch.settled.length === 0 && batch.stored.length === 0) break
      const began = performance.now()
      await store(batch)
      if (sources[0]?.paced) await sleep(paceMs)
      else if (!hurried && awaited === 0 && sources.length < batchSize.live)
        await sleep(Math.min((performance.now() - began) * rest.factor, rest.longestMs))
    }
    running = false
  }

  return {
    push(facts, { paced = false, settled = [], onStored } = {}) {
      if (givenUp) return
      sources.push({ facts: facts[Symbol.iterator](), paced, settled, stored: onStored ? [onStored] : [] })
      if (sources.length > maxWaiting) overflow('messages arrive faster than they can be stored')
      if (!running) finished = work()
    },
    async idle() {
      awaited += 1
      wake()
      await finished
      awaited -= 1
    },
    async drain(timeoutMs) {
      hurried = true
      wake()
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
