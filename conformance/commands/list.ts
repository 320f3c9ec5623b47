/** `list`: the cases, and what they cover. */
import { type Case, type Level, statusesOf } from '../case.ts'
import { allCases } from '../cases/index.ts'
import { contractVersion } from '../parley.ts'
import { suite } from '../version.ts'
import { BadArguments, command, say, whole } from './command.ts'
import { matrixOf, toGrid } from './matrix.ts'

const levels: readonly Level[] = ['MUST', 'SHOULD', 'MAY']

export const list = command({
  usage: `usage: parley-conformance list [options]

Lists the cases and their promises, and counts them by operation and status. Needs no target.

  --operation ID   only the cases of this operation (\`gateway\`: those of no operation)
  --status N       only the cases that expect this status
  --level LEVEL    only MUST, SHOULD or MAY
  --filter TEXT    only the cases whose id contains TEXT
  --ids            only the ids, one per line
  --matrix         only the counts
  --json           everything about each case, and the counts
  --help           this text
`,
  options: {
    operation: { type: 'string' },
    status: { type: 'string' },
    level: { type: 'string' },
    filter: { type: 'string' },
    ids: { type: 'boolean' },
    matrix: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  run: ({ operation, status, level, filter = '', ids, matrix, json }) => {
    const known = new Set<string>(allCases.map(({ operationId }) => operationId))
    if (operation !== undefined && !known.has(operation))
      throw new BadArguments(`--operation takes one of ${[...known].join(', ')}, not ${operation}`)
    const wantedLevel = level?.toUpperCase()
    if (wantedLevel !== undefined && !levels.some((each) => each === wantedLevel))
      throw new BadArguments(`--level takes one of ${levels.join(', ')}, not ${level}`)
    const wantedStatus = whole('status', status, { least: 100, most: 599 })
    const cases = allCases
      .filter((one) => operation === undefined || one.operationId === operation)
      .filter((one) => wantedLevel === undefined || one.level === wantedLevel)
      .filter(({ id }) => wantedStatus === undefined || statusesOf(id).includes(wantedStatus))
      .filter(({ id }) => id.includes(filter))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    if (json) return say(JSON.stringify(toData(cases), undefined, 2))
    if (ids) return say(cases.map(({ id }) => id).join('\n'))
    const grid = toGrid(matrixOf(cases))
    return say(matrix ? grid : [...cases.flatMap(lines), '', grid, '', count(cases)].join('\n'))
  },
})

const lines = ({ id, level, promise }: Case) => [`${level.padEnd(6)} ${id}`, `       the server ${promise}`]

const count = (cases: readonly Case[]) =>
  `${cases.length} ${cases.length === 1 ? 'case' : 'cases'}: ${levels
    .map((level) => `${cases.filter((one) => one.level === level).length} ${level}`)
    .join(', ')}`

const toData = (cases: readonly Case[]) => ({
  suite,
  contract: contractVersion,
  cases: cases.map(({ run: _, id, operationId, ...facts }) => ({
    id,
    operationId,
    statuses: statusesOf(id),
    ...facts,
  })),
  matrix: matrixOf(cases),
})
