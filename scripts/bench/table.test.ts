import { describe, expect, test } from 'vitest'
import type { Figure, Row } from './row.ts'
import { linesOf, markdownTable, short, textTable } from './table.ts'

const row: Row = { name: 'reading', title: 'reading ÷ reference', run: async () => [] }
const figure: Figure = { title: 'reading', unit: 'ms', budget: { atMost: 1.5 }, ours: [3, 2, 4], reference: [2, 2, 2] }
const lineOf = (change: Partial<Figure> = {}) => linesOf({ row, seconds: 1, figures: [{ ...figure, ...change }] })[0]

describe('a line', () => {
  test('has the median of the ratios of the rounds, not the ratio of the medians', () => {
    expect(lineOf({ ours: [1, 10, 100], reference: [1, 20, 10] })?.ratio).toEqual({ median: 1, min: 0.5, max: 10 })
  })

  test('is ok when its ratio is the budget', () => {
    expect(lineOf()?.verdict).toBe('ok')
  })

  test('is over when its ratio is above what is allowed at most', () => {
    expect(lineOf({ budget: { atMost: 1.4 } })?.verdict).toBe('over')
  })

  test('is over when its ratio is below what is demanded at least', () => {
    expect(lineOf({ budget: { atLeast: 1.6 } })?.verdict).toBe('over')
  })

  test('is judged by our own value where the budget is for that', () => {
    expect(lineOf({ absolute: true, budget: { atMost: 2.9 } })?.verdict).toBe('over')
    expect(lineOf({ absolute: true, budget: { atMost: 3 } })?.verdict).toBe('ok')
  })

  test('informs when there is no budget', () => {
    const { budget: _, ...rest } = figure
    expect(linesOf({ row, seconds: 1, figures: [rest] })[0]?.verdict).toBe('info')
  })

  test('says why a row has no figures', () => {
    const lines = linesOf({ row, seconds: 1, figures: [], failed: 'the server ended\n  at a line' })
    expect(lines).toMatchObject([{ row: 'reading', verdict: 'failed', failed: 'the server ended\n  at a line' }])
    expect(textTable(lines)).toContain('the server ended')
  })
})

test('the table has ratio, budget, verdict, both sides and the spread', () => {
  const lines = linesOf({ row, seconds: 1, figures: [figure] })
  expect(textTable(lines).split('\n')[1]?.split(/ {2,}/)).toEqual([
    'reading',
    '1.50',
    '≤ 1.5',
    'ok',
    '3.00 ms',
    '2.00 ms',
    '1.00–2.00',
  ])
  expect(markdownTable(lines).split('\n')[2]).toBe('| reading | 1.50 | ≤ 1.5 | ok | 3.00 ms | 2.00 ms | 1.00–2.00 |')
})

test('numbers are written with the digits that count', () => {
  expect([0.123, 12.345, 123.45, 12345.6, Number.NaN].map(short)).toEqual(['0.12', '12.3', '123', '12,346', '–'])
})
