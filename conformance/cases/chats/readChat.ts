import { admittedCall, idOf, needsOf } from '../../base.ts'
import type { Call, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { operation, parley } from '../../parley.ts'
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

/** What the list says is unread; 0 where the target claims no list. */
const inList = async (context: Context, jid: string): Promise<number | undefined> => {
  if (!context.claims('listChats')) return 0
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
