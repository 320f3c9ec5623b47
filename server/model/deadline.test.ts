import { describe, expect, test } from 'vitest'
import { deadline, settledWithin, within } from './deadline.ts'

const never = new Promise<never>(() => {})
const failed = () => Promise.reject(new Error('no'))

describe('deadline', () => {
  const late = () => new Error('late')

  test('resolves with the value that came in time', async () => {
    expect(await deadline(Promise.resolve('value'), 1_000, late)).toBe('value')
  })

  test('rejects with the given error when nothing came', async () => {
    await expect(deadline(never, 1, late)).rejects.toThrow('late')
  })

  test('rejects when it failed in time', async () => {
    await expect(deadline(failed(), 1_000, late)).rejects.toThrow('no')
  })
})

describe('within', () => {
  test('true when it came in time', async () => {
    expect(await within(Promise.resolve('value'), 1_000)).toBe(true)
  })

  test('false when it did not', async () => {
    expect(await within(never, 1)).toBe(false)
  })

  test('rejects when it failed in time', async () => {
    await expect(within(failed(), 1_000)).rejects.toThrow('no')
  })
})

describe('settledWithin', () => {
  test.each([
    ['done', () => Promise.resolve('value'), 60_000],
    ['failed', failed, 60_000],
    ['nothing to do', () => undefined, 60_000],
    ['late', () => never, 1],
  ])('%s', async (_, work, ms) => {
    expect(await settledWithin(work(), ms)).toBeUndefined()
  })
})
