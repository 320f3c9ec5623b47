/** Pages of other origins: a browser lets them read only what a server allows them to. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import type { Call, Case, Context } from '../case.ts'
import { cases, type Row } from '../table.ts'
import type { Answer } from '../transport.ts'

export const origins = (base: Base): Case[] => cases(base, {}, [originUnlisted(base)])

/** Of pages that nobody has listed; the last is what a page in a sandboxed frame or a file says. */
const strangers = (context: Context) => [
  `https://conformance-${context.runId}.example`,
  `http://localhost.conformance-${context.runId}.example`,
  'null',
]

/** No gateway lists these. */
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
