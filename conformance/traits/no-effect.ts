/** What changes nothing: a request that is refused, and one that only reads. */
import { admittedCall, type Base, effectsOf, idOf, makerOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import { type Call, type Caller, type Case, type Context, NotApplicable, UsedUp } from '../case.ts'
import type { OperationId, Schemas } from '../contract.ts'
import { each, type Try } from '../each.ts'
import { cases, type Row } from '../table.ts'
import type { Need, TokenName } from '../target.ts'
import type { Proofs } from './admission.ts'
import { withSession } from './isolation.ts'

export const noEffect = (base: Base, { alone }: Proofs): Case[] => {
  const { row, path, contract } = base
  if (outcomeOf(base).status >= 300 || !contract.operationIds.includes('getSession')) return []
  if (row.method === 'GET') return cases(base, { live: true }, [readOnly(base)])
  // What a presence does is not seen by any caller.
  if (!('session' in path) || row.live) return []
  const [lacking] = alone.filter(({ capability }) => !row.capabilities.includes(capability))
  return cases(base, { live: true }, [refused(base, lacking)])
}

const hasChat = ({ path }: Base) => 'cid' in path

/** A chat that nothing else marks read, so that its unread messages would show it. */
const twinNeeds: readonly Need[] = ['fixtures.offlineSession', 'fixtures.twinChat']

const onTwin = (call: Call, context: Context): Call => ({
  ...call,
  path: {
    ...call.path,
    ...(call.path?.session !== undefined && { session: context.get('fixtures.offlineSession') }),
    ...(call.path?.cid !== undefined && { cid: context.get('fixtures.twinChat').id }),
  },
})

const showing = (operationId: OperationId, { path = {} }: Call): Call => ({ operationId, path })

/** What the calls show, as text that is the same for what is the same. Where nothing is unread, marking it read would not show. */
const looks = async (base: Base, context: Context, calls: readonly Call[], before?: 'unread' | 'any') => {
  const seen: string[] = []
  for (const call of calls) {
    // What is gone afterwards has been deleted.
    const answer = await context.send<Partial<Schemas['Chat']>>(call, { status: before ? 200 : [200, 404] })
    if (before === 'unread' && answer.body.unreadCount === 0)
      throw new UsedUp('fixtures.twinChat', 'fixtures.twinChat has nothing unread in fixtures.offlineSession')
    seen.push(answer.status === 404 ? 'nothing' : base.contract.canonicalAnswer(call.operationId, answer))
  }
  return seen.join('\n')
}

const refused = (base: Base, lacking: Proofs['alone'][number] | undefined): Row => ({
  id: '400|401|403|404|422/-/changes-nothing',
  promise: 'has no effect when it refuses a request',
  clause: '/info/description',
  needs: [
    'tokens.otherOrg',
    ...(lacking ? [`tokens.${lacking.token}` as const] : []),
    ...(hasChat(base) ? twinNeeds : []),
  ],
  effects: [...effectsOf(base), ...(hasChat(base) ? [] : (['sessions'] as const))],
  features: hasChat(base) ? [] : ['sessions'],
  lane: hasChat(base) ? 'serial:twinChat' : 'parallel',
  control: [
    idOf(base),
    idOf(base, '401/unauthorized/token-absent'),
    idOf(base, '401/unauthorized/token-garbage'),
    idOf(base, '400/validation_error/query-encoding'),
    ...(lacking ? [lacking.id] : []),
    idOf(base, '400|422/validation_error/query-unknown'),
    idOf(base, '404/not_found/session-foreign'),
  ],
  checks: ['each', 'untouched'],
  run: async (context) => {
    const shows = hasChat(base) ? 'getChat' : 'getSession'
    if (!context.claims(shows)) throw new NotApplicable(`it takes ${shows}, which is not claimed`)
    const call = await harmlessTarget(base, context)
    const look = [showing(shows, call)]
    const before = await looks(base, context, look, 'unread')
    await each(
      context,
      'each',
      refusalsOf(call, lacking?.token).map(
        ([words, edited, status]): Try => [
          words,
          async () => {
            await context.send(edited, { status: status === 422 ? context.schemaViolation : status })
            context.check(
              'untouched',
              (await looks(base, context, look)) === before,
              'it was refused, and has an effect',
            )
          },
        ],
      ),
    )
  },
})

/** The admitted request on something that shows an effect: a session for this case alone, or a chat with unread messages. */
const harmlessTarget = async (base: Base, context: Context): Promise<Call> => {
  if (hasChat(base))
    return onTwin(await admittedCall({ ...base, path: { session: 'example', cid: 'example' } }, context), context)
  const session = await context.make(makerOf(base, 'session'))
  return withSession(await admittedCall({ ...base, path: { session: 'example' } }, context), session)
}

const refusalsOf = (call: Call, lacking: TokenName | undefined) => {
  const from = (caller: Caller): Call => ({ ...call, caller })
  return [
    ['a call without a token', from('nobody'), 401],
    ['a call with a wrong token', from({ token: 'full', as: 'garbage' }), 401],
    ...(lacking === undefined ? [] : [['a call without the capability', from({ token: lacking }), 403] as const]),
    ['a call from another organization', from({ token: 'otherOrg' }), 404],
    ['a call with an unknown parameter', { ...call, query: { unknown: 1 }, broken: true }, 422],
    ['a call with a broken query', { ...call, retarget: (target: string) => `${target}?%zz=1`, broken: true }, 400],
  ] as const satisfies readonly (readonly [string, Call, number])[]
}

const readOnly = (base: Base): Row => ({
  id: variantOf(base, 'changes-nothing'),
  promise: 'changes nothing when it only reads',
  clause: '/info/description',
  needs: needsOf(base),
  optional: twinNeeds,
  lane: 'serial:twinChat',
  control: [idOf(base), idOf(base, variantOf(base, 'head'))],
  checks: ['untouched'],
  run: async (context) => {
    const isTwin = twinNeeds.every((need) => context.find(need) !== undefined)
    const admitted = await admittedCall(base, context)
    const call = isTwin ? onTwin(admitted, context) : admitted
    const watched = (isTwin ? twinViews(context) : viewsOf(call)).filter(({ operationId }) =>
      context.claims(operationId),
    )
    if (watched.length === 0) throw new NotApplicable('no operation is claimed that would show a change')
    const before = await looks(base, context, watched, isTwin ? 'unread' : 'any')
    // A session that was never paired has no account to show.
    for (const method of ['GET', 'HEAD']) await context.send({ ...call, method }, { status: [200, 404] })
    const isSame = (await looks(base, context, watched)) === before
    context.check('untouched', isSame, 'what was only read is not as it was before')
  },
})

/** What the path of a call names, shown by itself. */
const viewsOf = ({ path: { session, cid } = {} }: Pick<Call, 'path'>): Call[] => [
  ...(session !== undefined && cid !== undefined ? [{ operationId: 'getChat', path: { session, cid } } as const] : []),
  ...(session === undefined ? [] : [{ operationId: 'getSession', path: { session } } as const]),
]

const twinViews = (context: Context): Call[] =>
  viewsOf({ path: { session: context.get('fixtures.offlineSession'), cid: context.get('fixtures.twinChat').id } })
