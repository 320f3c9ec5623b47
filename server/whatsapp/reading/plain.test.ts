import { describe, expect, test } from 'vitest'
import { farFuture, millisOf, numberOf, sizeOf } from './plain.ts'

describe('numberOf', () => {
  test.each<[unknown, number | undefined]>([
    [5, 5],
    ['5', 5],
    [5n, 5],
    [{ low: 5, high: 0, unsigned: true }, 5],
    [{ low: -1, high: 0, unsigned: true }, 4_294_967_295],
    [{ low: -1, high: -1, unsigned: false }, -1],
    [{ low: 0, high: 1, unsigned: false }, 4_294_967_296],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['5x', undefined],
    [{ low: '5', high: 0 }, undefined],
    [null, undefined],
  ])('%#', (value, number) => {
    expect(numberOf(value)).toBe(number)
  })
})

describe('sizeOf', () => {
  test.each<[unknown, number | undefined]>([
    [1_024, 1_024],
    [0, 0],
    [-1, undefined],
    [1.5, undefined],
    [{ low: 0, high: -2_147_483_648, unsigned: true }, undefined],
  ])('%#', (value, size) => {
    expect(sizeOf(value)).toBe(size)
  })
})

describe('millisOf', () => {
  test.each<[string, unknown, number | undefined]>([
    ['seconds', 1_700_000_000, 1_700_000_000_000],
    ['seconds as text', '1700000000', 1_700_000_000_000],
    ['seconds in two halves', { low: 1_700_000_000, high: 0, unsigned: true }, 1_700_000_000_000],
    ['the last second of 32 bits', 4_294_967_295, 4_294_967_295_000],
    ['milliseconds', 1_700_000_000_123, 1_700_000_000_123],
    ['beyond the calendar', 1e18, farFuture],
    ['zero', 0, undefined],
    ['negative', -5, undefined],
    ['not a number', Number.NaN, undefined],
    ['nothing', undefined, undefined],
  ])('%s', (_, value, time) => {
    expect(millisOf(value)).toBe(time)
  })
})
