import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { type StoreHealth, watchStore } from './health.ts'

const full = 'the disk that holds the database is full'

let fail: Error | undefined
let answer: Promise<void>
let looks: number
/** Called for what the store does while it is looked at. */
let progress: () => void
let lines: string[]
let health: StoreHealth

const store = {
  async check(onProgress: () => void = () => {}) {
    looks += 1
    progress = onProgress
    await answer
    if (fail !== undefined) throw fail
  },
}

beforeEach(() => {
  vi.useFakeTimers()
  fail = undefined
  answer = Promise.resolve()
  looks = 0
  lines = []
  const note = (_fields: object, message: string) => void lines.push(message)
  health = watchStore({ store, log: { info: note, warn: note } })
})
afterEach(() => {
  health.close()
  vi.useRealTimers()
})

describe('a store that can be written', () => {
  test('has no reason, and nobody waits for it', async () => {
    expect(await health.check()).toBeUndefined()
    await health.writable()
    expect(lines).toEqual([])
  })

  test('is looked at every five seconds', async () => {
    await vi.advanceTimersByTimeAsync(20_000)
    expect(looks).toBe(5)
  })

  test('many who ask at once share one look', async () => {
    await health.check()
    const before = looks
    await Promise.all(Array.from({ length: 100 }, () => health.check()))
    expect(looks - before).toBe(1)
  })
})

describe('a store that cannot be written', () => {
  test('says why, and says so once', async () => {
    fail = new StoreUnavailable(full)
    await health.check()
    expect(await health.check()).toBe(full)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(health.reason).toBe(full)
    expect(lines).toEqual(['the store cannot be written'])
  })

  test('is found out by the next look', async () => {
    await health.check()
    fail = new StoreUnavailable(full)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(health.reason).toBe(full)
  })

  test('an error of another kind keeps its text', async () => {
    fail = new TypeError('secret detail')
    await health.check()
    expect(await health.check()).toBe('the database fails')
  })

  test('is waited for, and found well within a second of its recovery', async () => {
    fail = new StoreUnavailable(full)
    await health.check()
    let resolved = false
    const waited = health.writable().then(() => {
      resolved = true
    })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(resolved).toBe(false)
    fail = undefined
    await vi.advanceTimersByTimeAsync(600)
    await waited
    expect(health.reason).toBeUndefined()
    expect(lines).toEqual(['the store cannot be written', 'the store can be written again'])
  })

  test('who begins to wait makes it look at once', async () => {
    await health.check()
    fail = new StoreUnavailable(full)
    void health.writable()
    await vi.advanceTimersByTimeAsync(0)
    expect(health.reason).toBe(full)
  })
})

describe('a store that has not answered yet', () => {
  let resolve: () => void
  beforeEach(async () => {
    await health.check()
    const pending = Promise.withResolvers<void>()
    answer = pending.promise
    resolve = pending.resolve
  })

  test('who asks gets the last answer within a second', async () => {
    const asked = health.check()
    await vi.advanceTimersByTimeAsync(900)
    expect(await asked).toBeUndefined()
  })

  test('that does nothing counts as not writable ten seconds later, until it answers', async () => {
    await vi.advanceTimersByTimeAsync(10_000)
    expect(health.reason).toBe('the database does not answer')
    resolve()
    await vi.advanceTimersByTimeAsync(0)
    expect(health.reason).toBeUndefined()
  })

  test('that does other things meanwhile is busy, however long it takes', async () => {
    await vi.advanceTimersByTimeAsync(5_000)
    for (let seconds = 0; seconds < 120; seconds += 3) {
      await vi.advanceTimersByTimeAsync(3_000)
      expect(health.reason).toBeUndefined()
      progress()
    }
    await vi.advanceTimersByTimeAsync(5_100)
    expect(health.reason).toBe('the database does not answer')
  })

  test('an answer that arrived before a late timer is not taken for silence', async () => {
    void health.check()
    // After the timer of the silence, in the same turn of the event loop.
    setTimeout(() => progress(), 4_000)
    await vi.advanceTimersByTimeAsync(4_500)
    expect(health.reason).toBeUndefined()
  })
})
