import { expect, test } from 'vitest'
import { within } from './deadline.ts'

test('true when it came in time', async () => {
  expect(await within(Promise.resolve('value'), 1_000)).toBe(true)
})

test('false when it did not', async () => {
  expect(await within(new Promise(() => {}), 1)).toBe(false)
})

test('rejects when it failed in time', async () => {
  await expect(within(Promise.reject(new Error('no')), 1_000)).rejects.toThrow('no')
})
