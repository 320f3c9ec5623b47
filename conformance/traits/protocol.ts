/** What HTTP itself asks: readable targets, known parameters, methods that the path has, HEAD like GET. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, refusal, variantOf } from '../base.ts'
import { type Case, cases, type Row } from '../case.ts'
import { operationIds, operations } from '../contract.ts'
import { mediaType } from '../oracle.ts'

export const protocol = (base: Base): Case[] =>
  cases(base.operationId, {}, [
    ...broken(base),
    refusal(base, {
      id: '400|422/validation_error/query-unknown',
      promise: 'refuses a query parameter that it does not know',
      edit: (call) => ({ ...call, query: { ...call.query, unknown: 1 } }),
    }),
    methodUnknown(base),
    ...(operations[base.operationId].method === 'GET' ? [head(base)] : []),
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
  if (base.session === undefined) return [inQuery]
  const inSession = (text: string) => (target: string) => target.replace(/^\/sessions\/[^/:?]+/, `/sessions/${text}`)
  return [
    inQuery,
    sends('path-encoding', 'refuses a path with broken percent-encoding', inSession('sess_%zz')),
    sends('path-not-utf8', 'refuses a path that does not decode to UTF-8', inSession('sess_%ED%A0%80')),
  ]
}

const methodUnknown = (base: Base): Row => {
  const { path } = operations[base.operationId]
  const methods = operationIds
    .map((id) => operations[id])
    .flatMap((row) => (row.path === path ? [row.method as string] : []))
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
