/** A badge never says more than the result. */
import { expect, test } from 'vitest'
import { operationIds } from '../parley.ts'
import type { Verdict } from '../result.ts'
import { toBadge } from './badge.ts'
import { sampleRecord, sampleResult } from './sample.ts'

const all = operationIds.length

const server = { name: 'mine', version: '2', kind: 'server', baseUrl: 'http://127.0.0.1:1' } as const
const mock = { ...server, kind: 'mock' } as const
const green = '#0b6b3f'

test.for<[string, Verdict[], Parameters<typeof sampleResult>[1], string, boolean]>([
  ['a server that keeps every promise', ['pass', 'na'], {}, `conformant · 1 of ${all} operations · 1.0`, true],
  ['a server with a warning', ['pass', 'warn'], {}, `conformant · 1 of ${all} operations · 1.0`, true],
  ['the same, strictly', ['pass', 'warn'], { strict: true }, `1 warned · 1 of ${all} operations · 1.0`, false],
  ['a server that fails', ['pass', 'fail', 'blocked'], {}, `1 failing · 1 of ${all} operations · 1.0`, false],
  [
    'a server that lacks something',
    ['pass', 'untestable', 'blocked'],
    {},
    `2 not tested · 1 of ${all} operations · 1.0`,
    false,
  ],
  ['a run with an error', ['pass', 'error'], {}, 'not measured · 1.0', false],
  ['a run in which nothing applies', ['na'], {}, 'not measured · 1.0', false],
  ['a run of some cases only', ['pass'], { filter: 'getChat' }, 'in part · 1.0', false],
  [
    'a baseline that lists what passes',
    ['pass'],
    { stale: ['x'] },
    `baseline out of date · 1 of ${all} operations · 1.0`,
    false,
  ],
  ['a mock', ['pass', 'na'], { target: mock }, `mock agrees · 1 of ${all} operations · 1.0`, false],
  ['a mock that fails', ['pass', 'fail'], { target: mock }, `mock 1 failing · 1 of ${all} operations · 1.0`, false],
])('%s', ([, verdicts, more, text, isGreen]) => {
  const svg = toBadge(
    sampleResult(
      verdicts.map((verdict) => sampleRecord(verdict)),
      { target: server, ...more },
    ),
  )
  expect(svg).toContain(`>${text}</text>`)
  expect(svg.includes(green)).toBe(isGreen)
})

test('what a baseline excuses is not green', () => {
  const svg = toBadge(sampleResult([sampleRecord('pass'), sampleRecord('fail', { known: 'soon' })]))
  expect(svg).toContain(`>1 failing · 1 of ${all} operations · 1.0<`)
  expect(svg).not.toContain(green)
})

test('it has a title for those who cannot see it, and asks for nothing', () => {
  const target = { ...server, name: '<script>"&' }
  const svg = toBadge(sampleResult([sampleRecord('pass')], { target }))
  expect(svg).toContain(
    '<title>Conformance of &lt;script&gt;&quot;&amp; 2 with the Parley contract 1.0.0, 2026-01-01 00:00 UTC: Every promise',
  )
  expect(svg).toContain('role="img" aria-label="Conformance of &lt;script&gt;')
  expect(svg.match(/https?:[^"]*/g)).toEqual(['http://www.w3.org/2000/svg'])
})
