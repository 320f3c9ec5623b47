/**
 * A request with two faults is answered for the first of them in the documented order: who calls, what the caller may, what was
 * said, what was named. A caller who may not ask learns nothing of what comes later.
 */
import { admittedCall, type Base, effectsOf, idOf, needsOf } from '../base.ts'
import type { Call, Caller, Case, Context } from '../case.ts'
import { each } from '../each.ts'
import { type RequestFault, requestFaults } from '../request-faults.ts'
import { cases, type Row } from '../table.ts'
import type { Proofs } from './admission.ts'
import { isStoredChat, withChat, withSession } from './isolation.ts'

export const order = (base: Base, { alone }: Proofs): Case[] => {
  const [lacking] = alone.filter(({ capability }) => !base.row.capabilities.includes(capability))
  const defaults = { needs: needsOf(base), effects: effectsOf(base), checks: ['each'], steer: false }
  return cases(base, defaults, [
    tokenFirst(base),
    ...(lacking === undefined ? [] : [capabilityFirst(base, lacking)]),
    readingFirst(base),
    ...('session' in base.path ? ofSession(base, lacking) : []),
    ...(isStoredChat(base) ? [beforeChat(base)] : []),
  ])
}

/** Faults that are alike make cases that are alike. */
export const orderShape = (base: Base): string =>
  requestFaults(base)
    .map(({ name }) => name)
    .join(', ')

const description = '/info/description'
const unauthorized = { status: 401, code: 'unauthorized' }
const forbidden = { status: 403, code: 'forbidden' }

/** Each of the faults is refused when it is the only one. */
const shown = (base: Base) => requestFaults(base).map(({ shownBy }) => idOf(base, shownBy))

/** Sends the call with each of the faults. @param expected of each */
const withEach = async (
  base: Base,
  context: Context,
  edit: (call: Call) => Call,
  expected: (fault: RequestFault) => { status: number | readonly number[]; code: string },
  faults = requestFaults(base),
) => {
  const call = await admittedCall(base, context)
  await each(
    context,
    'each',
    faults.map((fault) => [`with ${fault.name}`, () => context.send(fault.edit(edit(call)), expected(fault))]),
  )
}

const tokenFirst = (base: Base): Row => ({
  id: '401/unauthorized/before-validation',
  promise: 'asks who calls before it looks at what was said',
  clause: description,
  control: [...shown(base), idOf(base, '401/unauthorized/token-absent'), idOf(base, '401/unauthorized/token-garbage')],
  live: true,
  run: async (context) => {
    const callers: Caller[] = ['nobody', { token: 'full', as: 'garbage' }]
    for (const caller of callers)
      await withEach(
        base,
        context,
        (call) => ({ ...call, caller }),
        () => unauthorized,
      )
  },
})

type Lacking = Proofs['alone'][number]

const capabilityFirst = (base: Base, { token, id }: Lacking): Row => ({
  id: '403/forbidden/before-validation',
  promise: 'asks what the caller may before it looks at what was said',
  clause: description,
  needs: [`tokens.${token}`],
  control: [...shown(base), id],
  live: true,
  run: (context) =>
    withEach(
      base,
      context,
      (call) => ({ ...call, caller: { token } }),
      () => forbidden,
    ),
})

/** A server that answers 400 to what breaks the schema does so wherever the contract says 422. */
const answerTo = (context: Context, { status, code }: RequestFault) => ({
  status: status === 422 ? context.schemaViolation : status,
  code,
})

const readingFirst = (base: Base): Row => ({
  id: '400/validation_error/before-schema',
  promise: 'says that a request cannot be read before it says what breaks the schema',
  clause: description,
  control: shown(base),
  live: true,
  run: (context) =>
    withEach(
      base,
      context,
      (call) => ({ ...call, query: { ...call.query, unknown: 1 } }),
      (fault) => answerTo(context, fault),
      requestFaults(base)
        .filter(({ status }) => status !== 422)
        .map((fault) => (fault.name === 'query-encoding' ? { ...fault, edit: withBrokenQuery } : fault)),
    ),
})

/** After another parameter. */
const withBrokenQuery = (call: Call): Call => ({ ...call, retarget: (target) => `${target}&%zz=1`, broken: true })

const ofSession = (base: Base, lacking: Lacking | undefined): Row[] => {
  const before = (id: string, caller: Caller, expected: { status: number; code: string }): Row => ({
    id: `${id}/before-session-unknown`,
    promise: 'looks for no session on behalf of a caller who may not ask',
    clause: description,
    needs: ['fixtures.unknownSession'],
    control: [idOf(base, '404/not_found/session-unknown')],
    checks: [],
    run: async (context) => {
      const call = withSession(await admittedCall(base, context), context.get('fixtures.unknownSession'))
      await context.send({ ...call, caller }, expected)
    },
  })
  return [
    before('401/unauthorized', 'nobody', unauthorized),
    ...(lacking === undefined
      ? []
      : [
          {
            ...before('403/forbidden', { token: lacking.token }, forbidden),
            needs: ['fixtures.unknownSession' as const, `tokens.${lacking.token}` as const],
            control: [idOf(base, '404/not_found/session-unknown'), lacking.id],
            steer: true,
          },
        ]),
    {
      id: '422/validation_error/before-session-unknown',
      promise: 'looks at what was said before it looks for the session that was named',
      clause: description,
      needs: ['fixtures.unknownSession'],
      control: [...shown(base), idOf(base, '404/not_found/session-unknown')],
      live: true,
      run: (context) =>
        withEach(
          base,
          context,
          (call) => withSession(call, context.get('fixtures.unknownSession')),
          (fault) => answerTo(context, fault),
        ),
    },
  ]
}

const beforeChat = (base: Base): Row => ({
  id: '422/validation_error/before-chat-unknown',
  promise: 'looks at what was said before it looks for the chat that was named',
  clause: description,
  needs: ['fixtures.unknownChat'],
  control: [...shown(base), idOf(base, '404/not_found/chat-unknown')],
  live: true,
  run: (context) =>
    withEach(
      base,
      context,
      (call) => withChat(call, context.get('fixtures.unknownChat')),
      (fault) => answerTo(context, fault),
    ),
})
