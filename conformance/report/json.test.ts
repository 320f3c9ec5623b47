/** A result that is not whole, or not honest, is never read as one. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect, test } from 'vitest'
import { operationIds } from '../parley.ts'
import { footerOf, type Verdict } from '../result.ts'
import { BadResult, parseResult, readResult, toJson } from './json.ts'
import { everyVerdict, sampleRecord, sampleResult } from './sample.ts'

const whole = sampleResult(everyVerdict(), {
  preflight: [{ key: 'tokens.full', problem: 'is refused with 401' }],
  profile: { presence: true, chats: null },
})
// As it comes out of a file: without members that are undefined.
const written = JSON.parse(toJson(whole))

test('what is written can be read again', () => {
  expect(parseResult(toJson(whole))).toEqual(written)
})

test('the footer comes last', () => {
  expect(Object.keys(written).at(-1)).toBe('footer')
})

test.for<[string, (text: string) => string, string]>([
  ['cut off', (text) => text.slice(0, -100), 'it was cut off'],
  ['cut off where it is still JSON', (text) => text.replace(/,\s*"footer"[\s\S]*/, '}'), 'it was cut off'],
  ['that is empty', () => '', 'it was cut off'],
  ['that is something else', () => '{"hello":1}', 'this is no result'],
  [
    'with a verdict that there is not',
    (text) => text.replace('"verdict": "fail"', '"verdict": "green"'),
    'setChatPresence/501/not_implemented/fail has the verdict green, which there is not',
  ],
  ['with counts that do not agree', (text) => text.replace('"verdict": "fail"', '"verdict": "pass"'), 'do not agree'],
  ['with a better figure', (text) => text.replace(/"conformance": null/, '"conformance": 1'), 'do not agree'],
  [
    'with a better outcome',
    (text) => text.replace('"outcome": "not measured"', '"outcome": "conformant"'),
    'do not agree',
  ],
  ['with fewer cases', (text) => JSON.stringify({ ...JSON.parse(text), records: [] }), 'do not agree'],
  [
    'with a member missing',
    (text) => JSON.stringify({ ...JSON.parse(text), target: {} }),
    '/target must have required',
  ],
  [
    'with a case twice',
    (text) => {
      const result = JSON.parse(text)
      const records = [...result.records, result.records[0]]
      return JSON.stringify({ ...result, records, footer: footerOf(records, operationIds, [], false) })
    },
    'has a case twice',
  ],
  ['of another format', (text) => text.replace('"format": 1', '"format": 2'), 'has format 2'],
])('a result %s is refused', ([, spoil, message]) => {
  expect(() => parseResult(spoil(toJson(whole)))).toThrow(BadResult)
  expect(() => parseResult(spoil(toJson(whole)))).toThrow(message)
})

test('a file that is not there is named', async () => {
  await expect(readResult('/nowhere/result.json')).rejects.toThrow('/nowhere/result.json: cannot be read')
})

test('members that a later suite adds are left alone', () => {
  expect(parseResult(JSON.stringify({ ...written, colour: 'green' }))).toMatchObject({ colour: 'green' })
})

test('the published schema names every member that there is', () => {
  const schema = JSON.parse(readFileSync(new URL('../result.schema.json', import.meta.url), 'utf8'), (_key, value) =>
    value?.properties === undefined ? value : { ...value, additionalProperties: false },
  )
  const ajv = new Ajv2020({ allErrors: true, strict: false })
  addFormats.default(ajv)
  const isResult = ajv.compile(schema)
  isResult(written)
  expect(isResult.errors).toBeNull()
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
  const records = verdicts.map((verdict) => sampleRecord(verdict))
  expect(footerOf(records, operationIds, [], false)).toMatchObject({ exitCode, conformance, coverage })
})

test('a known failure is accepted, and stays a failure in the figures', () => {
  expect(
    footerOf([sampleRecord('pass'), sampleRecord('fail', { known: 'soon' })], operationIds, [], false),
  ).toMatchObject({
    exitCode: 0,
    conformance: 0.5,
  })
})

test('the operations that a verdict is about are those of which a case applies', () => {
  const records = [sampleRecord('pass'), sampleRecord('na', { id: 'getChat/200/-/x', operationId: 'getChat' })]
  expect(footerOf(records, operationIds, [], false).operations).toEqual({ part: 1, whole: operationIds.length })
  expect(footerOf([], operationIds, [], false).operations.part).toBe(0)
})
