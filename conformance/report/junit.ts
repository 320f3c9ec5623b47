/** For CI: a suite for each operation, and a child element that says why, wherever a case did not pass. */
import type { CaseRecord, Exchange, Result } from '../result.ts'

export const toJUnit = (result: Result): string => {
  const operations = [...new Set(result.records.map(({ operationId }) => operationId))]
  const suites = operations.map((id) =>
    suite(
      id,
      result.records.filter(({ operationId }) => operationId === id),
    ),
  )
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name=${text(result.target.name)} ${totals(result.records)} time="${seconds(result.durationMs)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n')
}

const suite = (name: string, records: readonly CaseRecord[]): string =>
  [
    `  <testsuite name=${text(name)} ${totals(records)} time="${seconds(sum(records))}">`,
    ...records.map(testCase),
    '  </testsuite>',
  ].join('\n')

const testCase = (record: CaseRecord): string =>
  [
    `    <testcase classname=${text(record.operationId)} name=${text(record.id)} time="${seconds(record.durationMs)}">`,
    '      <properties>',
    ...Object.entries({
      level: record.level,
      clause: record.clause,
      verdict: record.verdict,
      steered: String(record.steered),
    }).map(([name, value]) => `        <property name="${name}" value=${text(value)}/>`),
    '      </properties>',
    ...outcome(record),
    `      <system-out>${escaped(record.exchanges.map(transcript).join('\n\n'))}</system-out>`,
    '    </testcase>',
  ].join('\n')

const outcome = ({ verdict, reason, promise, known }: CaseRecord): string[] => {
  const element = (name: string) => [
    `      <${name} message=${text(reason)}>${escaped(`the server ${promise}`)}</${name}>`,
  ]
  if (verdict === 'pass') return []
  if (verdict === 'error') return element('error')
  if (known !== undefined || verdict === 'na' || verdict === 'warn') return element('skipped')
  return element('failure')
}

const totals = (records: readonly CaseRecord[]): string => {
  const count = (name: string) => records.filter((record) => outcome(record)[0]?.includes(`<${name} `)).length
  return `tests="${records.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`
}

const transcript = ({ caller, request, answer, fault }: Exchange): string =>
  [
    `${request.method} ${request.target} as ${caller}`,
    ...(request.body === undefined ? [] : [request.body]),
    answer === undefined ? `no answer: ${fault}` : `${answer.status} ${answer.headers['content-type'] ?? ''}`,
    ...(answer?.body === undefined ? [] : [answer.body]),
  ].join('\n')

const sum = (records: readonly CaseRecord[]) => records.reduce((total, { durationMs }) => total + durationMs, 0)
const seconds = (ms: number) => (ms / 1000).toFixed(3)
const text = (value: string) => `"${escaped(value)}"`

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
}

/** XML has no control characters and no half surrogates at all, escaped or not. */
const escaped = (value: string) =>
  Array.from(value, (character) =>
    isText(character.codePointAt(0) ?? 0) ? (entities[character] ?? character) : '\ufffd',
  ).join('')

const isText = (code: number) =>
  code === 0x9 ||
  code === 0xa ||
  code === 0xd ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  code >= 0x10000
