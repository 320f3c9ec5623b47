import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type StoreHealth, watchStore } from '../health.ts'
import { createCheck } from './check.ts'
import type { Connection } from './connection.ts'
import { watched } from './watched.ts'
import { createWriter, type Writer } from './writer.ts'

/** How long each statement takes; undefined = for ever. */
let statementMs: number | undefined
let health: StoreHealth
let writer: Writer
let goOn: (() => void)[]

/** A database that runs one statement after the other. */
const slow = (): Connection => {
  let tail: Promise<unknown> = Promise.resolve()
  const statement = () =>
    new Promise<void>((resolve) => {
      if (statementMs === undefined) goOn.push(resolve)
      else setTimeout(resolve, statementMs)
    })
  return {
    async all() {
      tail = tail.then(statement)
      await tail
      return []
    },
    script: async () => undefined,
    load: 0,
    close: async () => undefined,
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  statementMs = 0
  goOn = []
  const [writing, reading] = [watched(slow()), watched(slow())]
  writer = createWriter(writing)
  const check = createCheck({ writing, writer, readers: [reading], clock: () => 7 })
  health = watchStore({ store: { check }, log: { info: () => {}, warn: () => {} } })
})
afterEach(() => {
  health.close()
  vi.useRealTimers()
})

const add = (count: number) => {
  const jobs = Array.from({ length: count }, (_, n) => {
    const write = writer.write((db) => db.all('INSERT'), { sessionId: `sess_${n % 50}` })
    return write.catch(() => undefined)
  })
  return Promise.all(jobs)
}

test('a store that works through a full queue, a second for each statement, is ready throughout', async () => {
  statementMs = 1_000
  void add(10_000)
  for (let second = 0; second < 600; second += 1) {
    await vi.advanceTimersByTimeAsync(1_000)
    expect(health.reason, `after ${second} s`).toBeUndefined()
    // As full as it may be: the check itself is not refused.
    if (second % 100 === 0) void add(1_000)
  }
  expect(writer.waiting().count).toBeGreaterThan(5_000)
  expect(writer.waiting().oldestMs).toBeGreaterThan(500_000)
})

test('a store whose disk hangs is not ready within ten seconds, and ready again when it goes on', async () => {
  void add(100)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(writer.waiting().count).toBe(0)
  statementMs = undefined
  const jobs = add(10)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(health.reason).toBe('the database does not answer')
  statementMs = 0
  for (const resume of goOn) resume()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(health.reason).toBeUndefined()
  await jobs
})
