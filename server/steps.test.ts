import { expect, test } from 'vitest'
import { stepsOf } from './steps.ts'

test('the class and the calls of an error, without its words', () => {
  const steps = stepsOf(new TypeError('of 6281234567890:\nat midnight we meet'))
  expect(steps[0]).toBe('TypeError')
  expect(steps[1]).toContain('steps.test.ts')
  expect(steps.length).toBeLessThanOrEqual(6)
  expect(steps.join()).not.toMatch(/6281234567890|midnight/)
})

test('a value that is not an error has no steps', () => {
  expect(stepsOf('6281234567890')).toEqual([])
  expect(stepsOf(undefined)).toEqual([])
})
