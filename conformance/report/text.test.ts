/** A person at a terminal learns what to mend, and where the contract says so. */
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { operationIds } from '../parley.ts'
import { everyVerdict, hostile, sampleExchange, sampleRecord, sampleResult } from './sample.ts'
import { toText } from './text.ts'

const all = operationIds.length

test('a broken promise is named with its operation, its clause and its exchange', () => {
  const text = toText(sampleResult([sampleRecord('fail', { exchanges: [sampleExchange()] })]))
  for (const words of [
    'setChatPresence/501/not_implemented/fail\n    because of fail',
    'promised  the server says that the session has no connected client to deliver it',
    'operation PUT /sessions/{session}/chats/{cid}/presence',
    'contract  501: “The session has no connected WhatsApp client',
    'status    501 expected, 503 got',
    'error.code not_implemented expected, gateway_unavailable got',
    'try       curl -i -X PUT http://127.0.0.1:1/api/v1/sessions/sess_A/chats/628@s.whatsapp.net/presence',
    `answer    503 {"error":{"code":"gateway_unavailable","message":"it's down"}}`,
    '$TOKEN_FULL stands for tokens.full of the target file',
  ])
    expect(text).toContain(words)
})

test('the end has the counts, both figures with what they are made of, and the outcome in words', () => {
  const text = toText(sampleResult([sampleRecord('pass'), sampleRecord('fail'), sampleRecord('na')]))
  expect(text).toContain('1 × because of na')
  expect(text).toContain(
    [
      '3 cases in 1.2 s: 1 passed, 1 failed, 1 not applicable',
      `conformance 50.0 % (1 of 2), coverage 100 % (2 of 2), 1 of ${all} operations`,
      `not conformant: Of 3 cases, 1 failed. The verdict covers 1 of ${all} operations.`,
    ].join('\n'),
  )
})

test('there is no figure when anything could not be measured', () => {
  const text = toText(sampleResult([sampleRecord('pass'), sampleRecord('error')]))
  expect(text).toContain('conformance not measured, coverage not measured')
  expect(text).toContain('not measured: Of 2 cases, 1 came to no verdict, so there is no figure.')
})

test('what is wrong with the target file or the baseline is said', () => {
  const text = toText(
    sampleResult([sampleRecord('pass')], {
      preflight: [{ key: 'tokens.full', problem: 'is refused with 401' }],
      stale: ['getChat/200/-/old'],
    }),
  )
  expect(text).toContain('wrong in the target file\n  tokens.full is refused with 401')
  expect(text).toContain('take them out\n  getChat/200/-/old')
})

test('a run of some cases only says so', () => {
  expect(toText(sampleResult([sampleRecord('pass')], { filter: 'Presence/5' }))).toContain(
    'Only cases whose id contains “Presence/5” were run.',
  )
})

test('it says once what is true of many', () => {
  const many = Array.from({ length: 50 }, (_, index) => sampleRecord('error', { id: `getChat/200/-/n${index}` }))
  expect(toText(sampleResult(many))).toContain('… and 47 more for the same reason')
})

test('colour only where it is asked for, and never by the server', () => {
  const result = sampleResult([
    ...everyVerdict(),
    sampleRecord('warn', { reason: `${hostile}\nfake line`, exchanges: [sampleExchange({ answer: undefined })] }),
  ])
  const plain = toText(result)
  const coloured = toText(result, { colour: true })
  expect(plain).not.toMatch(/[^\P{Cc}\n]/u)
  expect(plain).not.toContain('\nfake line')
  expect(stripVTControlCharacters(coloured)).toBe(plain)
  expect(coloured).not.toBe(plain)
})
