/** What CI shows red is what keeps the run from being conformant, each with its reason. */
import { expect, test } from 'vitest'
import { verdicts } from '../result.ts'
import { toJUnit } from './junit.ts'
import { hostile, sampleExchange, sampleRecord, sampleResult } from './sample.ts'

test('whatever did not pass has an element with the reason', () => {
  const xml = toJUnit(
    sampleResult([
      ...verdicts.map((verdict) => sampleRecord(verdict)),
      sampleRecord('fail', { id: 'getChat/200/-/known', known: 'soon' }),
    ]),
  )
  expect(xml).toContain('<testsuites name="mine &amp; yours 2" tests="8" failures="3" errors="1" skipped="3"')
  for (const [element, message, type] of [
    ['failure', 'because of fail', 'fail'],
    ['skipped', 'warning: because of warn', 'warn'],
    ['skipped', 'because of na', 'na'],
    ['failure', 'because of untestable', 'untestable'],
    ['failure', 'because of blocked', 'blocked'],
    ['error', 'because of error', 'error'],
    ['skipped', 'because of fail (known: soon)', 'fail'],
  ])
    expect(xml).toContain(`<${element} message="${message}" type="${type}">`)
})

test('it is red exactly when the exit code is', () => {
  const warned = [sampleRecord('pass'), sampleRecord('warn')]
  expect(toJUnit(sampleResult(warned))).toContain('failures="0"')
  expect(toJUnit(sampleResult(warned, { strict: true }))).toContain('failures="1"')
  const passed = sampleRecord('pass')
  expect(toJUnit(sampleResult([passed], { stale: [passed.id] }))).toContain(
    '<failure message="it passes, and is still in the baseline"',
  )
})

test('a failure names the promise, the operation, the clause and the exchange', () => {
  const xml = toJUnit(sampleResult([sampleRecord('fail', { exchanges: [sampleExchange()] })]))
  for (const words of [
    'promised: the server says that the session has no connected client to deliver it',
    'operation: PUT /sessions/{session}/chats/{cid}/presence',
    'contract: 501: “The session has no connected WhatsApp client',
    'status: 501 expected, 503 got',
    'error.code: not_implemented expected, gateway_unavailable got',
    'curl -i -X PUT http://127.0.0.1:1/api/v1/sessions/sess_A',
    '→ 503 application/json',
  ])
    expect(xml).toContain(words)
})

test('it stays XML whatever a server answers', () => {
  const answer = { status: 200, headers: {}, body: hostile }
  const record = sampleRecord('fail', { reason: `${hostile}\nmore`, exchanges: [sampleExchange({ answer })] })
  const xml = toJUnit(sampleResult([record]))
  expect(xml).not.toMatch(/<script|<img|\]\]>/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no such characters.
  expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ud800]/)
  expect(xml).toContain('&#10;more"')
})
