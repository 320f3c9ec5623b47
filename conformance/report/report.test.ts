/** Reports say what the result says, keep secrets, and never make a cut-off result look whole. */
import { expect, test } from 'vitest'
import { type CaseRecord, footerOf, type Result, type Verdict } from '../result.ts'
import { parseResult, toJson } from './json.ts'
import { toJUnit } from './junit.ts'
import { percent, toText } from './text.ts'

const record = (verdict: Verdict, more: Partial<CaseRecord> = {}): CaseRecord => ({
  id: `getChat/200/-/${verdict}`,
  operationId: 'getChat',
  promise: 'answers with the chat',
  level: 'MUST',
  clause: '/paths/~1x/get/responses/200',
  control: [],
  since: '1.0',
  verdict,
  reason: verdict === 'pass' ? '' : `because of ${verdict}`,
  problems: [],
  steered: false,
  info: [],
  durationMs: 2,
  exchanges: [],
  ...more,
})

const result = (records: CaseRecord[], stale: string[] = []): Result => ({
  format: 1,
  suite: { name: 'suite', version: '1' },
  contract: { version: '1.0.0', sha256: 'x' },
  target: { name: 'mine & yours', version: '2', kind: 'server', baseUrl: 'http://127.0.0.1:1' },
  profile: {},
  choices: { validationStatus: 'auto' },
  filter: '',
  strict: false,
  runId: 'r',
  seed: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 1_234,
  preflight: [],
  stale,
  requirements: [],
  records,
  footer: footerOf(records, stale, false),
})

test.for<[Verdict[], number, number | null, number | null]>([
  [['pass'], 0, 1, 1],
  [['pass', 'fail'], 1, 0.5, 1],
  [['pass', 'warn'], 0, 1, 1],
  [['pass', 'na'], 0, 1, 1],
  [['pass', 'untestable'], 1, 1, 0.5],
  [['pass', 'blocked'], 1, 1, 0.5],
  [['pass', 'fail', 'error'], 2, null, null],
  [['na'], 2, null, null],
])('%j gives exit code %i, conformance %s, coverage %s', ([verdicts, exitCode, conformance, coverage]) => {
  expect(
    footerOf(
      verdicts.map((verdict) => record(verdict)),
      [],
      false,
    ),
  ).toMatchObject({ exitCode, conformance, coverage })
})

test('a known failure is accepted, and stays a failure in the figures', () => {
  expect(footerOf([record('pass'), record('fail', { known: 'soon' })], [], false)).toMatchObject({
    exitCode: 0,
    conformance: 0.5,
  })
})

test('100 % is said only of all', () => {
  expect([percent(1), percent(0.99999), percent(0), percent(null)]).toEqual([
    '100 %',
    '99.9 %',
    '0.0 %',
    'not measured',
  ])
})

test('what is written can be read again', () => {
  const whole = result([record('pass'), record('fail')])
  expect(parseResult(toJson(whole))).toEqual(whole)
})

test.for<[string, (text: string) => string]>([
  ['cut off', (text) => text.slice(0, -100)],
  ['without footer', (text) => JSON.stringify({ ...JSON.parse(text), footer: undefined })],
  ['with a verdict that there is not', (text) => text.replace('"verdict": "fail"', '"verdict": "green"')],
  ['with counts that do not agree', (text) => text.replace('"verdict": "fail"', '"verdict": "pass"')],
  ['of another format', (text) => text.replace('"format": 1', '"format": 2')],
])('a result %s is refused', ([, spoil]) => {
  expect(() => parseResult(spoil(toJson(result([record('pass'), record('fail')]))))).toThrow()
})

test('JUnit has an element with the reason for whatever did not pass', () => {
  const verdicts: Verdict[] = ['pass', 'fail', 'warn', 'na', 'untestable', 'blocked', 'error']
  const xml = toJUnit(
    result([
      ...verdicts.map((verdict) => record(verdict)),
      record('fail', { id: 'getChat/200/-/known', known: 'soon' }),
    ]),
  )
  expect(xml).toContain('<testsuites name="mine &amp; yours" tests="8" failures="3" errors="1" skipped="3"')
  for (const [element, verdict] of [
    ['failure', 'fail'],
    ['skipped', 'warn'],
    ['skipped', 'na'],
    ['failure', 'untestable'],
    ['failure', 'blocked'],
    ['error', 'error'],
  ])
    expect(xml).toContain(`<${element} message="because of ${verdict}">`)
})

test('JUnit stays XML whatever a server answers', () => {
  const nasty = '</testcase>\u0000\u001b]]>"&<\ud800'
  const xml = toJUnit(result([record('fail', { reason: nasty })]))
  expect(xml).toContain('message="&lt;/testcase&gt;\ufffd\ufffd]]&gt;&quot;&amp;&lt;\ufffd"')
})

test('the text names each broken promise with its clause, and the figures', () => {
  const text = toText(result([record('pass'), record('fail'), record('na')], ['getChat/200/-/old']))
  expect(text).toContain('promised: the server answers with the chat; see /paths/~1x/get/responses/200')
  expect(text).toContain('3 cases in 1.2 s: 1 pass, 1 fail, 1 na')
  expect(text).toContain('conformance 50.0 %, coverage 100 %: not conformant')
  expect(text).toContain('1 × because of na')
  expect(text).toContain('getChat/200/-/old')
})

test('the text says once what is true of many', () => {
  const many = Array.from({ length: 50 }, (_, index) => record('error', { id: `getChat/200/-/n${index}` }))
  expect(toText(result(many))).toContain('… and 47 more for the same reason')
})
