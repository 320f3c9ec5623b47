/** What HTTP itself asks: readable targets, known parameters, methods that the path has, HEAD like GET. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, refusal, variantOf } from '../base.ts'
import type { Case } from '../case.ts'
import { mediaType } from '../oracle.ts'
import { cases, type Row } from '../table.ts'

export const protocol = (base: Base): Case[] =>
  cases(base, {}, [
    ...broken(base),
    refusal(base, {
      id: '400|422/validation_error/query-unknown',
      promise: 'refuses a query parameter that it does not know',
      edit: (call) => ({ ...call, query: { ...call.query, unknown: 1 } }),
    }),
    methodUnknown(base),
    ...(base.row.method === 'GET' ? [head(base)] : []),
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

const methodUnknown = (base: Base): Row => {
  const { operations } = base.contract
  const methods = Object.values(operations).flatMap((row) => (row.path === base.row.path ? [row.method as string] : []))
  return {
    id: '405/method_not_allowed/method-patch',
    promise: 'refuses a method that the path does not have, and says which ones it has',
    clause: '/info/description',
    needs: needsOf(base),
    effects: effectsOf(base),
    control: [idOf(base)],
    live: true,
    checks: ['allow'],
    run: async (context) => {
      const { body: _body, ...call } = await admittedCall(base, context)
      const answer = await context.send(
        { ...call, method: 'PATCH', broken: true },
        { status: 405, code: 'method_not_allowed', anyOperation: true },
      )
      const allowed = (answer.headers.allow ?? '').split(',').map((method) => method.trim().toUpperCase())
      const known = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
      context.check(
        'allow',
        methods.every((method) => allowed.includes(method)) && allowed.every((method) => known.includes(method)),
        `Allow is ${answer.headers.allow ?? 'absent'}, and the path has ${methods.join(', ')}`,
      )
    },
  }
}

const head = (base: Base): Row => ({
  id: variantOf(base, 'head'),
  promise: 'answers HEAD as GET, without the body',
  level: 'SHOULD',
  clause: '/info/description',
  needs: needsOf(base),
  effects: effectsOf(base),
  control: [idOf(base)],
  live: true,
  checks: ['same-type'],
  run: async (context) => {
    const call = await admittedCall(base, context)
    const { status } = outcomeOf(base)
    const whole = await context.send(call, { status })
    const answer = await context.send({ ...call, method: 'HEAD' }, { status })
    context.check('same-type', mediaType(answer) === mediaType(whole), 'the media type is another one')
  },
})
