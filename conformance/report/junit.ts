/** For CI: a suite for each operation, and a child element that says why, wherever a case did not pass. */
import type { CaseRecord, Result } from '../result.ts'
import { toCurl } from './curl.ts'
import { clauseInWords, differences, operationLine } from './evidence.ts'

/** Red in CI: what keeps the run from being conformant, no less and no more. */
export const toJUnit = (result: Result): string => {
  const byOperation = Map.groupBy(result.records, ({ operationId }) => operationId)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name=${text(`${result.target.name} ${result.target.version}`)} ${totals(result.records, result)} time="${seconds(result.durationMs)}">`,
    ...[...byOperation].map(([id, records]) => suite(id, records, result)),
    '</testsuites>',
    '',
  ].join('\n')
}

const suite = (name: string, records: readonly CaseRecord[], result: Result): string =>
  [
    `  <testsuite name=${text(name)} ${totals(records, result)} time="${seconds(sum(records))}" timestamp=${text(result.startedAt.slice(0, 19))}>`,
    ...records.map((record) => testCase(record, result)),
    '  </testsuite>',
  ].join('\n')

const testCase = (record: CaseRecord, result: Result): string =>
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
    ...element(record, result),
    ...transcript(record, result),
    '    </testcase>',
  ].join('\n')

const element = (record: CaseRecord, result: Result): string[] => {
  const outcome = outcomeOf(record, result)
  if (outcome === undefined) return []
  const { name, message } = outcome
  return [
    `      <${name} message=${text(message)} type=${text(record.verdict)}>${escaped(explanation(record, result))}</${name}>`,
  ]
}

interface Outcome {
  name: 'failure' | 'error' | 'skipped'
  message: string
}

const outcomeOf = ({ id, verdict, reason, known }: CaseRecord, { stale, strict }: Result): Outcome | undefined => {
  if (verdict === 'pass')
    return stale.includes(id) ? { name: 'failure', message: 'it passes, and is still in the baseline' } : undefined
  if (verdict === 'error') return { name: 'error', message: reason }
  if (known !== undefined) return { name: 'skipped', message: `${reason} (known: ${known})` }
  if (verdict === 'warn' && !strict) return { name: 'skipped', message: `warning: ${reason}` }
  return { name: verdict === 'na' ? 'skipped' : 'failure', message: reason }
}

const explanation = (record: CaseRecord, result: Result): string =>
  [
    `promised: the server ${record.promise}`,
    `operation: ${operationLine(record.operationId, result) ?? 'any'}`,
    `contract: ${clauseInWords(record, result)}`,
    ...differences(record).map(({ what, expected, got }) => `${what}: ${expected} expected, ${got} got`),
  ].join('\n')

/** Evidence of what did not pass; that of the rest is in the other reports, and would only make the file large. */
const transcript = (record: CaseRecord, { target }: Result): string[] => {
  if (record.verdict === 'pass' || record.exchanges.length === 0) return []
  const exchanges = record.exchanges.slice(-maxExchanges).map((exchange) => {
    const { answer, fault } = exchange
    const said =
      answer === undefined
        ? `no answer: ${fault}`
        : `${answer.status} ${answer.headers['content-type'] ?? ''}\n${answer.body ?? ''}`
    return `${toCurl(target.baseUrl, exchange)}\n→ ${said.trim()}`
  })
  return [`      <system-out>${escaped(exchanges.join('\n\n'))}</system-out>`]
}

const maxExchanges = 5

const totals = (records: readonly CaseRecord[], result: Result): string => {
  const count = (name: Outcome['name']) => records.filter((record) => outcomeOf(record, result)?.name === name).length
  return `tests="${records.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`
}

const sum = (records: readonly CaseRecord[]) => records.reduce((total, { durationMs }) => total + durationMs, 0)
const seconds = (ms: number) => (ms / 1000).toFixed(3)
const text = (value: string) => `"${escaped(value).replaceAll('\n', '&#10;')}"`

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** XML has no control characters and no half surrogates at all, escaped or not. */
const escaped = (value: string) =>
  Array.from(value, (character) =>
    isText(character.codePointAt(0) ?? 0) ? (entities[character] ?? character) : '\ufffd',
  ).join('')

const isText = (code: number) =>
  code === 0x9 ||
  code === 0xa ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  code >= 0x10000
