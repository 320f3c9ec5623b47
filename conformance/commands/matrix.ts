/** How many cases look at each status of each operation. */
import { type Case, statusesOf } from '../case.ts'
import { unprovable } from '../contract.ts'
import { operationIds, operations } from '../parley.ts'

export interface Cell {
  operationId: Case['operationId']
  status: number
  /** The contract documents this status of the operation. */
  documented: boolean
  cases: number
  /** Why a documented status has no case. */
  reason?: string
}

/** Every documented status of every operation, and whatever else the cases look at. */
export const matrixOf = (cases: readonly Case[]): Cell[] =>
  rowNames(cases).flatMap((operationId) => {
    const seen = cases.filter((one) => one.operationId === operationId).flatMap(({ id }) => statusesOf(id))
    const documented = operationId === 'gateway' ? [] : operations[operationId].statuses
    return [...new Set([...documented, ...seen])]
      .sort((a, b) => a - b)
      .map((status) => {
        const count = seen.filter((each) => each === status).length
        const reason = count === 0 ? unprovable[status] : undefined
        return {
          operationId,
          status,
          documented: documented.includes(status),
          cases: count,
          ...(reason !== undefined && { reason }),
        }
      })
  })

const rowNames = (cases: readonly Case[]): Case['operationId'][] =>
  cases.some(({ operationId }) => operationId === 'gateway') ? [...operationIds, 'gateway'] : [...operationIds]

/** For a terminal: a row for each operation, a column for each status. */
export const toGrid = (cells: readonly Cell[]): string => {
  const rows = [...new Set(cells.map(({ operationId }) => operationId))]
  const columns = [...new Set(cells.map(({ status }) => status))].sort((a, b) => a - b)
  const reasons = new Map(cells.flatMap(({ status, reason }) => (reason === undefined ? [] : [[status, reason]])))
  const line = (head: string, rest: readonly string[]) =>
    `${head.padEnd(20)}${rest.map((text) => text.padStart(5)).join('')}`
  return [
    line('', columns.map(String)),
    ...rows.map((row) =>
      line(
        row,
        columns.map((column) =>
          mark(cells.find(({ operationId, status }) => operationId === row && status === column)),
        ),
      ),
    ),
    '',
    '   · not documented for the operation, and not looked at',
    ...[...reasons].map(([status, reason]) => ` ${status} none, for it is ${reason}`),
    'A case that takes either of two statuses counts in both columns.',
  ].join('\n')
}

const mark = (cell: Cell | undefined): string => {
  if (cell === undefined) return '·'
  return cell.reason === undefined ? String(cell.cases) : '-'
}
