/** Several implementations side by side: what each made of every case. */
import type { CaseRecord, Result } from '../result.ts'
import { type Figure, figuresOf, percent } from './figures.ts'
import { minute, type Standing, type State, standingOf, stateOf } from './words.ts'

/** `missing`: the result has no such case. */
export type Mark = State | 'missing'

export interface Column {
  name: string
  version: string
  kind: 'server' | 'mock'
  /** Of the run, as `2026-11-22`. */
  date: string
  /** What tells it from another result of the same implementation: when it began, and the run's id. Empty where there is none. */
  run: string
  /** That the verdict is about. */
  operations: Figure
  suite: string
  standing: { kind: Standing; title: string }
  conformance: Figure | undefined
  coverage: Figure | undefined
}

export interface Cell {
  mark: Mark
  /** Why it is not a pass; empty for a pass. */
  reason: string
  /** Listed in the baseline. */
  known: boolean
}

export interface Row extends Pick<CaseRecord, 'id' | 'operationId' | 'promise' | 'level'> {
  /** In the order of the columns. */
  cells: Cell[]
  /** Not every implementation fares alike. */
  differs: boolean
}

export interface Grid {
  contract: Result['contract']
  columns: Column[]
  rows: Row[]
}

/** Results that cannot stand side by side. */
export class BadGrid extends Error {
  override name = 'BadGrid'
}

export interface GridOptions {
  /** Take results with different cases; what one has not is `missing`. */
  partial?: boolean
}

/**
 * @param results with the names of their files; they become columns in this order
 * @throws BadGrid for other contracts, or other cases unless `partial`
 */
export const createGrid = (
  results: readonly { file: string; result: Result }[],
  { partial = false }: GridOptions = {},
): Grid => {
  const [first] = results
  if (first === undefined) throw new BadGrid('there is no result')
  for (const other of results) {
    refuseOtherContract(first, other)
    if (!partial) refuseOtherCases(first, other)
  }
  const byId = results.map(({ result }) => new Map(result.records.map((record) => [record.id, record])))
  // Cases that only a later result has come after those of the first, and still with their operation.
  const known = [...new Map(results.flatMap(({ result }) => result.records.map((one) => [one.id, one]))).values()]
  return {
    contract: first.result.contract,
    columns: results.map(({ result }) => columnOf(result, results)),
    rows: [...Map.groupBy(known, ({ operationId }) => operationId).values()].flat().map((record) => {
      const cells = byId.map((records) => cellOf(records.get(record.id)))
      return {
        id: record.id,
        operationId: record.operationId,
        promise: record.promise,
        level: record.level,
        cells,
        differs: new Set(cells.map(({ mark }) => mark)).size > 1,
      }
    }),
  }
}

const columnOf = (result: Result, all: readonly { result: Result }[]): Column => {
  const { target, suite, startedAt, runId, footer } = result
  const isSame = (other: Result) => other.target.name === target.name && other.target.version === target.version
  const isOnly = all.filter((one) => isSame(one.result)).length === 1
  return {
    name: target.name,
    version: target.version,
    kind: target.kind,
    date: startedAt.slice(0, 10),
    run: isOnly ? '' : `${minute(startedAt).slice(11)}, run ${runId}`,
    operations: footer.operations,
    suite: suite.version,
    standing: standingOf(result),
    ...figuresOf(result),
  }
}

const cellOf = (record: CaseRecord | undefined): Cell =>
  record === undefined
    ? { mark: 'missing', reason: 'its result has no such case', known: false }
    : { mark: stateOf(record), reason: record.reason, known: record.known !== undefined }

interface Named {
  file: string
  result: Result
}

const refuseOtherContract = (one: Named, other: Named) => {
  const [a, b] = [one.result.contract, other.result.contract]
  if (a.sha256 !== b.sha256)
    throw new BadGrid(
      `${other.file} was measured by contract ${b.version} (${b.sha256.slice(0, 12)}), ${one.file} by ${a.version} (${a.sha256.slice(0, 12)})`,
    )
}

const refuseOtherCases = (one: Named, other: Named) => {
  const more = without(other.result, one.result)
  const fewer = without(one.result, other.result)
  if (more.length + fewer.length === 0) return
  const said = [
    ...(more.length === 0 ? [] : [`has ${some(more)} that ${one.file} has not`]),
    ...(fewer.length === 0 ? [] : [`lacks ${some(fewer)}`]),
  ]
  throw new BadGrid(`${other.file} ${said.join(', and ')}; with --partial, what is lacking is shown as missing`)
}

const without = (all: Result, known: Result): string[] => {
  const ids = new Set(known.records.map(({ id }) => id))
  return all.records.map(({ id }) => id).filter((id) => !ids.has(id))
}

const some = (ids: readonly string[]) =>
  `${ids.length === 1 ? 'a case' : `${ids.length} cases`} (${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''})`

/** Rows of operations that somebody claims, and the operations that nobody does; what is of no operation is not claimed. */
export const claimedIn = (rows: readonly Row[]): { claimed: Row[]; nobodys: string[] } => {
  const isClaimed = ({ cells }: Row) => cells.some(({ mark }) => mark !== 'na' && mark !== 'missing')
  const claimed = new Set(rows.filter(isClaimed).map(({ operationId }) => operationId))
  return {
    claimed: rows.filter(({ operationId }) => claimed.has(operationId)),
    nobodys: [...new Set(rows.map(({ operationId }) => operationId))].filter(
      (id) => !claimed.has(id) && id !== 'gateway',
    ),
  }
}

/** How a column fares in some rows: what passed, of what applies; undefined when nothing applies. */
export const shareOf = (rows: readonly Row[], column: number): Figure | undefined => {
  const marks = rows.map(({ cells }) => cells[column]?.mark)
  const applicable = marks.filter((mark) => mark !== 'na' && mark !== 'steered' && mark !== 'missing')
  const passed = applicable.filter((mark) => mark === 'pass').length
  return applicable.length === 0 ? undefined : { part: passed, whole: applicable.length }
}

/** How often a column has each mark, without those it has never; the worst first. */
export const marksOf = (rows: readonly Row[], column: number): [Mark, number][] =>
  marks
    .map((mark): [Mark, number] => [mark, rows.filter(({ cells }) => cells[column]?.mark === mark).length])
    .filter(([, count]) => count > 0)

const marks = [
  'error',
  'fail',
  'blocked',
  'untestable',
  'warn',
  'missing',
  'steered',
  'na',
  'pass',
] as const satisfies readonly Mark[]

export const markLabels: Readonly<Record<Mark, string>> = {
  pass: 'pass',
  fail: 'fail',
  warn: 'warn',
  na: 'n/a',
  untestable: 'untestable',
  blocked: 'blocked',
  error: 'no verdict',
  steered: 'example',
  missing: 'missing',
}

/** A figure for a table, with what it is made of. */
export const share = (figure: Figure | undefined): string =>
  figure === undefined ? percent(figure) : `${percent(figure)} (${figure.part}/${figure.whole})`
