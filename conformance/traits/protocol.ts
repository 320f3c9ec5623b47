/** What HTTP itself asks of a URL: a readable path, a readable query, known parameters. */
import { type Base, refusal } from '../base.ts'
import type { Case } from '../case.ts'
import { cases, type Row } from '../table.ts'

export const protocol = (base: Base): Case[] =>
  cases(base, {}, [
    ...broken(base),
    refusal(base, {
      id: '400|422/validation_error/query-unknown',
      promise: 'refuses a query parameter that it does not know',
      edit: (call) => ({ ...call, query: { ...call.query, unknown: 1 } }),
    }),
  ])

const broken = (base: Base): Row[] => {
  const sends = (variant: string, promise: string, retarget: (target: string) => string): Row =>
    // What a mock does with it says nothing: its router never sees the operation.
    refusal(base, {
      id: `400/validation_error/${variant}`,
      promise,
      live: true,
      edit: (call) => ({ ...call, retarget }),
    })
  const inQuery = sends('query-encoding', 'refuses a query with broken percent-encoding', (target) => `${target}?%zz=1`)
  const [before = '', named] = base.row.path.split('{')
  if (named === undefined) return [inQuery]
  const inPath = (text: string) => (target: string) =>
    `${before}${text}${target.slice(before.length).replace(/^[^/:?]+/, '')}`
  return [
    inQuery,
    sends('path-encoding', 'refuses a path with broken percent-encoding', inPath('sess_%zz')),
    sends('path-not-utf8', 'refuses a path that does not decode to UTF-8', inPath('sess_%ED%A0%80')),
  ]
}
