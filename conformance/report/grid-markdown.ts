/** The grid for a README or a CI summary: figures, totals by operation, and the cases that someone does not pass. */
import { claimedIn, type Grid, markLabels, marksOf, type Row, share, shareOf } from './grid.ts'
import { code, table, words } from './markdown-text.ts'
import { plural } from './words.ts'

export const toGridMarkdown = (grid: Grid): string => {
  const { contract, columns, rows } = grid
  const heads = columns.map(
    ({ name, version, run }) => `${words(name)} ${words(version)}${run === '' ? '' : ` (${run})`}`,
  )
  const { claimed, nobodys } = claimedIn(rows)
  const operations = [...Map.groupBy(claimed, ({ operationId }) => operationId)]
  const telling = rows.filter(({ cells }) => cells.some(({ mark }) => !['pass', 'na', 'steered'].includes(mark)))
  return `${[
    `## Conformance with the Parley contract ${words(contract.version)}`,
    table(
      ['implementation', 'kind', 'date', 'outcome', 'operations', 'conformance', 'coverage', 'cases'],
      columns.map((column, index) => [
        heads[index] ?? '',
        column.kind,
        column.date,
        column.standing.title,
        `${column.operations.part} of ${column.operations.whole}`,
        share(column.conformance),
        share(column.coverage),
        marksOf(rows, index)
          .map(([mark, count]) => `${count} ${markLabels[mark]}`)
          .join(', '),
      ]),
    ).join('\n'),
    '### By operation',
    'What passed, of what applies.',
    table(
      ['operation', ...heads],
      operations.map(([operationId, own]) => [code(operationId), ...columns.map((_, index) => total(own, index))]),
    ).join('\n'),
    nobodys.length === 0 ? '' : `Nobody claims ${nobodys.map(code).join(', ')}.`,
    '### Cases that someone does not pass',
    telling.length === 0
      ? 'None.'
      : table(
          ['case', ...heads],
          telling
            .slice(0, maxRows)
            .map(({ id, cells }) => [
              code(id),
              ...cells.map(({ mark, known }) => `${emphasis(mark, markLabels[mark])}${known ? ' (known)' : ''}`),
            ]),
        ).join('\n'),
    telling.length > maxRows ? `… and ${plural(telling.length - maxRows, 'case')} more: see the page grid.html.` : '',
  ]
    .filter((block) => block !== '')
    .join('\n\n')}\n`
}

const maxRows = 300

const total = (rows: readonly Row[], column: number): string => {
  const figure = shareOf(rows, column)
  return figure === undefined ? 'n/a' : `${figure.part}/${figure.whole}`
}

const emphasis = (mark: string, text: string) => (mark === 'fail' || mark === 'error' ? `**${text}**` : text)
