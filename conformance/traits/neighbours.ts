/** What a write must not touch: other sessions, and chats of the same JID in them, are as they were before. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import { type Call, type Case, type Context, NotApplicable, UsedUp } from '../case.ts'
import type { OperationId, Schemas } from '../contract.ts'
import { cases } from '../table.ts'
import type { Need } from '../target.ts'
import { withChat } from './isolation.ts'

export const neighbours = (base: Base): Case[] => {
  const { contract, row, path } = base
  const hasChat = 'cid' in path
  const shows: OperationId = hasChat ? 'getChat' : 'getSession'
  const isWrite = row.method !== 'GET' && outcomeOf(base).status < 300
  if (!isWrite || !('session' in path) || !contract.operationIds.includes(shows)) return []
  return cases(base, { needs: [...needsOf(base), ...needs, ...(hasChat ? chatNeeds : [])], effects: effectsOf(base) }, [
    {
      id: variantOf(base, 'neighbours-untouched'),
      promise: 'changes nothing of another session, and nothing of its chats with the same JID',
      lane: hasChat ? 'serial:twinChat' : 'parallel',
      control: [idOf(base)],
      live: true,
      checks: ['untouched'],
      run: async (context) => {
        if (!context.claims(shows)) throw new NotApplicable(`it takes ${shows}, which is not claimed`)
        const admitted = await admittedCall(base, context)
        const call = hasChat ? withChat(admitted, context.get('fixtures.twinChat').id) : admitted
        const watched = hasChat ? otherChats(context) : otherSessions(context)
        const before = await looks(base, context, watched)
        if (hasChat) hasUnread(before)
        await context.send(call, outcomeOf(base))
        const after = await looks(base, context, watched)
        for (const [words, { text }] of before)
          context.check('untouched', after.get(words)?.text === text, `${words} is not as it was before`)
      },
    },
  ])
}

const needs: readonly Need[] = [
  'tokens.otherOrg',
  'fixtures.liveSession',
  'fixtures.offlineSession',
  'fixtures.otherOrgSession',
]
const chatNeeds: readonly Need[] = ['fixtures.twinChat', 'fixtures.chat']

/** In words that begin a sentence, and the call that shows it. */
type Watched = readonly (readonly [words: string, call: Call])[]

const otherOrg = { token: 'otherOrg' } as const

const otherSessions = (context: Context): Watched => {
  const show = (session: string): Call => ({ operationId: 'getSession', path: { session } })
  return [
    ['the connected session', show(context.get('fixtures.liveSession'))],
    ['the session without a client', show(context.get('fixtures.offlineSession'))],
    ["the other organization's session", { ...show(context.get('fixtures.otherOrgSession')), caller: otherOrg }],
  ]
}

const otherChats = (context: Context): Watched => {
  const show = (session: string, cid: string): Call => ({ operationId: 'getChat', path: { session, cid } })
  const twin = context.get('fixtures.twinChat').id
  return [
    ['the same JID in another session', show(context.get('fixtures.offlineSession'), twin)],
    [
      'the same JID of another organization',
      { ...show(context.get('fixtures.otherOrgSession'), twin), caller: otherOrg },
    ],
    ['another chat of the session', show(context.get('fixtures.liveSession'), context.get('fixtures.chat').id)],
  ]
}

/** As text that is the same for what is the same. */
const looks = async (base: Base, context: Context, watched: Watched) => {
  const seen = new Map<string, { text: string; body: unknown }>()
  for (const [words, call] of watched) {
    const answer = await context.send(call, { status: 200 })
    seen.set(words, { text: base.contract.canonicalAnswer(call.operationId, answer), body: answer.body })
  }
  return seen
}

/** Where nothing is unread, marking it read would not show. */
const hasUnread = (seen: Awaited<ReturnType<typeof looks>>) => {
  for (const [words, { body }] of [...seen].slice(0, 2))
    if ((body as Schemas['Chat']).unreadCount === 0)
      throw new UsedUp('fixtures.twinChat', `fixtures.twinChat has nothing unread: ${words}`)
}
