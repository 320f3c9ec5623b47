/** Who runs beside whom. */
import { expect, test } from 'vitest'
import { createLanes, type Tails } from './lanes.ts'

/** Work that the test ends by name, and a list of what has begun. */
const bench = () => {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const work = (name: string) => () =>
    new Promise<void>((resolve) => {
      begun.push(name)
      ends.set(name, resolve)
    })
  const end = async (name: string) => {
    ends.get(name)?.()
    await settled()
  }
  return { begun, work, end }
}

/** Whatever can begin has begun. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('what runs alone waits for all others, and lets none begin', async () => {
  const { begun, work, end } = bench()
  const lanes = createLanes(2)
  const all = [lanes.in('parallel', work('a')), lanes.in('serial:x', work('b'))]
  await settled()
  all.push(lanes.alone(work('alone')), lanes.in('parallel', work('c')))
  await end('a')
  expect(begun).toEqual(['a', 'b'])
  await end('b')
  expect(begun).toEqual(['a', 'b', 'alone'])
  await end('alone')
  expect(begun).toEqual(['a', 'b', 'alone', 'c'])
  await end('c')
  await Promise.all(all)
})

test('runs that share their lanes wait for each other in these, and not for who runs alone', async () => {
  const { begun, work, end } = bench()
  const tails: Tails = new Map()
  const [one, other] = [createLanes(2, tails), createLanes(2, tails)]
  const all = [one.in('serial:x', work('a')), other.in('serial:x', work('b')), other.in('parallel', work('c'))]
  await settled()
  expect(begun).toEqual(['a', 'c'])
  await end('c')
  all.push(other.alone(work('alone')))
  await end('a')
  expect(begun).toEqual(['a', 'c', 'alone'])
  await end('alone')
  expect(begun).toEqual(['a', 'c', 'alone', 'b'])
  await end('b')
  await Promise.all(all)
})

test('of two that run alone none waits for what the other has', async () => {
  const { begun, work, end } = bench()
  const lanes = createLanes(4)
  const both = [lanes.alone(work('a')), lanes.alone(work('b'))]
  await settled()
  expect(begun).toEqual(['a'])
  await end('a')
  expect(begun).toEqual(['a', 'b'])
  await end('b')
  await Promise.all(both)
})
