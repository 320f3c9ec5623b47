/** Facts on their way into the store: in order, one batch at a time, none dropped while the store may still take it. */
import type { Fact } from '../model/facts.ts'
import { createPause } from '../model/pause.ts'
import { Fenced, StoreUnavailable } from '../ports/store/errors.ts'
import type { Ingest } from '../ports/whatsapp/connection.ts'

export interface IngestQueue {
  /** Facts to be stored after all that were pushed before. They are drawn when their turn comes. */
  push(facts: Iterable<Fact>, how?: Pushed): void
  /** Resolves when the queue is empty, or given up. Until then it does not rest. */
  idle(): Promise<void>
  /** Resolves when the queue is empty, true, or when that took too long, false: what is left is given up then. */
  drain(timeoutMs: number): Promise<boolean>
}

export interface Pushed {
  /** For bulk: readers of the store get their turn between batches. */
  paced?: boolean
  /** Journal entries that are stored with these facts. */
  settled?: Buffer[]
}

export interface IngestQueueOptions {
  ingest: Ingest
  /** Told once, when the store falls too far behind or keeps failing: no more should be asked of WhatsApp. */
  onOverflow: (reason: string) => void
  /** Told of a fact that the store refused although it works; it is left out. */
  onRefused: (fact: Fact, error: unknown) => void
  retryMs?: { first: number; longest: number }
}

/** Facts of one commit: of a history so few that a page is read in between. */
const batchSize = { paced: 50, live: 500 }
const paceMs = 2
/**
 * Between two batches the store is left to the keys of the messages that follow, which WhatsApp waits for, eight times as long
 * as a batch took; what comes meanwhile is stored together. It is safe in the journal.
 */
const rest = { factor: 8, longestMs: 400 }
/** Events that wait. Each holds at least one message, so this bounds memory as well as delay. */
const maxWaiting = 10_000
/** Failures in a row before the connection is given up; the facts themselves are tried until `drain` gives up. */
const maxFailures = 4

interface Source {
  facts: Iterator<Fact>
  paced: boolean
  settled: Buffer[]
}

interface Batch {
  facts: Fact[]
  settled: Buffer[]
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
  let hurried = false
  /** Who waits until it is empty. */
  let awaited = 0
  let givenUp = false
  let overflowed = false
  const { sleep, wake } = createPause()

  const overflow = (reason: string) => {
    if (overflowed) return
    overflowed = true
    onOverflow(reason)
  }

  /** Draws from the sources in turn; empty when there is nothing left. */
  const nextBatch = (): Batch => {
    const facts: Fact[] = []
    const settled: Buffer[] = []
    for (
      let [source] = sources;
      source !== undefined && facts.length < batchSize[source.paced ? 'paced' : 'live'];
      [source] = sources
    ) {
      const next = source.facts.next()
      if (!next.done) facts.push(next.value)
      else {
        settled.push(...source.settled)
        sources.shift()
      }
    }
    return { facts, settled }
  }

  /** Until it is stored or given up. */
  const store = async (batch: Batch) => {
    for (let failures = 1; !givenUp; failures += 1) {
      try {
        await ingest(batch.facts, batch.settled)
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
    sources.push({ facts: batch.facts[Symbol.iterator](), paced: false, settled: batch.settled })
  }

  /** The store works and one of these breaks it: that one is left out, the others are not. */
  const storeApart = async ({ facts, settled }: Batch, error: unknown) => {
    const [only] = facts
    // Nothing is wrong with them, and there is nowhere to store them.
    if (only === undefined || error instanceof Fenced) return
    if (facts.length === 1) {
      onRefused(only, error)
      if (settled.length > 0) await store({ facts: [], settled })
      return
    }
    const middle = facts.length >> 1
    await store({ facts: facts.slice(0, middle), settled: [] })
    await store({ facts: facts.slice(middle), settled })
  }

  const work = async () => {
    running = true
    while (!givenUp) {
      const batch = nextBatch()
      if (batch.facts.length === 0 && batch.settled.length === 0) break
      const began = performance.now()
      await store(batch)
      if (sources[0]?.paced) await sleep(paceMs)
      else if (!hurried && awaited === 0 && sources.length < batchSize.live)
        await sleep(Math.min((performance.now() - began) * rest.factor, rest.longestMs))
    }
    running = false
  }

  return {
    push(facts, { paced = false, settled = [] } = {}) {
      if (givenUp) return
      sources.push({ facts: facts[Symbol.iterator](), paced, settled })
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
