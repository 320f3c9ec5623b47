/** Servers that take other queries than those that the document has, and bodies in other encodings. */
import { type Asked, insteadOf, withBody } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const almostKnown = '*/400|422/validation_error/query-almost-known'

/** Serves a query that the right server refuses. @param change of its parameters, as they stand in the target */
const reads = (name: string, fault: string, because: string, change: (parameters: string[]) => string[]): Mutant => ({
  id: `queries/${name}`,
  fault,
  killedBy: [almostKnown],
  because,
  touches: ['*/400|422/validation_error/*'],
  make: () =>
    insteadOf([400, 422], (asked, ask) => {
      const [path = '', query = ''] = asked.target.split('?')
      const changed = change(query.split('&').filter((text) => text !== '')).join('&')
      const target = changed === '' ? path : `${path}?${changed}`
      return ask({ ...asked, target, query: new URLSearchParams(changed) })
    }),
})

/** The body as JSON, if it is in UTF-16. */
const inUtf16 = ({ bytes }: Asked): unknown => {
  try {
    return bytes?.[1] === 0 ? JSON.parse(bytes.toString('utf16le')) : undefined
  } catch {
    return undefined
  }
}

export const queries: readonly Mutant[] = [
  reads('nameless', 'ignores a parameter without a name', 'a query with =1', (parameters) =>
    parameters.filter((text) => !text.startsWith('=')),
  ),
  reads('against-caches', 'ignores a parameter that scripts add against caches', 'a query with _=17', (parameters) =>
    parameters.filter((text) => !text.startsWith('_=')),
  ),
  {
    ...reads('in-capitals', 'knows its parameters in capitals, too', 'a query with LIMIT=', (parameters) =>
      parameters.map((text) => text.replace(/^LIMIT=/, 'limit=')),
    ),
    killedBy: ['listSessions/400|422/validation_error/query-almost-known'],
  },
  {
    ...reads(
      'twice-the-same',
      'takes a parameter twice, if its values are the same',
      'limit=20&limit=20',
      (parameters) => [...new Set(parameters)],
    ),
    killedBy: ['listSessions/400|422/validation_error/query-almost-known'],
  },
  {
    id: 'bodies/utf-16',
    fault: 'finds out by itself in which encoding a body is',
    killedBy: ['*/400/validation_error/json-utf16'],
    because: /^answered (20\d|501) instead of 400/,
    make: () =>
      insteadOf(400, (asked, ask) => {
        const body = inUtf16(asked)
        return ask(body === undefined ? asked : withBody(asked, body))
      }),
  },
]
