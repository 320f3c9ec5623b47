/** Side by side stands only what was measured alike, and every kind of answer is told from every other. */
import { expect, test } from 'vitest'
import { operationIds } from '../parley.ts'
import type { CaseRecord, Result } from '../result.ts'
import { BadGrid, createGrid, marksOf, shareOf } from './grid.ts'
import { toGridMarkdown } from './grid-markdown.ts'
import { toGridHtml } from './html/grid.ts'
import { everyVerdict, sampleRecord, sampleResult } from './sample.ts'

const all = operationIds.length

const named = (file: string, records: CaseRecord[], more: Parameters<typeof sampleResult>[1] = {}) => ({
  file,
  result: sampleResult(records, more),
})

const one = (verdict: CaseRecord['verdict'], more: Partial<CaseRecord> = {}) =>
  sampleRecord(verdict, { id: 'getChat/200/-/same', operationId: 'getChat', ...more })

test('a row for each case, a column for each result, in the order given', () => {
  const older = { target: { name: 'old', version: '1', kind: 'server', baseUrl: 'http://x' } } as const
  const grid = createGrid([named('b.json', [one('fail')], older), named('a.json', [one('pass')])])
  expect(grid.columns).toMatchObject([
    { name: 'old', version: '1', date: '2026-01-01', standing: { kind: 'bad' } },
    { name: 'mine & yours', version: '2', standing: { kind: 'good' } },
  ])
  expect(grid.rows).toMatchObject([
    { id: 'getChat/200/-/same', differs: true, cells: [{ mark: 'fail', reason: 'because of fail' }, { mark: 'pass' }] },
  ])
})

test('every kind of answer has a mark of its own', () => {
  const { rows } = createGrid([named('a.json', everyVerdict())])
  expect(new Set(rows.map(({ cells }) => cells[0]?.mark))).toEqual(
    new Set(['pass', 'fail', 'warn', 'na', 'untestable', 'blocked', 'error', 'steered']),
  )
  expect(rows.filter(({ cells }) => cells[0]?.known)).toHaveLength(1)
})

test('another contract is refused, even with the same version', () => {
  const other = { contract: { version: '1.0.0', sha256: 'beef'.repeat(16) } }
  expect(() => createGrid([named('a.json', [one('pass')]), named('b.json', [one('pass')], other)])).toThrow(
    new BadGrid('b.json was measured by contract 1.0.0 (beefbeefbeef), a.json by 1.0.0 (c0ffeec0ffee)'),
  )
})

const several = [one('pass'), sampleRecord('pass')]

test('other cases are refused by name, and --partial shows them as missing', () => {
  const two = [named('a.json', several), named('b.json', [one('pass')], { filter: 'getChat' })]
  expect(() => createGrid(two)).toThrow(
    'b.json lacks a case (setChatPresence/501/not_implemented/pass); with --partial, what is lacking is shown as missing',
  )
  expect(() => createGrid(two.toReversed())).toThrow('a.json has a case (setChatPresence')
  const { rows } = createGrid(two, { partial: true })
  expect(rows.map(({ cells }) => cells.map(({ mark }) => mark))).toEqual([
    ['pass', 'pass'],
    ['pass', 'missing'],
  ])
})

test('a total counts what passed of what applies, and nothing else', () => {
  const { rows } = createGrid([named('a.json', everyVerdict())])
  // Of eleven: one does not apply, one is an example.
  expect(shareOf(rows, 0)).toEqual({ part: 2, whole: 9 })
  expect(marksOf(rows, 0)).toContainEqual(['fail', 3])
  expect(shareOf([], 0)).toBeUndefined()
})

test('Markdown has the figures, the totals and the cases that someone does not pass', () => {
  const markdown = toGridMarkdown(
    createGrid([
      named('a.json', [...several, one('na', { id: 'getChat/404/-/n' })]),
      named('b.json', [one('fail', { known: 'soon' }), sampleRecord('pass'), one('pass', { id: 'getChat/404/-/n' })]),
    ]),
  )
  expect(markdown).toContain(
    `| mine &amp; yours 2 (00:00 UTC, run 0badcafe) | server | 2026-01-01 | Conformant on 2 of ${all} operations | 2 of ${all} | 100 % (2/2) |`,
  )
  expect(markdown).toContain(`| server | 2026-01-01 | Conformant but for known failures | 2 of ${all} | 66.6 % (2/3)`)
  expect(markdown).toContain('| `getChat` | 1/1 | 1/2 |')
  expect(markdown).toContain('| `getChat/200/-/same` | pass | **fail** (known) |')
  expect(markdown).not.toContain('getChat/404')
})

test('what is said of no figure is that there is none', () => {
  expect(toGridMarkdown(createGrid([named('a.json', [one('error')])]))).toContain('| not measured | not measured |')
})

test('the page escapes what results hold', () => {
  const target: Result['target'] = { name: '<script>', version: '"', kind: 'mock', baseUrl: 'http://x' }
  const page = toGridHtml(createGrid([named('a.json', everyVerdict(), { target })]))
  expect(page.match(/<script/g)).toHaveLength(1)
  expect(page).not.toContain('<img')
})

test('what nobody claims is said in one line, and two results of one implementation can be told apart', () => {
  const unclaimed = sampleRecord('na', { id: 'listChats/200/-/x', operationId: 'listChats' })
  const other = { target: { name: 'other', version: '1', kind: 'server', baseUrl: 'http://x' } } as const
  const grid = createGrid([
    named('a.json', [one('pass'), unclaimed]),
    named('b.json', [one('fail'), unclaimed], { runId: 'deadbeef' }),
    named('c.json', [one('na'), unclaimed], other),
  ])
  expect(grid.columns.map(({ run }) => run)).toEqual(['00:00 UTC, run 0badcafe', '00:00 UTC, run deadbeef', ''])
  const [page, markdown] = [toGridHtml(grid), toGridMarkdown(grid)]
  expect(page).toContain('Nobody claims <code>listChats</code>.')
  expect(page.match(/listChats/g)).toHaveLength(1)
  expect(markdown).toContain('Nobody claims `listChats`.')
  expect(markdown.match(/listChats/g)).toHaveLength(1)
})
