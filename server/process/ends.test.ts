import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openEnds } from './ends.ts'

const minute = 60_000
let dataDir: string
let now: number
let warned: object[]

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-05-01T12:00:00Z') })
  now = Date.now()
  warned = []
  dataDir = mkdtempSync(join(tmpdir(), 'parley-ends-'))
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(dataDir, { recursive: true })
})

/** A process begins. */
const open = () =>
  openEnds({ dataDir, clock: () => now, log: { warn: (fields: object) => void warned.push(fields) } as never })

/** A process in which this session worked last, and which ends so long after the one before. */
const endAfter = (minutes: number, sessionId?: string) => {
  now += minutes * minute
  const ends = open()
  if (sessionId !== undefined) ends.atWork(sessionId)
  ends.note()
}

/** Node leaves this file when there is no memory left. */
const endWithoutMemory = (name: string) => {
  const file = join(dataDir, `parley.out-of-memory.${name}`)
  writeFileSync(file, '{"header":')
  utimesSync(file, now / 1000, now / 1000)
}

describe('three ends within ten minutes', () => {
  test('leave out the session that was last at work, and no other', () => {
    endAfter(0, 'sess_1')
    endAfter(4, 'sess_2')
    expect(open().has('sess_2')).toBe(false)
    endAfter(6, 'sess_2')
    const ends = open()
    expect([ends.has('sess_1'), ends.has('sess_2')]).toEqual([false, true])
    expect(warned).toEqual([{ sessionId: 'sess_2' }])
  })

  test('for lack of memory count too, and their reports are removed', () => {
    endAfter(0, 'sess_1')
    endWithoutMemory('none')
    endAfter(1, 'sess_3')
    expect(open().has('sess_3')).toBe(true)
    expect(readdirSync(dataDir)).toEqual(['parley.ends'])
  })

  test('by lack of memory alone', () => {
    for (let times = 0; times < 3; times += 1) {
      now += minute
      endWithoutMemory('sess_1')
      open()
    }
    expect(open().has('sess_1')).toBe(true)
  })

  test('leave no session out when none was at work', () => {
    for (let times = 0; times < 3; times += 1) endAfter(1)
    expect(warned).toEqual([])
  })

  test('are counted from zero for the next session, while the first stays left out', () => {
    for (const sessionId of ['sess_1', 'sess_2']) for (let times = 0; times < 3; times += 1) endAfter(1, sessionId)
    const ends = open()
    expect([ends.has('sess_1'), ends.has('sess_2')]).toEqual([true, true])
  })
})

test('three ends in more than ten minutes leave nothing out', () => {
  for (let times = 0; times < 4; times += 1) endAfter(5.1, 'sess_1')
  expect(open().has('sess_1')).toBe(false)
})

describe('a session that was left out is back', () => {
  beforeEach(() => {
    for (let times = 0; times < 3; times += 1) endAfter(1, 'sess_1')
  })

  test('when it is released, for later processes too', () => {
    open().release('sess_1')
    expect(open().has('sess_1')).toBe(false)
  })

  test('after an hour without an end, in the same process', () => {
    const back = vi.fn()
    const ends = open()
    const stop = ends.onBack(back)
    const pass = (minutes: number) => {
      now += minutes * minute
      vi.advanceTimersByTime(minutes * minute)
    }
    pass(58)
    expect(back).not.toHaveBeenCalled()
    pass(2)
    expect(back.mock.calls).toEqual([['sess_1']])
    expect(ends.has('sess_1')).toBe(false)
    stop()
  })

  test('after an hour without an end, in a later process', () => {
    now += 50 * minute
    endAfter(0, 'sess_2')
    now += 50 * minute
    expect(open().has('sess_1')).toBe(true)
    now += 11 * minute
    expect(open().has('sess_1')).toBe(false)
  })
})

test('the file is its owner’s alone, and bounded', () => {
  const ends = open()
  for (let times = 0; times < 200; times += 1) ends.note()
  const file = join(dataDir, 'parley.ends')
  expect(statSync(file).mode & 0o077).toBe(0)
  expect(statSync(file).size).toBeLessThan(10_000)
})

test.each([
  ['nothing', ''],
  ['no JSON', '{"ends":[{"at":1'],
  ['another shape', '{"ends":{"at":1},"aside":[null,7,{"sessionId":"sess_1"},{"at":"now","sessionId":"sess_1"}]}'],
  ['a list', '[]'],
  ['null', 'null'],
  ['far too much', ' '.repeat(1_000_000)],
  [
    'times of another year',
    `{"ends":[${Array(3).fill('{"at":9e15,"sessionId":"sess_1"}')}],"aside":[{"at":1,"sessionId":"sess_1"}]}`,
  ],
])('a file with %s counts as none, and is written again', (_, text) => {
  const file = join(dataDir, 'parley.ends')
  writeFileSync(file, text)
  const ends = open()
  expect(ends.has('sess_1')).toBe(false)
  ends.note()
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ ends: [{ at: now }], aside: [] })
})

test('a folder that cannot be written does not stand in the way of the end', () => {
  const ends = open()
  rmSync(dataDir, { recursive: true })
  expect(() => ends.note()).not.toThrow()
  dataDir = mkdtempSync(join(tmpdir(), 'parley-ends-'))
})
