/** For every operation that has a pace of its own: what comes too soon. */
import { admittedCall, type Base, effectsOf, idOf, needsOf } from '../base.ts'
import type { Call, Case, Context } from '../case.ts'
import { exhausted, reasonOf } from '../exhausted.ts'
import { cases } from '../table.ts'

export const pace = (base: Base): Case[] => base.row.limits.flatMap((limit, n) => paced(base, limit, n === 0))

/** @param first of the limits of the operation: what holds for all of them is shown with that one */
const paced = (base: Base, reason: string, first: boolean): Case[] => {
  const { pacedBody: body } = base
  const id = `429/rate_limited/${inKebab(reason)}`
  const ask = async (context: Context): Promise<Call> => {
    const state = await context.exhaust(base.operationId, reason)
    const call = await callOn(base, context, state.session)
    return exhausted({ ...call, ...(body !== undefined && { body }) }, state)
  }
  // On a mock the first of several examples answers, and that is another one.
  const common = { features: ['rateLimits', 'hook'], needs: needsOf(base), effects: effectsOf(base), live: true }
  return cases(base, common, [
    {
      id,
      promise: 'says how long to wait, and for what, when it comes too soon',
      control: [idOf(base)],
      checks: ['reason'],
      run: async (context) => {
        const answer = await context.send(await ask(context), { status: 429, code: 'rate_limited' })
        context.check(
          'reason',
          reasonOf(answer) === reason,
          `details.reason is ${reasonOf(answer)} instead of ${reason}`,
        )
      },
    },
    ...(!first || !('session' in base.path)
      ? []
      : [
          {
            id: '422/validation_error/before-rate-limit',
            promise: 'looks at what was said before it looks at the pace',
            level: 'SHOULD' as const,
            clause: '/info/description',
            control: [idOf(base, '400|422/validation_error/query-unknown'), idOf(base, id)],
            run: async (context: Context) => {
              const call = await ask(context)
              const expected = { status: context.schemaViolation, code: 'validation_error' }
              await context.send({ ...call, query: { unknown: 1 }, broken: true }, expected)
            },
          },
        ]),
  ])
}

/** The admitted request, on a session that need not be like the one of the fixtures. */
const callOn = async (base: Base, context: Context, session: string | undefined): Promise<Call> => {
  if (session === undefined || !('session' in base.path)) return admittedCall(base, context)
  const { session: _own, ...path } = base.path
  const call = await admittedCall({ ...base, path }, context)
  return { ...call, path: { session, ...call.path } }
}

/** `ratePerMin` is `rate-per-min`. */
const inKebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
