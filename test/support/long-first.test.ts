import { globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { TestSpecification, Vitest } from 'vitest/node'
import { LongFirst, rankOf, ranks } from './long-first.ts'

const root = join(import.meta.dirname, '../..')

const order = async (paths: string[], seed: number): Promise<string[]> => {
  const sequencer = new LongFirst({ config: { root, sequence: { seed } } } as Vitest)
  const files = paths.map((path) => ({ moduleId: join(root, path) }) as TestSpecification)
  return (await sequencer.sort(files)).map(({ moduleId }) => moduleId.slice(root.length + 1))
}

const isTest = (path: string) => path.endsWith('.test.ts')

const paths = ['server', 'test/faults', 'scripts', 'test/conformance', 'test/e2e', 'loopback'].flatMap((folder) =>
  Array.from({ length: 5 }, (_, index) => `${folder}/${index}.test.ts`),
)

test('each file is there once, long ones first', async () => {
  const sorted = await order(paths, 1)
  expect(sorted.toSorted()).toEqual(paths.toSorted())
  expect(sorted.map(rankOf)).toEqual([...Array(10).fill(1), ...Array(10).fill(2), ...Array(10).fill(3)])
})

test('the file that takes the longest begins before all others, whatever the seed', async () => {
  const longest = 'test/conformance/mutants.test.ts'
  for (const seed of [1, 2, 3]) expect((await order([...paths, longest], seed))[0]).toBe(longest)
})

test('the seed alone decides the order of those that are alike', async () => {
  const sorted = await order(paths, 1)
  expect(await order(paths.toReversed(), 1)).toEqual(sorted)
  expect(await order(paths, 2)).not.toEqual(sorted)
})

test('each file that is named is there, and each folder that is named has tests', () => {
  for (const path of ranks.flat())
    expect([path, ...globSync([path, `${path}/**/*.test.ts`], { cwd: root }).filter(isTest)]).not.toHaveLength(1)
})
