/** Every answer names its request: as the caller did, where that name is well-formed. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import type { Call, Case, Context } from '../case.ts'
import { cases } from '../table.ts'

/** Of another length than is allowed, and otherwise well-formed: the one thing that is wrong with it. */
const tooLong = 'x'.repeat(65)

export const requestId = (base: Base): Case[] =>
  cases(base, {}, [
    {
      id: variantOf(base, 'request-id'),
      promise: 'gives a request its own name back, in refusals too, and another one where it is malformed',
      clause: '/components/headers/RequestId',
      needs: needsOf(base),
      effects: effectsOf(base),
      control: [idOf(base), idOf(base, '401/unauthorized/token-absent')],
      live: true,
      checks: ['kept', 'kept-in-refusals', 'replaced', 'another'],
      run: async (context) => {
        // All that a name may have: letters of both kinds, each sign, 64 characters.
        const own = `Conformance.${context.runId}_`.padEnd(64, '-X')
        const refused = named({ ...(await admittedCall(base, context)), caller: 'nobody' }, own)
        await keeps(context, 'kept-in-refusals', refused, { status: 401, code: 'unauthorized' })
        await keeps(context, 'kept', named(await admittedCall(base, context), own), outcomeOf(base))
        // That there is one, and that it is well-formed, is looked at with every answer.
        const answer = await context.send(named(await admittedCall(base, context), tooLong), outcomeOf(base))
        context.check('replaced', answer.headers['x-request-id'] !== tooLong, 'a name of 65 characters was kept')
        const nameless = async () => {
          const call: Call = { ...(await admittedCall(base, context)), caller: 'nobody' }
          return (await context.send(call, { status: 401, code: 'unauthorized' })).headers['x-request-id']
        }
        const [one, other] = [await nameless(), await nameless()]
        context.check('another', one !== other, `two requests have the same X-Request-Id, ${one}`)
      },
    },
  ])

/** The request under a name of its own. */
export const named = (call: Call, id: string): Call => ({ ...call, headers: { ...call.headers, 'X-Request-Id': id } })

/** Sends a request that has a name, and looks for it in the answer. */
export const keeps = async (
  context: Context,
  check: string,
  call: Call,
  expected: Parameters<Context['send']>[1],
): Promise<void> => {
  const { headers } = await context.send(call, expected)
  const found = headers['x-request-id']
  const own = call.headers?.['X-Request-Id']
  context.check(check, found === own, `X-Request-Id is ${found ?? 'absent'} instead of ${own}`)
}
