import { setImmediate as turn } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { createFewATurn } from './few-a-turn.ts'

test('all begin, in their order, and eight at most in one turn', async () => {
  const later = createFewATurn()
  const begun: number[] = []
  for (let n = 0; n < 20; n += 1) later(() => begun.push(n))
  expect(begun).toEqual([])
  const counts: number[] = []
  for (let turns = 0; turns < 4; turns += 1) {
    await turn()
    counts.push(begun.length)
  }
  expect(counts).toEqual([8, 16, 20, 20])
  expect(begun).toEqual(begun.toSorted((a, b) => a - b))
})

test('what is added by one that begins has a later turn, also when nothing else waits', async () => {
  const later = createFewATurn()
  const begun: string[] = []
  later(() => {
    begun.push('first')
    later(() => begun.push('second'))
  })
  await turn()
  expect(begun).toEqual(['first'])
  await turn()
  expect(begun).toEqual(['first', 'second'])
})

test('an error of one is uncaught, and does not keep the others', async () => {
  const uncaught: (() => void)[] = []
  vi.stubGlobal('queueMicrotask', (throws: () => void) => uncaught.push(throws))
  const later = createFewATurn()
  const begun: string[] = []
  later(() => {
    throw new Error('of the first')
  })
  later(() => begun.push('second'))
  await turn()
  expect(begun).toEqual(['second'])
  expect(uncaught).toHaveLength(1)
  expect(uncaught[0]).toThrow('of the first')
  vi.unstubAllGlobals()
})
