/** Methods: those that a path has, OPTIONS that tells them, HEAD that is like GET. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, refusal, variantOf } from '../base.ts'
import type { Call, Case, Context } from '../case.ts'
import { mediaType } from '../oracle.ts'
import { cases, type Row } from '../table.ts'
import type { Answer } from '../transport.ts'

export const methods = (base: Base): Case[] =>
  cases(base, {}, [
    methodUnknown(base),
    methodWithoutToken(base),
    options(base),
    ...(base.row.method === 'GET' ? [head(base), headWithoutToken(base)] : []),
  ])

/** Operations of the same path, this one included. */
const siblings = ({ contract, row }: Pick<Base, 'contract' | 'row'>) =>
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

/** A method that the path of an operation does not have. */
export const otherMethod = ({ contract, row }: Pick<Base, 'contract' | 'row'>): string =>
  siblings({ contract, row }).some((id) => contract.operations[id].method === 'PATCH') ? 'PUT' : 'PATCH'

const unknownId = (base: Base) => `405/method_not_allowed/method-${otherMethod(base).toLowerCase()}`

const methodUnknown = (base: Base): Row => {
  return {
    id: unknownId(base),
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
        { ...call, method: otherMethod(base), broken: true },
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
  id: `${unknownId(base)}-without-token`,
  promise: 'asks for no token on a method that the path does not have',
  clause: '/info/description',
  needs: needsOf(base),
  effects: effectsOf(base),
  control: [idOf(base, unknownId(base))],
  live: true,
  run: async (context) => {
    const { body: _body, ...call } = await admittedCall(base, context)
    const expected = { status: 405, code: 'method_not_allowed', anyOperation: true }
    await context.send({ ...call, method: otherMethod(base), caller: 'nobody', broken: true }, expected)
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
    control: [idOf(base, '401/unauthorized/token-absent'), idOf(base, variantOf(base, 'head'))],
    live: true,
    broken: false,
    edit: (call) => ({ ...call, method: 'HEAD', caller: 'nobody', onTheWire: true }),
  })
