/** For people, in a terminal: what to mend, where the contract says so, and how to see it for oneself. */
import { styleText } from 'node:util'
import type { CaseRecord, Result } from '../result.ts'
import { curlLegend, toCurl } from './curl.ts'
import { clauseInWords, decisive, differences, operationLine } from './evidence.ts'
import { figuresOf, percent } from './figures.ts'
import { countsInWords, inOperations, plural, seconds, verdictSentence } from './words.ts'

export interface TextOptions {
  /** For a terminal. */
  colour?: boolean
}

type Style = Parameters<typeof styleText>[0]
type Paint = (style: Style, text: string) => string

export const toText = (result: Result, { colour = false }: TextOptions = {}): string => {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text)
  const { target, contract, suite, runId, seed } = result
  const blocks = [
    [
      paint('bold', `${target.name} ${target.version} at ${target.baseUrl}`),
      `contract ${contract.version}, ${suite.name} ${suite.version}, run ${runId}, seed ${seed}`,
    ],
    section(
      paint('red', 'wrong in the target file'),
      result.preflight.map(({ key, problem }) => `${key} ${problem}`),
    ),
    ...groups.map(({ verdict, title, style }) =>
      section(
        paint(style, title),
        alike(result.records.filter((record) => record.verdict === verdict)).flatMap((records) =>
          several(records, result, paint),
        ),
      ),
    ),
    section(paint('yellow', 'in the baseline, and passing: take them out'), result.stale),
    section(
      paint('dim', 'not applicable'),
      alike(result.records.filter(({ verdict }) => verdict === 'na')).map(
        (records) => `${records.length} × ${records[0]?.reason}`,
      ),
    ),
    summary(result, paint),
  ]
  const text = blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
  return `${text}${text.includes('"$TOKEN_') ? `\n\n${paint('dim', curlLegend)}` : ''}\n`
}

const groups: readonly { verdict: CaseRecord['verdict']; title: string; style: Style }[] = [
  { verdict: 'error', title: 'no verdict', style: 'magenta' },
  { verdict: 'fail', title: 'broken promises', style: 'red' },
  { verdict: 'warn', title: 'promises that should be kept, and are not', style: 'yellow' },
  { verdict: 'blocked', title: 'proves nothing yet, because a condition of the case did not hold', style: 'yellow' },
  { verdict: 'untestable', title: 'cannot be tested without more in the target file', style: 'yellow' },
]

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [title, ...indented(lines.at(-1) === '' ? lines.slice(0, -1) : lines)]

const indented = (lines: readonly string[]) => lines.map((line) => (line === '' ? '' : `  ${line}`))

/** Cases of one operation that fail for the same reason stand together. */
const alike = (records: readonly CaseRecord[]): CaseRecord[][] => [
  ...Map.groupBy(records, ({ verdict, operationId, reason }) =>
    verdict === 'fail' || verdict === 'warn' ? `${operationId} ${reason}` : reason,
  ).values(),
]

const maxAlike = 3

/** What is said of many at once is said once. */
const several = (records: readonly CaseRecord[], result: Result, paint: Paint): string[] => {
  const shown = records.slice(0, maxAlike).flatMap((record) => lines(record, result, paint))
  const more = records.length - maxAlike
  return more > 0 ? [...shown, `… and ${more} more for the same reason`, ''] : shown
}

const lines = (record: CaseRecord, result: Result, paint: Paint): string[] => {
  const { verdict, id, promise, reason, known } = record
  const head = [paint('bold', id), `  ${printable(reason)}${known === undefined ? '' : ` (known: ${known})`}`]
  if (verdict !== 'fail' && verdict !== 'warn') return head
  const operation = operationLine(record.operationId, result)
  return [
    ...head,
    `  promised  the server ${promise}`,
    ...(operation === undefined ? [] : [`  operation ${operation}`]),
    `  contract  ${clauseInWords(record, result)}`,
    ...evidence(record, result),
    '',
  ]
}

const evidence = (record: CaseRecord, { target }: Result): string[] => {
  const exchange = decisive(record)
  if (exchange === undefined) return []
  const { answer, fault } = exchange
  return [
    ...differences(record).map(({ what, expected, got }) => `  ${what.padEnd(9)} ${expected} expected, ${got} got`),
    ...toCurl(target.baseUrl, exchange)
      .split('\n')
      .map((line, index) => (index === 0 ? `  try       ${line}` : `            ${line}`)),
    `  answer    ${answer === undefined ? fault : `${answer.status} ${oneLine(answer.body ?? '')}`.trim()}`,
  ]
}

const oneLine = (text: string) => {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return printable(line.length > 160 ? `${line.slice(0, 160)}…` : line)
}

const summary = (result: Result, paint: Paint): string[] => {
  const { footer, records, durationMs } = result
  const { conformance, coverage } = figuresOf(result)
  const steered =
    footer.counts.steered === 0 ? '' : ` (${footer.counts.steered} of the passes were steered and count for nothing)`
  const style: Style =
    footer.outcome === 'conformant' ? 'green' : footer.outcome === 'not conformant' ? 'red' : 'yellow'
  return [
    `${plural(records.length, 'case')} in ${seconds(durationMs)}: ${countsInWords(result)}${steered}`,
    `conformance ${percent(conformance)}${raw(conformance)}, coverage ${percent(coverage)}${raw(coverage)}, ${inOperations(result)}`,
    `${paint(['bold', style], footer.outcome)}: ${verdictSentence(result)}`,
  ]
}

const raw = (figure: { part: number; whole: number } | undefined) =>
  figure === undefined ? '' : ` (${figure.part} of ${figure.whole})`

/** A server's words must not steer the terminal. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '\ufffd')
