import { expect, test } from 'vitest'
import { isKnown, rangeOf } from './range.ts'

const file = { size: 1_000, etag: '"v1"' } as const

test.for<[string, ReturnType<typeof rangeOf>]>([
  ['bytes=0-0', { start: 0, end: 1 }],
  ['bytes=0-99', { start: 0, end: 100 }],
  ['BYTES=900-', { start: 900, end: 1_000 }],
  ['bytes=999-5000', { start: 999, end: 1_000 }],
  ['bytes=-1', { start: 999, end: 1_000 }],
  ['bytes=-5000', { start: 0, end: 1_000 }],
  ['bytes=1000-', 'none'],
  ['bytes=1000-1001', 'none'],
  ['bytes=-0', 'none'],
  ['bytes=99999999999999999999-', 'none'],
  // Answered with the whole
  ['bytes=5-4', undefined],
  ['bytes=-', undefined],
  ['bytes=', undefined],
  ['bytes=0-0,5-9', undefined],
  ['bytes=a-b', undefined],
  ['bytes = 0-1', undefined],
  ['items=0-1', undefined],
])('%s of 1,000 bytes', ([range, expected]) => {
  expect(rangeOf({ range }, file)).toEqual(expected)
})

test.for<[string, ReturnType<typeof rangeOf>]>([
  ['"v1"', { start: 0, end: 1 }],
  ['"v2"', undefined],
  ['W/"v1"', undefined],
  ['Sun, 29 Nov 2026 06:38:25 GMT', undefined],
])('only if it is %s', ([condition, expected]) => {
  expect(rangeOf({ range: 'bytes=0-0', 'if-range': condition }, file)).toEqual(expected)
})

test('an empty file has no range', () => {
  expect(rangeOf({ range: 'bytes=0-' }, { ...file, size: 0 })).toBe('none')
  expect(rangeOf({ range: 'bytes=-1' }, { ...file, size: 0 })).toBe('none')
})

test.for<[string | undefined, boolean]>([
  ['"v1"', true],
  ['W/"v1"', true],
  ['"v0", "v1"', true],
  ['*', true],
  ['"v2"', false],
  ['v1', false],
  ['', false],
  [undefined, false],
])('the caller has %s', ([known, expected]) => {
  expect(isKnown({ 'if-none-match': known }, file)).toBe(expected)
})
