import { admittedCall, idOf, needsOf } from '../../base.ts'
import type { Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { isPast } from '../../moment.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { cursorOf, refuses } from '../../traits/cursor.ts'
import { scratch } from '../sessions/scratch.ts'

type Chat = Schemas['Chat']

/** A chat without activity has none that could be later. */
const latestFirst = (chats: readonly Chat[]) => {
  const times = chats.map(({ lastMessageAt = 0 }) => lastMessageAt)
  return times.every((time, index) => time <= (times[index - 1] ?? Number.POSITIVE_INFINITY))
}

export const base = operation({
  operationId: 'listChats',
  admitted: '200/-/first-page',
  promise: 'answers with a page of chats',
  list: {
    order: 'latest activity first',
    needs: ['fixtures.chat', 'fixtures.otherChat'],
    checks: ['latest-first', 'own-session'],
    holds: (context, chats: readonly Chat[]) => {
      const jids = chats.flatMap(({ jid, aliases = [] }) => [jid, ...aliases])
      const known = [context.get('fixtures.chat').id, context.get('fixtures.otherChat').id]
      const lost = known.filter((jid) => !jids.includes(jid))
      context.check('no-loss', lost.length === 0, `${lost.join(' and ')} never came`)
      context.check('latest-first', latestFirst(chats), 'a chat with later activity comes after an earlier one')
      const session = context.get('fixtures.liveSession')
      const isOwn = chats.every(({ sessionId }) => sessionId === session)
      context.check('own-session', isOwn, 'a chat of another session came')
    },
  },
})

const otherSessionCursor = (context: Context) =>
  cursorOf(
    context,
    { operationId: 'listChats', path: { session: context.get('fixtures.offlineSession') } },
    'fixtures.offlineSession has fewer than two chats',
  )

const otherListCursor = (context: Context) =>
  cursorOf(
    context,
    {
      operationId: 'listChatMessages',
      path: { session: context.get('fixtures.liveSession'), cid: context.get('fixtures.chat').id },
    },
    'fixtures.chat has fewer than two messages',
  )

export const own = [
  ...cases(base, { needs: needsOf(base) }, [
    {
      id: '200/-/each-found',
      promise: 'lists only chats that it also has',
      live: true,
      control: [idOf(base)],
      checks: ['same-chat'],
      run: async (context) => {
        const call = await admittedCall(base, context)
        const { body } = await context.send<Schemas['ChatList']>(call, { status: 200 })
        for (const { jid } of body.data) {
          const path = { ...call.path, cid: jid }
          const found = await context.send<Chat>({ operationId: 'getChat', path }, { status: 200 })
          context.check('same-chat', found.body.jid === jid, `${jid} leads to chat ${found.body.jid}`)
        }
        context.check('same-chat', body.data.length > 0, 'the list is empty')
      },
    },
    {
      id: '200/-/times',
      promise: 'tells times in milliseconds',
      live: true,
      control: [idOf(base)],
      checks: ['milliseconds'],
      run: async (context) => {
        const { body } = await context.send<Schemas['ChatList']>(await admittedCall(base, context), { status: 200 })
        const odd = body.data.find(({ lastMessageAt }) => lastMessageAt !== undefined && !isPast(lastMessageAt))
        context.check('milliseconds', odd === undefined, `lastMessageAt ${odd?.lastMessageAt} is not in milliseconds`)
      },
    },
    {
      id: '200/-/session-offline',
      promise: 'serves the stored copy of a session without a connected client',
      needs: ['fixtures.offlineSession'],
      live: true,
      control: [idOf(base)],
      checks: ['stored'],
      run: async (context) => {
        const path = { session: context.get('fixtures.offlineSession') }
        const { body } = await context.send<Schemas['ChatList']>({ operationId: 'listChats', path }, { status: 200 })
        context.check('stored', body.data.length > 0, 'there are no chats while the session is not connected')
      },
    },
    {
      id: '200/-/session-empty',
      promise: 'answers with an empty page for a session that has no chats',
      effects: ['sessions'],
      features: ['sessions'],
      live: true,
      control: [idOf(base)],
      checks: ['empty'],
      run: async (context) => {
        const path = { session: await scratch(context) }
        const { body } = await context.send<Schemas['ChatList']>({ operationId: 'listChats', path }, { status: 200 })
        context.check('empty', body.data.length === 0 && body.nextCursor === null, 'a new session has chats')
      },
    },
    {
      ...refuses(base, 'cursor-of-other-session', 'refuses the cursor of another session', otherSessionCursor),
      needs: [...needsOf(base), 'fixtures.offlineSession'],
      live: true,
    },
    {
      ...refuses(base, 'cursor-of-other-list', 'refuses the cursor of a list of messages', otherListCursor),
      needs: [...needsOf(base), 'fixtures.chat'],
      features: ['listChatMessages'],
      live: true,
    },
  ]),
]
