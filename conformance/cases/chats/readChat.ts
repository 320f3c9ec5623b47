import { admittedCall, idOf, needsOf } from '../../base.ts'
import type { Call, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { canonical, operation, parley } from '../../parley.ts'
import { cases } from '../../table.ts'

type Chat = Schemas['Chat']

export const base = operation({
  operationId: 'readChat',
  admitted: '200/-/stored-chat',
  promise: 'answers with the chat',
  path: { cid: 'fixtures.otherChat' },
  effects: ['read-marker'],
  feature: 'chatReadMarker',
})

const pathOf = (context: Context, cid: string) => ({ session: context.get('fixtures.liveSession'), cid })

const isNamed = ({ jid, aliases = [] }: Chat, id: string) => jid === id || aliases.includes(id)

/** The chat as a caller sees it; undefined where the target claims no way to see one. */
const seen = async (context: Context, cid: string): Promise<Chat | undefined> => {
  if (!context.claims('getChat')) return undefined
  return (await context.send<Chat>({ operationId: 'getChat', path: pathOf(context, cid) }, { status: 200 })).body
}

/** What the list says is unread. @param otherwise where the target claims no list */
const inList = async (context: Context, jid: string, otherwise = 0): Promise<number | undefined> => {
  if (!context.claims('listChats')) return otherwise
  const call: Call = { operationId: 'listChats', path: { session: context.get('fixtures.liveSession') } }
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = { limit: 200, ...(cursor !== undefined && { cursor }) }
    const { body } = await context.send<Schemas['ChatList']>({ ...call, query }, { status: 200 })
    const found = body.data.find((chat) => chat.jid === jid)
    if (found !== undefined) return found.unreadCount
    cursor = body.nextCursor
  }
  return undefined
}

/** What is unread, in the chat and in the list. @returns the chat, where the target claims a way to see it */
const counts = async (context: Context, cid: string, wanted: number, when: string): Promise<Chat | undefined> => {
  const chat = await seen(context, cid)
  context.check(
    'counted',
    chat === undefined || chat.unreadCount === wanted,
    `${when} getChat says ${chat?.unreadCount} unread, not ${wanted}`,
  )
  const listed = chat === undefined ? wanted : await inList(context, chat.jid, wanted)
  context.check('counted', listed === wanted, `${when} listChats says ${listed} unread, not ${wanted}`)
  return chat
}

/** The newest messages; undefined where the target claims no list of them. */
const newestIn = async (context: Context, cid: string): Promise<Schemas['Message'][] | undefined> => {
  if (!context.claims('listChatMessages')) return undefined
  const call: Call = { operationId: 'listChatMessages', path: pathOf(context, cid), query: { limit: 5 } }
  return (await context.send<Schemas['MessageList']>(call, { status: 200 })).body.data
}

const textOf = (messages: readonly Schemas['Message'][] = []) => messages.map((one) => canonical('Message', one)).join()

export const own = cases(base, { needs: needsOf(base), effects: ['read-marker'], live: true, control: [idOf(base)] }, [
  {
    id: '200/-/clears-unread',
    promise: 'sets the unread counter to 0, there and wherever the chat is read',
    needs: ['fixtures.unreadChat', 'fixtures.chat'],
    lane: 'serial:unreadChat',
    checks: ['unread-before', 'answer', 'read-back', 'list', 'others'],
    run: async (context) => {
      const { id, unread } = context.get('fixtures.unreadChat')
      const before = await seen(context, id)
      const otherBefore = await seen(context, context.get('fixtures.chat').id)
      context.check(
        'unread-before',
        before === undefined || before.unreadCount === unread,
        `unreadCount is ${before?.unreadCount}, not ${unread}`,
      )
      const call = { ...(await admittedCall(base, context)), path: pathOf(context, id) }
      const { body } = await context.send<Chat>(call, { status: 200 })
      const isSame = before === undefined ? isNamed(body, id) : body.jid === before.jid
      context.check('answer', isSame, `the answer is chat ${body.jid}, not ${before?.jid ?? id}`)
      context.check('answer', body.unreadCount === 0, `the answer says ${body.unreadCount} unread`)
      const after = await seen(context, id)
      context.check('read-back', (after?.unreadCount ?? 0) === 0, `getChat still says ${after?.unreadCount} unread`)
      const listed = await inList(context, body.jid)
      context.check('list', listed === 0, `listChats still says ${listed} unread`)
      const otherAfter = await seen(context, context.get('fixtures.chat').id)
      context.check(
        'others',
        otherAfter?.unreadCount === otherBefore?.unreadCount,
        'another chat was marked read along with it',
      )
    },
  },
  {
    id: '200/-/twice',
    promise: 'answers the same when there is nothing unread any more',
    lane: 'serial:otherChat',
    checks: ['same-answer'],
    run: async (context) => {
      const call = await admittedCall(base, context)
      const one = await context.send(call, { status: 200 })
      const two = await context.send(call, { status: 200 })
      const three = await context.send(call, { status: 200 })
      const answers = new Set([one, two, three].map((answer) => parley.canonicalAnswer('readChat', answer)))
      context.check('same-answer', answers.size === 1, 'repeating it changes the answer')
    },
  },
  {
    id: '200/-/twice-at-once',
    promise: 'answers both of two requests at once',
    lane: 'serial:otherChat',
    checks: ['same-answer'],
    run: async (context) => {
      const call = await admittedCall(base, context)
      const [one, two] = await Promise.all([context.send(call, { status: 200 }), context.send(call, { status: 200 })])
      const answers = new Set([one, two].map((answer) => parley.canonicalAnswer('readChat', answer)))
      context.check('same-answer', answers.size === 1, 'the two answers differ')
    },
  },
  {
    id: '200/-/incoming-after',
    promise: 'counts from 0 what comes in afterwards, older messages too, and changes nothing else in the chat',
    needs: ['fixtures.busyChat'],
    features: ['hook'],
    lane: 'serial:busyChat',
    compares: true,
    checks: ['read', 'counted', 'latest', 'only-unread', 'same-messages'],
    run: async (context) => {
      const { id: cid } = context.get('fixtures.busyChat')
      const call: Call = { operationId: 'readChat', path: pathOf(context, cid) }
      const read = async () => (await context.send<Chat>(call, { status: 200 })).body
      const comesIn = (more = {}) =>
        context.happen('incomingMessage', { session: call.path?.session, chat: cid, ...more })

      const { unreadCount, lastMessageAt: before = 0 } = await read()
      context.check('read', unreadCount === 0, `the answer says ${unreadCount} unread`)
      await comesIn()
      const newest = await newestIn(context, cid)
      await counts(context, cid, 1, 'after one message')
      await comesIn({ ageMs: 60_000 })
      const unread = await counts(context, cid, 2, 'after two messages, the second of them older')
      const messages = await newestIn(context, cid)
      const again = await read()
      context.check('read', again.unreadCount === 0, `read again, it says ${again.unreadCount} unread`)
      const latest = Math.max(before, newest?.[0]?.timestamp ?? again.lastMessageAt ?? 0)
      context.check('latest', again.lastMessageAt === latest, `lastMessageAt is ${again.lastMessageAt}, not ${latest}`)
      const isElse =
        unread === undefined || canonical('Chat', { ...unread, unreadCount: 0 }) === canonical('Chat', again)
      context.check('only-unread', isElse, 'reading it has changed more of the chat than what is unread')
      const after = await newestIn(context, cid)
      const isSame = textOf(after) === textOf(messages)
      context.check('same-messages', isSame, 'reading it has changed its messages')
      await counts(context, cid, 0, 'after it was read')
    },
  },
  {
    id: '200/-/session-offline',
    promise: 'works without a connected client, for the counter is its own',
    needs: ['fixtures.offlineSession', 'fixtures.offlineChat'],
    checks: ['answer'],
    run: async (context) => {
      const { id } = context.get('fixtures.offlineChat')
      const path = { session: context.get('fixtures.offlineSession'), cid: id }
      const { body } = await context.send<Chat>({ operationId: 'readChat', path }, { status: 200 })
      context.check('answer', isNamed(body, id), `the answer is chat ${body.jid}, not ${id}`)
      context.check('answer', body.unreadCount === 0, `the answer says ${body.unreadCount} unread`)
    },
  },
])
