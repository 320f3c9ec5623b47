/** The summary of a CI run: what to mend at a glance, and text that stays text. */
import { expect, test } from 'vitest'
import { toMarkdown } from './markdown.ts'
import { code, fenced, inHtml, words } from './markdown-text.ts'
import { everyVerdict, sampleExchange, sampleRecord, sampleResult } from './sample.ts'

test('the figures come first, with what they are made of', () => {
  const markdown = toMarkdown(sampleResult([sampleRecord('pass'), sampleRecord('fail')]))
  expect(markdown).toMatch(/^## ❌ mine &amp; yours 2: not conformant\n/)
  expect(markdown).toContain('| **conformance** | **50.0 %** | 1 of 2 |')
  expect(markdown).toContain('| **coverage** | **100 %** | 2 of 2 |')
})

test('what to mend has the clause, the comparison, the command and the answer', () => {
  const markdown = toMarkdown(sampleResult([sampleRecord('fail', { exchanges: [sampleExchange()] })]))
  for (const line of [
    '- operation: `PUT /sessions/{session}/chats/{cid}/presence`',
    '- status: `501` expected, `503` got',
    '```sh\ncurl -i -X PUT',
    '503 application/json\n{\n  "error": {',
  ])
    expect(markdown).toContain(line)
})

test('what is not tested is listed with its reason', () => {
  const markdown = toMarkdown(sampleResult([sampleRecord('pass'), sampleRecord('na'), sampleRecord('untestable')]))
  expect(markdown).toContain('- 1 case, not applicable: because of na')
  expect(markdown).toContain('- 1 case, untestable: because of untestable')
  expect(markdown).toMatch(/- \d+ operations, answers with 500: a fault of the server itself/)
})

test('a great many failures are cut short, and it is said', () => {
  const many = Array.from({ length: 60 }, (_, index) => sampleRecord('fail', { id: `getChat/200/-/n${index}` }))
  const markdown = toMarkdown(sampleResult(many))
  expect(markdown.match(/<details>/g)).toHaveLength(40)
  expect(markdown).toContain('… and 20 cases more')
})

test('every <details> ends, and no foreign markup begins', () => {
  const markdown = toMarkdown(sampleResult(everyVerdict()))
  expect(markdown.match(/^<details>$/gm)).toHaveLength(markdown.match(/^<\/details>$/gm)?.length ?? 0)
  const outside = markdown.replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, '').replaceAll(/`[^`\n]*`/g, '')
  expect(outside.match(/<(?!\/?(details|summary|code|sub)>)/g)).toBeNull()
})

test('foreign text stays text', () => {
  expect(words('a *b* [c](d) | <e> `f` @me #1\n# g')).toBe(
    'a \\*b\\* \\[c\\](d) \\| &lt;e&gt; \\`f\\` @\u200bme #\u200b1 # g',
  )
  expect(inHtml('<b> * @me')).toBe('&lt;b&gt; * @\u200bme')
  expect(code('a`b|c')).toBe('`` a`b∣c ``')
  expect(fenced('sh', '```\nx')).toBe('````sh\n```\nx\n````')
})
