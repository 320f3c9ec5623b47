/** What HTTP itself asks of a URL: a readable path, a readable query, known parameters. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, refusal } from '../base.ts'
import type { Case } from '../case.ts'
import { below } from '../contract.ts'
import { each } from '../each.ts'
import { cases, type Row } from '../table.ts'

export const protocol = (base: Base): Case[] =>
  cases(base, {}, [
    ...broken(base),
    refusal(base, {
      id: '400|422/validation_error/query-unknown',
      promise: 'refuses a query parameter that it does not know',
      edit: (call) => ({ ...call, query: { ...call.query, unknown: 1 } }),
    }),
    almostKnown(base),
  ])

/** Names that servers ignore or correct: what proxies and libraries add, and other spellings of what is known. */
const almostKnown = (base: Base): Row => {
  const { contract, operationId, row } = base
  const known = Object.keys(row.parameters.query).map((name): [name: string, value: string] => {
    const pointer = contract.parameterPointers(operationId).find((one) => contract.at(below(one, 'name')) === name)
    return [name, encodeURIComponent(String((pointer && contract.at(below(pointer, 'example'))) ?? '1'))]
  })
  const texts = [
    '=1',
    '_=1700000000000',
    ...known.flatMap(([name, value]) => [
      `${name.toUpperCase()}=${value}`,
      `${name}%5B%5D=${value}`,
      `${name}=${value}&${name}=${value}`,
    ]),
  ]
  return {
    id: '400|422/validation_error/query-almost-known',
    promise: 'refuses a query parameter without a name, in another spelling, or twice with the same value',
    needs: needsOf(base),
    effects: effectsOf(base),
    control: [idOf(base), idOf(base, '400|422/validation_error/query-unknown')],
    live: true,
    checks: ['each'],
    run: async (context) => {
      const call = await admittedCall(base, context)
      const expected = { status: context.schemaViolation, code: 'validation_error' }
      const withMore = (text: string) => (target: string) => `${target}${target.includes('?') ? '&' : '?'}${text}`
      await each(
        context,
        'each',
        texts.map((text) => [
          `a query with ${text}`,
          () => context.send({ ...call, retarget: withMore(text), broken: true }, expected),
        ]),
      )
    },
  }
}

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
