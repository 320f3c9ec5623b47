import { beforeEach, describe, expect, test } from 'vitest'
import type { Fact } from '../model/facts.ts'
import { SessionGone, StoreUnavailable } from '../ports/store/errors.ts'
import { createIngestQueue, type IngestQueueOptions } from './ingest-queue.ts'

const read = (n: number): Fact => ({ kind: 'read', chat: `${n}@lid` })
const reads = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => read(from + n))

let batches: Fact[][]
let overflows: string[]
let refused: Fact[]
let listenerErrors: unknown[]

beforeEach(() => {
  batches = []
  overflows = []
  refused = []
  listenerErrors = []
})

const queue = (options: Partial<IngestQueueOptions> = {}) =>
  createIngestQueue({
    ingest: async (facts) => {
      batches.push(facts)
    },
    onOverflow: (reason) => overflows.push(reason),
    onRefused: (fact) => refused.push(fact),
    onListenerError: (error) => listenerErrors.push(error),
    retryMs: { first: 1, longest: 2 },
    ...options,
  })

describe('what is called when facts are stored', () => {
  test('it is called after the commit, also for no facts, and for those that the store refuses', async () => {
    const called: string[] = []
    const it = queue({
      ingest: async (facts) => {
        if (facts.some((fact) => fact === bad)) throw new Error('refused')
        called.push(`commit of ${facts.length}`)
      },
    })
    const bad = read(2)
    it.push([read(1)], { onStored: () => called.push('one') })
    await it.idle()
    it.push([], { onStored: () => called.push('none') })
    await it.idle()
    it.push([bad], { onStored: () => called.push('refused') })
    await it.idle()
    expect(called).toEqual(['commit of 1', 'one', 'none', 'refused'])
  })

  test('an error of one listener is reported, and its facts are stored once; the next listener is called', async () => {
    const called: string[] = []
    const first = Promise.withResolvers<void>()
    const it = queue({
      ingest: async (facts) => {
        batches.push(facts)
        await first.promise
      },
    })
    const broken = new Error('broken')
    const fail = () => {
      called.push('fails')
      throw broken
    }
    it.push([read(0)])
    // These two wait for the first commit, and are stored together.
    it.push([read(1)], { onStored: fail })
    it.push([read(2)], { onStored: () => called.push('next') })
    first.resolve()
    await it.idle()

    expect(batches).toEqual([[read(0)], [read(1), read(2)]])
    expect(called).toEqual(['fails', 'next'])
    expect(refused).toEqual([])
    expect(listenerErrors).toEqual([broken])
  })

  test('a listener whose error is a full store does not stop the queue', async () => {
    let calls = 0
    const it = queue()
    const fail = () => {
      calls += 1
      throw new StoreUnavailable('disk is full')
    }
    it.push([read(1)], { onStored: fail })

    expect(await it.drain(1_000)).toBe(true)
    expect(batches).toEqual([[read(1)]])
    expect(calls).toBe(1)
    expect(listenerErrors).toHaveLength(1)
  })

  test('it is not called for what is given up', async () => {
    const called: string[] = []
    const it = queue({
      ingest: async () => {
        throw new StoreUnavailable()
      },
    })
    it.push([read(1)], { onStored: () => called.push('one') })
    expect(await it.drain(10)).toBe(false)
    expect(called).toEqual([])
  })
})

describe('order', () => {
  test('facts are stored in the order in which they came, in batches, one at a time', async () => {
    let running = 0
    let most = 0
    const it = queue({
      ingest: async (facts) => {
        running += 1
        most = Math.max(most, running)
        await Promise.resolve()
        batches.push(facts)
        running -= 1
      },
    })

    it.push(reads(0, 3))
    it.push(reads(3, 250), { paced: true })
    it.push(reads(250, 251))

    expect(await it.drain(1_000)).toBe(true)
    expect(batches.flat()).toEqual(reads(0, 251))
    expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(100)
    expect(most).toBe(1)
  })

  test('facts that arrive while the store is busy are stored together', async () => {
    const first = Promise.withResolvers<void>()
    const it = queue({
      ingest: async (facts) => {
        batches.push(facts)
        if (batches.length === 1) await first.promise
      },
    })

    for (let n = 0; n < 20; n += 1) it.push([read(n)])
    first.resolve()
    await it.drain(1_000)

    expect(batches.map((batch) => batch.length)).toEqual([1, 19])
  })

  test('facts are made when their turn comes', async () => {
    let made = 0
    const it = queue()
    it.push(
      (function* () {
        for (; made < 1_000; made += 1) yield read(made)
      })(),
      { paced: true },
    )

    expect(made).toBeLessThanOrEqual(101)
    await it.drain(5_000)
    expect(made).toBe(1_000)
  })
})

describe('journal entries', () => {
  const entry = (n: number) => Buffer.of(n)
  let settled: { facts: Fact[]; settled: Buffer[] }[]
  const settling = (options: Partial<IngestQueueOptions> = {}) => {
    settled = []
    return queue({
      ingest: async (facts, hashes) => {
        if (facts.some((fact) => fact.kind === 'read' && fact.chat === '13@lid')) throw new Error('constraint')
        settled.push({ facts, settled: hashes })
      },
      ...options,
    })
  }

  test('are settled with their last fact, and not before', async () => {
    const it = settling()
    it.push(reads(0, 120), { paced: true, settled: [entry(1)] })
    it.push(reads(120, 121), { settled: [entry(2)] })
    await it.drain(1_000)

    const at = settled.findIndex(({ settled }) => settled.some((hash) => hash.equals(entry(1))))
    expect(settled.slice(0, at + 1).flatMap(({ facts }) => facts).length).toBeGreaterThanOrEqual(120)
    expect(settled.flatMap(({ settled }) => settled)).toEqual([entry(1), entry(2)])
  })

  test('are settled without facts, and though the store refuses one of theirs', async () => {
    const it = settling()
    it.push([], { settled: [entry(1)] })
    it.push([read(13)], { settled: [entry(2)] })
    it.push([read(14)], { settled: [entry(3)] })
    await it.drain(1_000)

    expect(refused).toEqual([read(13)])
    expect(settled.flatMap(({ facts }) => facts)).toEqual([read(14)])
    expect(settled.flatMap(({ settled }) => settled)).toEqual([entry(1), entry(2), entry(3)])
  })

  test('of facts that cannot be stored now are settled with them, later', async () => {
    let calls = 0
    const it = settling({
      ingest: async (facts, hashes) => {
        calls += 1
        if (calls < 3) throw new StoreUnavailable('locked')
        settled.push({ facts, settled: hashes })
      },
    })
    it.push([read(1)], { settled: [entry(1)] })
    await it.drain(1_000)

    expect(settled).toEqual([{ facts: [read(1)], settled: [entry(1)] }])
  })
})

describe('a store that fails', () => {
  test('for a while is tried again, and nothing is lost or reordered', async () => {
    let calls = 0
    const it = queue({
      ingest: async (facts) => {
        calls += 1
        if (calls <= 2) throw new StoreUnavailable('locked')
        batches.push(facts)
      },
    })

    it.push(reads(0, 5))
    it.push(reads(5, 8))

    expect(await it.drain(1_000)).toBe(true)
    expect(batches.flat()).toEqual(reads(0, 8))
    expect(overflows).toEqual([])
  })

  test('again and again ends the connection, once, and gives up at the deadline', async () => {
    const overflowed = Promise.withResolvers<string>()
    const it = queue({
      ingest: async () => {
        throw new StoreUnavailable('gone')
      },
      onOverflow: (reason) => {
        overflows.push(reason)
        overflowed.resolve(reason)
      },
    })

    it.push([read(1)])
    await overflowed.promise

    expect(await it.drain(10)).toBe(false)
    expect(overflows).toEqual(['the store does not take messages'])
  })

  test('to answer at all is given up at the deadline', async () => {
    const it = queue({ ingest: () => new Promise(() => {}) })
    it.push([read(1)])

    expect(await it.drain(10)).toBe(false)
  })

  test('because the session was deleted is not caused by the facts: they are dropped after one try', async () => {
    let tries = 0
    const it = queue({
      ingest: async () => {
        tries += 1
        throw new SessionGone()
      },
    })
    it.push(reads(0, 100), { settled: [Buffer.from('entry')] })
    expect(await it.drain(1_000)).toBe(true)
    expect([tries, refused]).toEqual([1, []])
  })

  test('on one fact leaves that one out and stores the others in order', async () => {
    const it = queue({
      ingest: async (facts) => {
        if (facts.some((fact) => fact.kind === 'read' && fact.chat === '37@lid')) throw new Error('constraint')
        batches.push(facts)
      },
    })

    it.push(reads(0, 90))

    expect(await it.drain(1_000)).toBe(true)
    expect(refused).toEqual([read(37)])
    expect(batches.flat()).toEqual([...reads(0, 37), ...reads(38, 90)])
  })
})

test('more events than can wait end the connection', async () => {
  const never = Promise.withResolvers<void>()
  const it = queue({ ingest: () => never.promise })

  for (let n = 0; n <= 10_001; n += 1) it.push([read(n)])

  expect(overflows).toEqual(['messages arrive faster than they can be stored'])
  never.resolve()
  await it.drain(5_000)
})
