/** For the summary page of a CI run (GitHub's and GitLab's Markdown): the figures, what to mend, what was not tested. */
import type { CaseRecord, Result } from '../result.ts'
import { curlLegend, toCurl } from './curl.ts'
import { clauseInWords, decisive, differences, operationLine, readable } from './evidence.ts'
import { type Figure, figuresOf, percent } from './figures.ts'
import { code, fenced, inHtml, table, words } from './markdown-text.ts'
import { labels, meanings, minute, plural, seconds, stateOf, states, tally, toMend, verdictSentence } from './words.ts'

export const toMarkdown = (result: Result): string => {
  const { target, contract, records, preflight, stale } = result
  return `${[
    `## ${marks[result.footer.outcome]} ${words(target.name)} ${words(target.version)}: ${result.footer.outcome}`,
    words(verdictSentence(result)),
    figures(result),
    section(
      'Wrong in the target file',
      preflight.map(({ key, problem }) => `- ${code(key)} ${words(problem)}`),
    ),
    toMendSection(result),
    section(
      'In the baseline, and passing: take them out',
      stale.map((id) => `- ${code(id)}`),
    ),
    section('By operation', byOperation(records)),
    section('Not tested, and why', notTested(result)),
    `<sub>Contract ${words(contract.version)} (${contract.sha256.slice(0, 12)}), ${words(result.suite.name)} ${words(result.suite.version)}, ${minute(result.startedAt)}, ${seconds(result.durationMs)}, run ${words(result.runId)}, seed ${result.seed}</sub>`,
  ]
    .filter((block) => block !== '')
    .join('\n\n')}\n`
}

const marks = { conformant: '✅', 'not conformant': '❌', 'not measured': '⚠️', 'stale baseline': '⚠️' } as const

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `### ${title}\n\n${lines.join('\n')}`

const figures = (result: Result): string => {
  const { conformance, coverage } = figuresOf(result)
  const { operations } = result.footer
  const raw = (figure: Figure | undefined) => (figure === undefined ? '' : `${figure.part} of ${figure.whole}`)
  return [
    ...table(
      ['figure', 'share', 'cases', 'is'],
      [
        ['**conformance**', `**${percent(conformance)}**`, raw(conformance), 'kept, of what was judged'],
        ['**coverage**', `**${percent(coverage)}**`, raw(coverage), 'judged, of what applies'],
        [
          '**operations**',
          '',
          `${operations.part} of ${operations.whole}`,
          'that it is about, of those that the contract has',
        ],
      ],
    ),
    '',
    ...table(
      ['verdict', 'cases', 'means'],
      tally(result.records).map(([state, count]) => [labels[state], String(count), meanings[state]]),
    ),
  ].join('\n')
}

const maxMend = 40

const toMendSection = (result: Result): string => {
  const broken = states.flatMap((state) =>
    result.records.filter((record) => toMend(record) && stateOf(record) === state),
  )
  const shown = broken.slice(0, maxMend).map((record) => mend(record, result))
  const more = broken.length - maxMend
  return section('To mend', [
    ...shown,
    ...(more > 0 ? [`… and ${plural(more, 'case')} more: see the page report.html.`] : []),
    ...(shown.some((text) => text.includes('"$TOKEN_')) ? ['', `<sub>${words(curlLegend)}</sub>`] : []),
  ])
}

const mend = (record: CaseRecord, result: Result): string => {
  const { id, promise, reason, known } = record
  const exchange = decisive(record)
  return [
    '<details>',
    `<summary>${labels[stateOf(record)]}: ${inHtml(promise)} (<code>${inHtml(id)}</code>)</summary>`,
    '',
    `- found: ${words(reason)}${known === undefined ? '' : ` (known: ${words(known)})`}`,
    `- operation: ${code(operationLine(record.operationId, result) ?? 'any')}`,
    `- contract: ${words(clauseInWords(record, result))}`,
    ...(exchange === undefined
      ? []
      : [
          ...differences(record).map(
            ({ what, expected, got }) => `- ${what}: ${code(expected)} expected, ${code(got)} got`,
          ),
          '',
          fenced('sh', toCurl(result.target.baseUrl, exchange)),
          '',
          fenced(
            '',
            exchange.answer === undefined
              ? `no answer: ${exchange.fault}`
              : `${exchange.answer.status} ${exchange.answer.headers['content-type'] ?? ''}\n${readable(exchange.answer.body ?? '')}`.trim(),
          ),
        ]),
    '',
    '</details>',
    '',
  ].join('\n')
}

const byOperation = (records: readonly CaseRecord[]): string[] => {
  const groups = [...Map.groupBy(records, ({ operationId }) => operationId)]
  const used = tally(records).map(([state]) => state)
  return table(
    ['operation', 'cases', ...used.map((state) => labels[state])],
    groups.map(([id, own]) => [
      code(id),
      String(own.length),
      ...used.map((state) => String(own.filter((record) => stateOf(record) === state).length || '')),
    ]),
  )
}

const notTested = ({ records, requirements }: Result): string[] => {
  const reasons = Map.groupBy(
    records.filter(({ verdict }) => verdict === 'na' || verdict === 'untestable'),
    ({ verdict, reason }) => `${labels[verdict]}: ${reason}`,
  )
  const unprovable = Map.groupBy(
    requirements.filter((one) => one.unprovable !== undefined),
    ({ status, unprovable }) => `answers with ${status}: ${unprovable}`,
  )
  return [
    ...[...reasons].map(([reason, own]) => `- ${plural(own.length, 'case')}, ${words(reason)}`),
    ...[...unprovable].map(([reason, own]) => `- ${plural(own.length, 'operation')}, ${words(reason)}`),
  ]
}
