/** What HTTP itself asks: readable targets, known parameters, methods that the path has, HEAD like GET. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, refusal, variantOf } from '../base.ts'
import type { Call, Case, Context } from '../case.ts'
import { mediaType } from '../oracle.ts'
import { cases, type Row } from '../table.ts'
import type { Answer } from '../transport.ts'

export const protocol = (base: Base): Case[] =>
  cases(base, {}, [
    ...broken(base),
    refusal(base, {
      id: '400|422/validation_error/query-unknown',
      promise: 'refuses a query parameter that it does not know',
      edit: (call) => ({ ...call, query: { ...call.query, unknown: 1 } }),
    }),
    methodUnknown(base),
    methodWithoutToken(base),
    options(base),
    originUnlisted(base),
    ...(base.row.method === 'GET' ? [head(base), headWithoutToken(base)] : []),
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

/** Operations of the same path, this one included. */
const siblings = ({ contract, row }: Base) =>
  contract.operationIds.filter((id) => contract.operations[id].path === row.path)

/** Methods that `Allow` has to name, and those that it may: nobody has to have what is not claimed. */
const methodsOf = (base: Base, context: Context) => {
  const all = siblings(base).map((id) => ({ id, method: base.contract.operations[id].method as string }))
  const known = all.map(({ method }) => method)
  return {
    wanted: all.filter(({ id }) => context.claims(id)).map(({ method }) => method),
    known: [...known, ...(known.includes('GET') ? ['HEAD'] : []), 'OPTIONS'],
  }
}

const allowedBy = ({ headers }: Answer) => (headers.allow ?? '').split(',').map((method) => method.trim().toUpperCase())

const methodUnknown = (base: Base): Row => {
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
      const allowed = allowedBy(answer)
      const { wanted, known } = methodsOf(base, context)
      context.check(
        'allow',
        wanted.every((method) => allowed.includes(method)) && allowed.every((method) => known.includes(method)),
        `Allow is ${answer.headers.allow ?? 'absent'}, and the path has ${wanted.join(', ')}`,
      )
    },
  }
}

const methodWithoutToken = (base: Base): Row => ({
  id: '405/method_not_allowed/method-patch-without-token',
  promise: 'asks for no token on a method that the path does not have',
  clause: '/info/description',
  needs: needsOf(base),
  effects: effectsOf(base),
  control: [idOf(base, '405/method_not_allowed/method-patch')],
  live: true,
  run: async (context) => {
    const { body: _body, ...call } = await admittedCall(base, context)
    const expected = { status: 405, code: 'method_not_allowed', anyOperation: true }
    await context.send({ ...call, method: 'PATCH', caller: 'nobody', broken: true }, expected)
  },
})

const options = (base: Base): Row => ({
  id: '204/-/options',
  promise: 'tells the methods of its path to OPTIONS, without a token',
  level: 'SHOULD',
  clause: '/info/description',
  needs: needsOf(base),
  effects: effectsOf(base),
  control: [idOf(base)],
  live: true,
  checks: ['allow'],
  run: async (context) => {
    const { body: _body, ...call } = await admittedCall(base, context)
    const asked: Call = { ...call, method: 'OPTIONS', caller: 'nobody', broken: true }
    const answer = await context.send(asked, { status: 204, anyOperation: true })
    const allowed = allowedBy(answer)
    context.check(
      'allow',
      methodsOf(base, context).wanted.every((method) => allowed.includes(method)),
      `Allow is ${answer.headers.allow ?? 'absent'}`,
    )
  },
})

/** Of pages that nobody has listed; the last is what a page in a sandboxed frame or a file says. */
const strangers = (context: Context) => [
  `https://conformance-${context.runId}.example`,
  `http://localhost.conformance-${context.runId}.example`,
  'null',
]

/** Whatever a gateway lists, these are not among it. */
const originUnlisted = (base: Base): Row => ({
  id: variantOf(base, 'origin-unlisted'),
  promise: 'lets no page of an origin that is not listed read an answer',
  clause: '/info/description',
  needs: needsOf(base),
  effects: effectsOf(base),
  control: [idOf(base), idOf(base, '401/unauthorized/token-absent')],
  live: true,
  checks: ['not-allowed'],
  run: async (context) => {
    for (const origin of strangers(context)) {
      const call = await admittedCall(base, context)
      const { body: _body, ...bare } = call
      const asks = {
        'Access-Control-Request-Method': base.row.method,
        'Access-Control-Request-Headers': 'authorization',
      }
      const from = (one: Call, more = {}): Call => ({ ...one, headers: { ...one.headers, Origin: origin, ...more } })
      const answers: [string, Answer][] = [
        ['success', await context.send(from(call), outcomeOf(base))],
        ['refusal', await context.send({ ...from(call), caller: 'nobody' }, { status: 401, code: 'unauthorized' })],
        [
          'preflight',
          await context.send(
            { ...from(bare, asks), method: 'OPTIONS', caller: 'nobody', broken: true },
            { status: [200, 204, 403, 404, 405], anyOperation: true },
          ),
        ],
      ]
      for (const [which, { headers }] of answers) {
        const allowed = headers['access-control-allow-origin']
        context.check(
          'not-allowed',
          allowed !== origin && allowed !== '*',
          `the ${which} for a page of ${origin} says Access-Control-Allow-Origin: ${allowed}`,
        )
      }
    }
  },
})

const head = (base: Base): Row => ({
  id: variantOf(base, 'head'),
  promise: 'answers HEAD as GET, without the body',
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
    const answer = await context.send({ ...call, method: 'HEAD', onTheWire: true }, { status })
    context.check('same-type', mediaType(answer) === mediaType(whole), 'the media type is another one')
  },
})

const headWithoutToken = (base: Base): Row =>
  refusal(base, {
    id: '401/-/head-without-token',
    promise: 'asks who calls for HEAD, too, and answers it without a body',
    clause: '/info/description',
    control: [idOf(base, '401/unauthorized/token-absent')],
    live: true,
    broken: false,
    edit: (call) => ({ ...call, method: 'HEAD', caller: 'nobody', onTheWire: true }),
  })
