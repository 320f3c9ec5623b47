/** From measured figures to lines: in a terminal, in Markdown, in JSON. */
import type { Budget, Figure } from './row.ts'
import type { Outcome } from './run.ts'
import { type Spread, spreadOf } from './statistics.ts'

export interface Line {
  row: string
  title: string
  unit: string
  /** The ratio's budget; the value's own where the figure is absolute. Absent: for information. */
  budget?: Budget
  verdict: 'ok' | 'over' | 'info' | 'failed'
  /** Ours ÷ reference, round by round. */
  ratio?: Spread
  ours?: Spread
  reference?: Spread
  rounds: number
  /** True when the budget is for ours rather than for the ratio. */
  absolute: boolean
  /** Why there are no figures. */
  failed?: string
}

export const linesOf = ({ row, figures, failed }: Outcome): Line[] =>
  failed === undefined
    ? figures.map((figure) => lineOf(row.name, figure))
    : [{ row: row.name, title: row.title, unit: '', verdict: 'failed', rounds: 0, absolute: false, failed }]

const lineOf = (row: string, { title, unit, budget, ours, reference, absolute = false }: Figure): Line => {
  const ratio = spreadOf(ours.map((value, round) => value / (reference[round] ?? Number.NaN)))
  const judged = absolute ? spreadOf(ours).median : ratio.median
  return {
    row,
    title,
    unit,
    ...(budget && { budget }),
    verdict: budget === undefined ? 'info' : isWithin(judged, budget) ? 'ok' : 'over',
    ratio,
    ours: spreadOf(ours),
    reference: spreadOf(reference),
    rounds: ours.length,
    absolute,
  }
}

const isWithin = (value: number, budget: Budget) =>
  'atMost' in budget ? value <= budget.atMost : value >= budget.atLeast

const headings = ['', 'ratio', 'budget', '', 'ours', 'reference', 'ratio, min–max']

const cellsOf = ({ title, unit, budget, verdict, ratio, ours, reference, absolute, failed }: Line): string[] => {
  if (ratio === undefined || ours === undefined || reference === undefined)
    return [title, '–', '–', verdict, failed?.split('\n', 1)[0] ?? '', '', '']
  const spread = absolute ? ours : ratio
  return [
    title,
    absolute ? `${short(ours.median)} ${unit}` : short(ratio.median),
    budgetText(budget, absolute ? ` ${unit}` : ''),
    verdict,
    `${short(ours.median)} ${unit}`,
    `${short(reference.median)} ${unit}`,
    `${short(spread.min)}–${short(spread.max)}`,
  ]
}

const budgetText = (budget: Budget | undefined, unit: string) => {
  if (budget === undefined) return '–'
  return 'atMost' in budget ? `≤ ${budget.atMost}${unit}` : `≥ ${budget.atLeast}${unit}`
}

/** Three digits that count. */
export const short = (value: number): string => {
  if (!Number.isFinite(value)) return '–'
  const magnitude = Math.abs(value)
  if (magnitude >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(magnitude >= 10 ? 1 : 2)
}

export const textTable = (lines: readonly Line[]): string => {
  const rows = [headings, ...lines.map(cellsOf)]
  const widths = headings.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export const markdownTable = (lines: readonly Line[]): string =>
  [
    `| ${['measured', ...headings.slice(1)].join(' | ')} |`,
    `|${headings.map(() => '---').join('|')}|`,
    ...lines.map((line) => `| ${cellsOf(line).join(' | ')} |`),
  ].join('\n')
