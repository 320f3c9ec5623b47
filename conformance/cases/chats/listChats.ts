import { admittedCall, type Base, idOf, needsOf } from '../../base.ts'
import { type Call, type Context, cases, type Row } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { isPast } from '../../moment.ts'
import { repeated, walk, walkChecks } from '../../walk.ts'
import { cursorOf, cursors, followed, refuses } from '../cursors.ts'
import { limits } from '../limits.ts'

type Chat = Schemas['Chat']

export const base: Base = {
  operationId: 'listChats',
  admitted: '200/-/first-page',
  promise: 'answers with a page of chats',
  session: 'fixtures.liveSession',
}

/** More chats than this in one session, and the walk counts as endless. */
const maxChats = 2_000

const walks = (variant: string, promise: string, limit: number | undefined): Row => ({
  id: `200/-/${variant}`,
  promise,
  needs: ['fixtures.chat', 'fixtures.otherChat'],
  live: true,
  control: [idOf(base)],
  checks: [...walkChecks, 'no-repeat', 'no-loss', 'latest-first', 'own-session'],
  run: async (context) => {
    const session = context.get('fixtures.liveSession')
    const call = await admittedCall(base, context)
    const before = await walk<Chat>(context, call, [200], maxChats)
    const entries = await walk<Chat>(context, call, [limit], maxChats)
    const twice = repeated(entries.map(({ id }) => id))
    context.check('no-repeat', twice === undefined, `chat ${twice} comes twice`)
    const jids = entries.flatMap(({ jid, aliases = [] }) => [jid, ...aliases])
    const lost = [context.get('fixtures.chat').id, context.get('fixtures.otherChat').id].filter(
      (jid) => !jids.includes(jid),
    )
    context.check('no-loss', lost.length === 0, `${lost.join(' and ')} never came`)
    const passed = await passedOver(context, call, before, entries)
    context.check('no-loss', passed === undefined, `${passed?.jid} never came`)
    context.check('latest-first', latestFirst(entries), 'a chat with later activity comes behind an earlier one')
    context.check(
      'own-session',
      entries.every(({ sessionId }) => sessionId === session),
      'a chat of another session came',
    )
  },
})

/** @returns a chat that the walk did not show; one that moved meanwhile may be missed */
const passedOver = async (context: Context, call: Call, before: readonly Chat[], walked: readonly Chat[]) => {
  const missing = before.filter(({ id }) => !walked.some((chat) => chat.id === id))
  const after = missing.length === 0 ? [] : await walk<Chat>(context, call, [200], maxChats)
  const moved = (chat: Chat) => after.find(({ id }) => id === chat.id)?.lastMessageAt !== chat.lastMessageAt
  return missing.find((chat) => !moved(chat))
}

/** A chat without activity has none that could be later. */
const latestFirst = (chats: readonly Chat[]) => {
  const times = chats.map(({ lastMessageAt = 0 }) => lastMessageAt)
  return times.every((time, index) => time <= (times[index - 1] ?? Number.POSITIVE_INFINITY))
}

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
  ...cases('listChats', { needs: needsOf(base) }, [
    walks('walk-by-1', 'shows every chat once, latest activity first, in pages of 1', 1),
    walks(followed.split('/').at(-1) ?? '', 'shows every chat once, latest activity first, in pages of 2', 2),
    walks('walk-by-50', 'shows every chat once, latest activity first, in pages without a limit', undefined),
    {
      id: '200/-/each-found',
      promise: 'lists only chats that it also has',
      live: true,
      control: [idOf(base)],
      checks: ['same-chat'],
      run: async (context) => {
        const call = await admittedCall(base, context)
        const { body } = await context.send<Schemas['ChatList']>(call, { status: 200 })
        for (const { id, jid } of body.data) {
          const path = { ...call.path, cid: jid }
          const found = await context.send<Chat>({ operationId: 'getChat', path }, { status: 200 })
          context.check('same-chat', found.body.id === id, `${jid} leads to chat ${found.body.id}, not ${id}`)
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
        const path = { session: await context.scratch() }
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
      features: ['storedHistory'],
      live: true,
    },
  ]),
  ...limits(base),
  ...cursors(base),
]
