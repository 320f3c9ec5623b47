import { expect, test } from 'vitest'
import { inAttempts } from './attempts.ts'

const handed = async (sizes: number[], attempts: (n: number) => number = () => 0) => {
  async function* entries() {
    for (const [position, bytes] of sizes.entries()) yield { position, bytes, attempts: attempts(position) }
  }
  const batches: number[][] = []
  const written: (readonly [number[], number])[] = []
  const setAttempts = async (positions: number[], count: number) => void written.push([positions, count])
  const work = async (taken: { position: number }[]) => void batches.push(taken.map(({ position }) => position))
  await inAttempts(entries(), { setAttempts }, work, 'as new')
  return { batches, written }
}

const mebi = 1024 * 1024

test('many small entries are handed over together, a few large ones too', async () => {
  const { batches } = await handed(Array<number>(250).fill(100))
  expect(batches.map(({ length }) => length)).toEqual([200, 50])
  expect((await handed(Array<number>(7).fill(6 * mebi))).batches).toEqual([[0, 1, 2], [3, 4, 5], [6]])
  expect((await handed([100, 100 * mebi, 100])).batches).toEqual([[0, 1], [2]])
})

test('one that somebody did not come back from comes alone, and one that is set aside not at all', async () => {
  const { batches, written } = await handed([1, 1, 1, 1, 1], (n) => [0, 1, 0, 2, 0][n] ?? 0)
  expect(batches).toEqual([[0], [1], [2, 4]])
  expect(written).toEqual([
    [[0], 1],
    [[0], 0],
    [[1], 2],
    [[1], 0],
    [[2, 4], 1],
    [[2, 4], 0],
  ])
})
