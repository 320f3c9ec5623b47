import { admittedCall, idOf, needsOf } from '../../base.ts'
import { type Call, type Context, Untestable } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { operation, parley } from '../../parley.ts'
import { cases } from '../../table.ts'
import { walk, walkChecks } from '../../walk.ts'

type Chat = Schemas['Chat']

export const base = operation({
  operationId: 'readChat',
  admitted: '200/-/stored-chat',
  promise: 'answers with the chat',
  path: { cid: 'fixtures.otherChat' },
  effects: ['read-marker'],
  feature: 'chatReadMarker',
})

const unreadCall = (context: Context, operationId: Call['operationId']): Call => ({
  operationId,
  path: { session: context.get('fixtures.liveSession'), cid: context.get('fixtures.unreadChat').id },
})

export const own = cases(base, { needs: needsOf(base), effects: ['read-marker'], live: true, control: [idOf(base)] }, [
  {
    id: '200/-/clears-unread',
    promise: 'sets the unread counter to 0, there and wherever the chat is read',
    needs: ['fixtures.unreadChat', 'fixtures.chat'],
    features: ['chats'],
    lane: 'serial:unreadChat',
    checks: [...walkChecks, 'unread-before', 'answer', 'read-back', 'list', 'others'],
    run: async (context) => {
      const { unread } = context.get('fixtures.unreadChat')
      const before = await context.send<Chat>(unreadCall(context, 'getChat'), { status: 200 })
      context.check(
        'unread-before',
        before.body.unreadCount === unread,
        `unreadCount is ${before.body.unreadCount}, not ${unread}`,
      )
      const other: Call = {
        operationId: 'getChat',
        path: { session: context.get('fixtures.liveSession'), cid: context.get('fixtures.chat').id },
      }
      const otherBefore = await context.send<Chat>(other, { status: 200 })
      const { body } = await context.send<Chat>(unreadCall(context, 'readChat'), { status: 200 })
      context.check('answer', body.jid === before.body.jid, `the answer is chat ${body.jid}, not ${before.body.jid}`)
      context.check('answer', body.unreadCount === 0, `the answer says ${body.unreadCount} unread`)
      const after = await context.send<Chat>(unreadCall(context, 'getChat'), { status: 200 })
      context.check('read-back', after.body.unreadCount === 0, `getChat still says ${after.body.unreadCount} unread`)
      const path = { session: context.get('fixtures.liveSession') }
      const listed = await walk<Chat>(context, { operationId: 'listChats', path }, [200], 20_000)
      const found = listed.find(({ jid }) => jid === body.jid)
      context.check('list', found?.unreadCount === 0, `listChats still says ${found?.unreadCount} unread`)
      const otherAfter = await context.send<Chat>(other, { status: 200 })
      context.check(
        'others',
        otherAfter.body.unreadCount === otherBefore.body.unreadCount,
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
    needs: ['fixtures.offlineSession'],
    features: ['chats'],
    checks: ['answer'],
    run: async (context) => {
      const session = context.get('fixtures.offlineSession')
      const list = await context.send<Schemas['ChatList']>(
        { operationId: 'listChats', path: { session } },
        { status: 200 },
      )
      const [chat] = list.body.data
      if (chat === undefined) throw new Untestable('fixtures.offlineSession has no stored chat')
      const { body } = await context.send<Chat>(
        { operationId: 'readChat', path: { session, cid: chat.jid } },
        { status: 200 },
      )
      context.check(
        'answer',
        body.unreadCount === 0 && body.jid === chat.jid,
        `the answer says ${body.unreadCount} unread`,
      )
    },
  },
])
