import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

const settle = () => new Promise((resolve) => setImmediate(resolve))

/** Work that ends when it is told to. */
const createWork = () => {
  const begun: string[] = []
  const ends = new Map<string, (error?: Error) => void>()
  const work = (name: string) => () => {
    begun.push(name)
    return new Promise<string>((resolve, reject) => {
      ends.set(name, (error) => (error ? reject(error) : resolve(name)))
    })
  }
  return { begun, work, end: (name: string, error?: Error) => ends.get(name)?.(error) }
}

test('of one owner two run at a time, the others in their order; of another owner at once', async () => {
  const { begun, work, end } = createWork()
  const turns = createTurns(2)
  const all = ['a1', 'a2', 'a3', 'a4'].map((name) => turns.take('a', work(name)))
  const other = turns.take('b', work('b1'))
  await settle()
  expect(begun).toEqual(['a1', 'a2', 'b1'])

  end('a2')
  await settle()
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3'])
  for (const name of ['a1', 'b1', 'a3']) end(name)
  await settle()
  end('a4')
  expect(await Promise.all([...all, other])).toEqual(['a1', 'a2', 'a3', 'a4', 'b1'])
})

test('work that fails gives its place to the next', async () => {
  const { begun, work, end } = createWork()
  const turns = createTurns(1)
  const failing = turns.take('a', work('a1'))
  const next = turns.take('a', work('a2'))
  await settle()
  end('a1', new Error('no'))
  await expect(failing).rejects.toThrow('no')
  await settle()
  expect(begun).toEqual(['a1', 'a2'])
  end('a2')
  expect(await next).toBe('a2')
  const again = turns.take('a', work('a3'))
  await settle()
  end('a3')
  expect(await again).toBe('a3')
})
