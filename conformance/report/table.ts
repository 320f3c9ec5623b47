/** What the suite looks at: operations and documented statuses, and how many cases each pair has. */
import { type Case, statusesOf } from '../case.ts'
import { operationIds, operations, unprovable } from '../contract.ts'

export const toTable = (cases: readonly Case[]): string => {
  const lines = cases
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, level, promise }) => `${level.padEnd(6)} ${id}\n       the server ${promise}`)
  return [...lines, '', 'cases of each documented status', ...coverage(cases), '', `${cases.length} cases`].join('\n')
}

const coverage = (cases: readonly Case[]): string[] => [
  ...operationIds.map((operationId) => {
    const own = cases.filter((one) => one.operationId === operationId).flatMap(({ id }) => statusesOf(id))
    const pairs = operations[operationId].statuses
      .filter((status) => !(status in unprovable))
      .map((status) => `${status}: ${own.filter((each) => each === status).length}`)
    return `  ${operationId.padEnd(20)} ${pairs.join('  ')}`
  }),
  ...Object.entries(unprovable).map(([status, reason]) => `  ${status}: none, for it is ${reason}`),
]
