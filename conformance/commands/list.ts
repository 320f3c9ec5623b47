/** `list`: the cases, and what they cover. */
import { allCases } from '../cases/index.ts'
import { toTable } from '../report/table.ts'
import { command, say } from './command.ts'

export const list = command({
  usage: `usage: parley-conformance list [options]

The cases with their promises, and how many there are for each documented status.

  --filter TEXT   only the cases whose id contains TEXT
  --ids           ids alone, one a line
`,
  options: { filter: { type: 'string' }, ids: { type: 'boolean' } },
  run: ({ filter = '', ids }) => {
    const cases = allCases.filter(({ id }) => id.includes(filter))
    return say(
      ids
        ? cases
            .map(({ id }) => id)
            .sort()
            .join('\n')
        : toTable(cases),
    )
  },
})
