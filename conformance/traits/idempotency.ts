/** For every operation that takes an `Idempotency-Key`: a call that is sent again takes effect once. */

import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { admittedCall, type Base, type Edit, effectsOf, idOf, needsOf, outcomeOf, refusal, variantOf } from '../base.ts'
import { tokenOf } from '../callers.ts'
import type { Call, Case, Context } from '../case.ts'
import { cases, type Row } from '../table.ts'
import type { Answer } from '../transport.ts'

export const idempotency = (base: Base): Case[] => {
  if (!base.row.idempotencyKey) return []
  const defaults = { live: true, clause: '/info/description', needs: needsOf(base), effects: effectsOf(base) }
  const others = base.contract.bodyExamples(base.operationId).filter((body) => !isDeepStrictEqual(body, base.body))
  return cases(base, defaults, [
    { ...replayed(base), control: [idOf(base)] },
    { ...atOnce(base), control: [idOf(base), idOf(base, variantOf(base, 'key-replayed'))] },
    longest(base),
    near(base),
    ofOtherCaller(base),
    afterError(base),
    ...afterDeletion(base),
    ...others.slice(-1).flatMap((body) => [ofAnotherRequest(base, body), ofUnreadRequest(base)]),
    malformed(base, 'key-with-space', 'refuses a key of two words', 'two words'),
    malformed(base, 'key-of-256', 'refuses a key of 256 characters', 'x'.repeat(256)),
  ])
}

/** The request under a key. */
export const keyed = (call: Call, key: string = randomUUID()): Call => ({
  ...call,
  headers: { ...call.headers, 'Idempotency-Key': key },
})

const saysReplayed = ({ headers }: Answer) => headers['idempotency-replayed'] !== undefined

const replayed = (base: Base): Row => ({
  id: variantOf(base, 'key-replayed'),
  promise: 'answers a retry with the first answer again, and says that it does',
  checks: ['first', 'same-answer', 'said'],
  run: async (context) => {
    const call = keyed(await admittedCall(base, context))
    const first = await context.send(call, outcomeOf(base))
    context.check('first', !saysReplayed(first), 'the first answer says that it is one again')
    const again = await context.send(call, outcomeOf(base))
    context.check('same-answer', textOf(base, first) === textOf(base, again), 'the retry got another answer')
    context.check('said', saysReplayed(again), 'the retry does not say that it was replayed')
  },
})

const atOnce = (base: Base): Row => ({
  id: variantOf(base, 'key-at-once'),
  promise: 'carries a call out once that is sent twice at the same time',
  checks: ['same-answer', 'one-replayed'],
  run: async (context) => {
    const call = keyed(await admittedCall(base, context))
    const [one, other] = await Promise.all([context.send(call, outcomeOf(base)), context.send(call, outcomeOf(base))])
    context.check('same-answer', textOf(base, one) === textOf(base, other), 'the two got different answers')
    const replays = [one, other].filter(saysReplayed).length
    context.check('one-replayed', replays === 1, `${replays} of the two say that they were replayed`)
  },
})

const longest = (base: Base): Row => ({
  id: variantOf(base, 'key-of-255'),
  promise: 'takes a key of 255 characters',
  control: [idOf(base)],
  run: async (context) => {
    const call = keyed(await admittedCall(base, context), randomUUID().padEnd(255, '~'))
    await context.send(call, outcomeOf(base))
  },
})

/** Names that a server takes for one when it compares them without their case, or no more than the first characters. */
const near = (base: Base): Row => ({
  id: variantOf(base, 'key-almost-the-same'),
  promise: 'takes a key in capitals, or with another last character, for another key',
  control: [idOf(base, variantOf(base, 'key-of-255'))],
  checks: ['another'],
  run: async (context) => {
    const call = await admittedCall(base, context)
    const key = `key-${randomUUID()}`.padEnd(254, '~')
    await context.send(keyed(call, `${key}a`), outcomeOf(base))
    for (const [words, other] of [
      ['in capitals', `${key}a`.toUpperCase()],
      ['whose last of 255 characters is another', `${key}b`],
    ] as const) {
      const answer = await context.send(keyed(call, other), outcomeOf(base))
      context.check('another', !saysReplayed(answer), `a key ${words} gets the answer of the first`)
    }
  },
})

/** A key is of the organization or the session, not of the token: who retries may have another one. */
const ofOtherCaller = (base: Base): Row => {
  const token = base.row.capabilities.map((capability) => tokenOf[capability]).find((name) => name !== undefined)
  return {
    id: variantOf(base, 'key-of-other-caller'),
    promise: 'answers a retry with another token of the organization with the first answer again',
    needs: token === undefined ? [] : [`tokens.${token}`],
    control: [idOf(base, variantOf(base, 'key-replayed'))],
    checks: ['same-answer', 'said'],
    run: async (context) => {
      const call = keyed(await admittedCall(base, context))
      const first = await context.send(call, outcomeOf(base))
      const again = await context.send({ ...call, caller: { token: token ?? 'full' } }, outcomeOf(base))
      context.check('same-answer', textOf(base, first) === textOf(base, again), 'the retry got another answer')
      context.check('said', saysReplayed(again), 'the retry does not say that it was replayed')
    },
  }
}

const afterError = (base: Base): Row => ({
  id: variantOf(base, 'key-after-error'),
  promise: 'takes a key again with which a call was refused',
  control: [idOf(base), idOf(base, '400|422/validation_error/member-unknown')],
  checks: ['first'],
  run: async (context) => {
    const call = keyed(await admittedCall(base, context))
    const refused: Call = { ...call, body: { ...(call.body as object), unknown: true }, broken: true }
    await context.send(refused, { status: context.schemaViolation, code: 'validation_error' })
    const answer = await context.send(call, outcomeOf(base))
    context.check('first', !saysReplayed(answer), 'the first call that took effect says that it is a retry')
  },
})

/** What was made may be gone by the time of the retry: it must not come back. */
const afterDeletion = (base: Base): Row[] => {
  const deletion = base.contract.deletionOf(base.operationId)
  if (deletion === undefined) return []
  return [
    {
      id: variantOf(base, 'key-after-deletion'),
      promise: 'answers a retry with the first answer again when what was made is deleted, and makes nothing',
      features: [deletion.operationId],
      control: [idOf(base, variantOf(base, 'key-replayed'))],
      checks: ['same-answer', 'said'],
      run: async (context) => {
        const call = keyed(await admittedCall(base, context))
        const first = await context.send<{ id: string }>(call, outcomeOf(base))
        const path = { ...call.path, [deletion.parameter]: first.body.id }
        await context.send({ operationId: deletion.operationId, path }, { status: 204 })
        const again = await context.send(call, outcomeOf(base))
        context.check('same-answer', textOf(base, first) === textOf(base, again), 'the retry got another answer')
        context.check('said', saysReplayed(again), 'the retry does not say that it was replayed')
      },
    },
  ]
}

/** A used key with something else. */
const used = (base: Base, { edit, ...more }: Omit<Edit, 'broken'> & { edit: (call: Call) => Call }): Row => ({
  ...refusal(base, { ...more, edit }),
  clause: '/info/description',
  live: true,
  control: [idOf(base, variantOf(base, 'key-replayed')), ...(more.control ?? [])],
  checks: ['where'],
  run: async (context: Context) => {
    const call = keyed(await admittedCall(base, context))
    await context.send(call, outcomeOf(base))
    const expected = { status: context.schemaViolation, code: 'validation_error' }
    const where = pathIn(await context.send({ ...edit(call), broken: true }, expected))
    const isOfKey = where?.toLowerCase() === '/header/idempotency-key'
    const wanted = !more.id.endsWith('/before-key')
    context.check('where', isOfKey === wanted, `details.errors names ${where ?? 'nothing'}`)
  },
})

const ofAnotherRequest = (base: Base, body: unknown): Row =>
  used(base, {
    // A server that answers 400 to what breaks the schema does so here, too: it is the same code.
    id: '400|422/validation_error/key-of-another-request',
    promise: 'refuses a key that stands for another request, and names the key',
    edit: (call) => ({ ...call, body }),
  })

const ofUnreadRequest = (base: Base): Row =>
  used(base, {
    id: '400|422/validation_error/before-key',
    promise: 'looks at what was said before it looks for the key',
    control: [idOf(base, '400|422/validation_error/query-unknown')],
    edit: (call) => ({ ...call, query: { ...call.query, unknown: 1 } }),
  })

const malformed = (base: Base, variant: string, promise: string, key: string): Row =>
  refusal(base, {
    id: `400|422/validation_error/${variant}`,
    promise,
    live: false,
    steer: false,
    edit: (call) => keyed(call, key),
  })

const textOf = ({ contract, operationId, changing = [] }: Base, answer: Answer) => {
  const members = Object.entries(answer.body as object).filter(([name]) => !changing.includes(name))
  return contract.canonicalAnswer(operationId, { ...answer, body: Object.fromEntries(members) })
}

/** Where the first of `details.errors` is. */
const pathIn = ({ body }: Answer): string | undefined =>
  (body as { error?: { details?: { errors?: { path?: string }[] } } }).error?.details?.errors?.[0]?.path
