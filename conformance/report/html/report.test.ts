/** The page is whole in one file, says what the result says, and stays inert whatever a server has answered. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { operationIds } from '../../parley.ts'
import type { Verdict } from '../../result.ts'
import { everyVerdict, sampleExchange, sampleRecord, sampleResult } from '../sample.ts'
import { escaped, html } from './markup.ts'
import { toHtml } from './report.ts'

const all = operationIds.length

const pageOf = (...verdicts: Verdict[]) => toHtml(sampleResult(verdicts.map((verdict) => sampleRecord(verdict))))

test('nothing is loaded, and nothing but its own script may run', () => {
  const page = toHtml(sampleResult(everyVerdict()))
  expect(page).not.toMatch(/<(link|img|script|iframe|object)[^>]+(src|href)="(?!data:)/)
  expect(page).not.toMatch(/@import|url\(/)
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1]?.replaceAll('&#39;', "'")
  expect(policy).toContain("default-src 'none'")
  const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(page) ?? []
  expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`)
})

test('what a server says is text', () => {
  const page = toHtml(sampleResult(everyVerdict()))
  expect(page.match(/<script/g)).toHaveLength(1)
  expect(page).not.toMatch(/<img|[^\P{Cc}\t\n]/u)
  expect(page).toContain('&lt;/pre&gt;&lt;/script&gt;')
  expect(page.isWellFormed()).toBe(true)
})

test('both figures with what they are made of, and 100 % only of all', () => {
  const page = pageOf(...Array<Verdict>(2_000).fill('pass'), 'fail')
  expect(page).toContain('<p class="value">99.9 %</p>')
  expect(page).toContain('2000 of 2001 judged cases passed')
  expect(page).toContain('<p class="value">100 %</p>')
})

test('no figure when anything could not be measured', () => {
  const page = pageOf('pass', 'error')
  expect(page).not.toMatch(/\d %</)
  expect(page).toContain('Not measured')
})

test('only a server with nothing to mend is shown in green', () => {
  expect(pageOf('pass')).toContain(`<div class="outcome good"><strong>Conformant on 1 of ${all} operations</strong>`)
  const target = { name: 'm', version: '1', kind: 'mock', baseUrl: 'http://x' } as const
  expect(toHtml(sampleResult([sampleRecord('pass')], { target }))).toContain('<div class="outcome mock">')
  expect(toHtml(sampleResult([sampleRecord('pass')], { filter: 'x' }))).toContain('<div class="outcome unsure">')
  expect(toHtml(sampleResult([sampleRecord('pass'), sampleRecord('fail', { known: 'soon' })]))).toContain(
    '<div class="outcome unsure"><strong>Conformant but for known failures</strong>',
  )
})

test('what to mend comes with the clause and a link to the evidence', () => {
  const page = toHtml(
    sampleResult([sampleRecord('fail', { exchanges: [sampleExchange()] })], {
      preflight: [{ key: 'fixtures.chat', problem: 'getChat answers 404' }],
      stale: ['getChat/200/-/old'],
    }),
  )
  expect(page).toContain('<strong>fixtures.chat</strong> getChat answers 404')
  expect(page).toContain('take it out of the baseline')
  expect(page).toContain('501: “The session has no connected WhatsApp client')
  expect(page).toContain('href="#setChatPresence%2F501%2Fnot_implemented%2Ffail"')
  expect(page).toContain('id="setChatPresence/501/not_implemented/fail"')
  expect(page).toContain('<td>501</td><td class="got fail">503 ✗</td>')
  expect(page).toContain('<td>not_implemented</td><td class="got fail">gateway_unavailable ✗</td>')
  expect(page).toContain('$TOKEN_FULL&quot;')
})

test('a clean result has nothing to mend', () => {
  expect(pageOf('pass', 'na')).not.toContain('id="to-mend"')
})

test('the matrix tells passed, failed, not applicable, impossible and not looked at', () => {
  const page = toHtml(
    sampleResult([
      ...(['pass', 'fail'] as const).map((verdict) => sampleRecord(verdict)),
      sampleRecord('na', { id: 'setChatPresence/404/not_found/x' }),
      sampleRecord('pass', { id: 'setChatPresence/204/-/x' }),
    ]),
  )
  const row = /setChatPresence<small>[\s\S]*?<\/tr>/.exec(page)?.[0] ?? ''
  expect(row).toMatch(/class="cell fail"[^>]*>1\/2</)
  expect(row).toMatch(/class="cell na"[^>]*>n\/a</)
  expect(row).toMatch(/class="cell pass"[^>]*>1</)
  expect(row).toMatch(/class="cell no" title="a fault of the server itself/)
  expect(row).toMatch(/class="cell missing"[^>]*>0</)
})

test('what is not tested is listed with its reason', () => {
  const page = toHtml(sampleResult(everyVerdict()))
  for (const reason of [
    'because of na',
    'because of untestable',
    'because of blocked',
    'its example is valid',
    'a fault of the server itself',
  ])
    expect(page.slice(page.indexOf('id="untested"'))).toContain(reason)
})

test('markup escapes texts and leaves out what is not there', () => {
  expect(html`<p title="${'"<&\u0000'}">${[html`<b>${1}</b>`, undefined, false, '<']}</p>`.markup).toBe(
    '<p title="&quot;&lt;&amp;\ufffd"><b>1</b>&lt;</p>',
  )
  expect(escaped('\ud800é')).toBe('\ufffdé')
})
