/** What another organization has, in every form of asking for it: it answers as what does not exist. */
import { admittedCall, type Base, effectsOf, idOf, makerOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import { type Form, formsOf } from '../callers.ts'
import { Blocked, type Call, type Caller, type Case, type Context, Failure } from '../case.ts'
import { factsOf, toldApart } from '../same-answer.ts'
import { cases, type Row } from '../table.ts'
import type { Need } from '../target.ts'

const notFound = { status: 404, code: 'not_found' }

export const isolation = (base: Base): Case[] => {
  if (!('session' in base.path)) return []
  const defaults = { needs: needsOf(base), effects: effectsOf(base) }
  return cases(base, defaults, [
    foreign(base),
    foreignAsUnknown(base),
    ...(base.row.method === 'GET' ? [foreignAsUnknownToHead(base)] : []),
    ...formsOf(base).map((form) => foreignByForm(base, form)),
    oursHidden(base),
    ...(base.row.live ? [foreignOffline(base)] : []),
    ...(isStoredChat(base) ? [chatOfOthers(base)] : []),
  ])
}

const isMade = ({ path }: Base) => path.session === 'made'
const hasChat = ({ path }: Base) => 'cid' in path

/** Names a chat that has to be stored. */
export const isStoredChat = (base: Base) => hasChat(base) && !base.row.live

export const withSession = (call: Call, session: string): Call => ({ ...call, path: { ...call.path, session } })
export const withChat = (call: Call, cid: string): Call => ({ ...call, path: { ...call.path, cid } })

/** What names something of the other organization. */
const foreignNeeds = (base: Base): Need[] => [
  'tokens.otherOrg',
  ...(isMade(base) ? [] : (['fixtures.otherOrgSession'] as const)),
  ...(hasChat(base) ? (['fixtures.otherOrgChat'] as const) : []),
]

/** The admitted request on what the other organization has. */
const foreignCall = async (base: Base, context: Context): Promise<Call> => {
  const call = await admittedCall(base, context)
  if (isMade(base))
    return withSession(call, await context.make(makerOf(base, 'session'), { caller: { token: 'otherOrg' } }))
  const theirs = withSession(call, context.get('fixtures.otherOrgSession'))
  return hasChat(base) ? withChat(theirs, context.get('fixtures.otherOrgChat').id) : theirs
}

/** It is there, and the others may have it: else 404 would only say that it is not. Asked where asking changes nothing. */
const isTheirs = async (base: Base, context: Context, call: Call) => {
  if (base.row.method !== 'GET' || base.row.live || !base.admitted.startsWith('200/')) return
  try {
    await context.send({ ...call, caller: { token: 'otherOrg' } }, outcomeOf(base))
  } catch (error) {
    if (error instanceof Failure) throw new Blocked(`the other organization does not get it either: ${error.message}`)
    throw error
  }
}

const foreign = (base: Base): Row => ({
  id: '404/not_found/session-foreign',
  promise: 'does not find a session of another organization',
  needs: foreignNeeds(base),
  control: [idOf(base)],
  // On a mock every session is everybody's.
  live: isMade(base) || hasChat(base),
  run: async (context) => {
    const theirs = await foreignCall(base, context)
    if (hasChat(base)) await isTheirs(base, context, theirs)
    await context.send(theirs, notFound)
  },
})

/** Headers that a server may look at before it answers; none of them is to change what it says. */
const moreHeaders = (context: Context): Record<string, string> => ({
  'X-Request-Id': `conformance-${context.runId}`,
  'Accept-Language': 'de',
  'If-None-Match': '*',
  'If-Modified-Since': 'Thu, 01 Jan 2009 00:00:00 GMT',
  Cookie: 'conformance=1',
  'X-Requested-With': 'XMLHttpRequest',
  'X-Debug': '1',
})

/** The two answers must not differ, with the checks `same-bytes`. @param words what else the two have in common */
export const sameAsUnknown = async (context: Context, theirs: Call, nobodys: Call, words: string) => {
  const expected = theirs.method === 'HEAD' ? { status: 404 } : notFound
  const ask = async (call: Call) => factsOf(await context.send(call, expected), call)
  const told = await toldApart(ask, theirs, nobodys)
  const where = words === '' ? '' : ` ${words}`
  context.check(
    'same-bytes',
    told.length === 0,
    `the two answers${where} differ in ${told.join(', ')}, and so tell that it exists`,
  )
}

const foreignAsUnknown = (base: Base): Row => ({
  id: '404/not_found/session-foreign-as-unknown',
  promise: 'answers for a session of another organization exactly as for one that does not exist',
  needs: [
    ...foreignNeeds(base),
    'fixtures.unknownSession',
    ...(hasChat(base) ? ['fixtures.unknownChat' as const] : []),
  ],
  live: true,
  checks: ['same-bytes'],
  control: [idOf(base, '404/not_found/session-foreign'), idOf(base, '404/not_found/session-unknown')],
  run: async (context) => {
    const theirs = await foreignCall(base, context)
    const unknown = context.get('fixtures.unknownSession')
    const alike = (edit: (call: Call) => Call, words: string) =>
      sameAsUnknown(context, edit(theirs), edit(withSession(theirs, unknown)), words)
    await alike((call) => call, '')
    await alike((call) => ({ ...call, headers: { ...call.headers, ...moreHeaders(context) } }), 'with more headers')
    if (hasChat(base)) {
      const cid = context.get('fixtures.unknownChat')
      await alike((call) => withChat(call, cid), 'with an unknown chat')
    }
    for (const body of base.contract.bodyExamples(base.operationId).slice(1))
      await alike((call) => ({ ...call, body }), 'with another body')
  },
})

/** Apart from the others: who does not serve HEAD breaks another promise. */
const foreignAsUnknownToHead = (base: Base): Row => ({
  id: '404/not_found/session-foreign-as-unknown-to-head',
  promise: 'answers HEAD for a session of another organization exactly as for one that does not exist',
  needs: [...foreignNeeds(base), 'fixtures.unknownSession'],
  live: true,
  checks: ['same-bytes'],
  control: [idOf(base, '404/not_found/session-foreign-as-unknown'), idOf(base, variantOf(base, 'head'))],
  run: async (context) => {
    const theirs: Call = { ...(await foreignCall(base, context)), method: 'HEAD' }
    await sameAsUnknown(context, theirs, withSession(theirs, context.get('fixtures.unknownSession')), 'to HEAD')
  },
})

/** The same rights in another form must not be looked at with other eyes. */
const foreignByForm = (base: Base, { name, words, who, features, needs }: Form): Row => ({
  id: `404/not_found/foreign-by-${name}`,
  promise: `shows a caller with ${words} nothing of another organization`,
  needs: [
    ...foreignNeeds(base),
    ...needs,
    'fixtures.unknownSession',
    ...(isStoredChat(base) ? ['fixtures.unknownChat' as const] : []),
  ],
  features,
  live: true,
  checks: ['same-bytes'],
  control: [
    idOf(base, '404/not_found/session-foreign'),
    idOf(base, '404/not_found/session-unknown'),
    idOf(base, [...base.admitted.split('/').slice(0, 2), name].join('/')),
  ],
  run: async (context) => {
    const caller = await who(context)
    const theirs = { ...(await foreignCall(base, context)), ...caller }
    await sameAsUnknown(context, theirs, withSession(theirs, context.get('fixtures.unknownSession')), '')
    if (!isStoredChat(base)) return
    const ours = { ...(await admittedCall(base, context)), ...caller }
    const [foreignId, unknownId] = [context.get('fixtures.otherOrgChat').id, context.get('fixtures.unknownChat')]
    await sameAsUnknown(context, withChat(ours, foreignId), withChat(ours, unknownId), 'for a chat in our session')
  },
})

/** The other way round: the second organization is told nothing of the first. */
const oursHidden = (base: Base): Row => ({
  id: '404/not_found/ours-hidden',
  promise: 'shows another organization nothing of this one',
  needs: ['tokens.otherOrg', 'fixtures.unknownSession'],
  live: true,
  checks: ['same-bytes'],
  control: [idOf(base, '404/not_found/session-foreign'), idOf(base, '404/not_found/session-unknown')],
  run: async (context) => {
    const call = await admittedCall(base, context)
    const others: Caller[] = [{ token: 'otherOrg' }]
    if (context.claims('apiKeys')) others.push({ token: 'otherOrg', as: 'x-api-key' })
    for (const caller of others) {
      const ours: Call = { ...call, caller }
      await sameAsUnknown(context, ours, withSession(ours, context.get('fixtures.unknownSession')), '')
    }
  },
})

const foreignOffline = (base: Base): Row => ({
  id: '404/not_found/session-foreign-offline',
  promise: 'does not say whether the session of another organization is connected',
  needs: ['fixtures.otherOrgOfflineSession', 'fixtures.unknownSession'],
  live: true,
  checks: ['same-bytes'],
  control: [idOf(base, '404/not_found/session-foreign'), idOf(base, '404/not_found/session-unknown')],
  run: async (context) => {
    const theirs = withSession(await admittedCall(base, context), context.get('fixtures.otherOrgOfflineSession'))
    await sameAsUnknown(context, theirs, withSession(theirs, context.get('fixtures.unknownSession')), '')
  },
})

const chatOfOthers = (base: Base): Row => ({
  id: '404/not_found/chat-of-other-organization',
  promise: 'does not find a chat that only a session of another organization has',
  needs: ['fixtures.otherOrgChat', 'fixtures.unknownChat'],
  live: true,
  checks: ['same-bytes'],
  control: [idOf(base), idOf(base, '404/not_found/chat-unknown')],
  run: async (context) => {
    const call = await admittedCall(base, context)
    const [theirs, nobodys] = [context.get('fixtures.otherOrgChat').id, context.get('fixtures.unknownChat')]
    await sameAsUnknown(context, withChat(call, theirs), withChat(call, nobodys), '')
  },
})
