import { admittedCall, idOf, needsOf } from '../../base.ts'
import { Untestable } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { canonical, operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { walk, walkChecks } from '../../walk.ts'

type Chat = Schemas['Chat']

export const base = operation({
  operationId: 'getChat',
  admitted: '200/-/stored-chat',
  promise: 'answers with the chat',
})

export const own = cases(base, { needs: needsOf(base), live: true, control: [idOf(base)] }, [
  {
    id: '200/-/named-chat',
    promise: 'answers with the chat that was named, of the session that was named',
    checks: ['jid', 'session', 'unread'],
    run: async (context) => {
      const { id, unread } = context.get('fixtures.chat')
      const { body } = await context.send<Chat>(await admittedCall(base, context), { status: 200 })
      context.check('jid', body.jid === id || (body.aliases ?? []).includes(id), `the chat is ${body.jid}`)
      context.check(
        'session',
        body.sessionId === context.get('fixtures.liveSession'),
        `its session is ${body.sessionId}`,
      )
      context.check(
        'unread',
        unread === undefined || body.unreadCount === unread,
        `unreadCount is ${body.unreadCount}, not ${unread}`,
      )
    },
  },
  {
    id: '200/-/as-listed',
    promise: 'answers with the chat as the list of chats shows it',
    checks: [...walkChecks, 'same-chat'],
    run: async (context) => {
      const call = await admittedCall(base, context)
      const { body } = await context.send<Chat>(call, { status: 200 })
      const path = { session: context.get('fixtures.liveSession') }
      const listed = await walk<Chat>(context, { operationId: 'listChats', path }, [200], 20_000)
      const same = listed.find(({ jid }) => jid === body.jid)
      context.check('same-chat', canonical('Chat', same) === canonical('Chat', body), 'the list shows it differently')
    },
  },
  {
    id: '200/-/unread-rises',
    promise: 'counts a message that comes in as unread',
    needs: ['fixtures.busyChat'],
    features: ['hook'],
    lane: 'serial:busyChat',
    checks: ['one-more'],
    run: async (context) => {
      const path = { session: context.get('fixtures.liveSession'), cid: context.get('fixtures.busyChat').id }
      const unread = async () =>
        (await context.send<Chat>({ operationId: 'getChat', path }, { status: 200 })).body.unreadCount
      const before = await unread()
      await context.happen('incomingMessage', { session: path.session, chat: path.cid })
      const after = await unread()
      context.check('one-more', after === before + 1, `unreadCount was ${before} and is ${after}`)
    },
  },
  {
    id: '200/-/session-offline',
    promise: 'serves the stored copy of a session without a connected client',
    needs: ['fixtures.offlineSession'],
    checks: ['same-chat'],
    run: async (context) => {
      const path = { session: context.get('fixtures.offlineSession') }
      const list = await context.send<Schemas['ChatList']>(
        { operationId: 'listChats', path, query: { limit: 1 } },
        { status: 200 },
      )
      const [chat] = list.body.data
      if (chat === undefined) throw new Untestable('fixtures.offlineSession has no stored chat')
      const { body } = await context.send<Chat>(
        { operationId: 'getChat', path: { ...path, cid: chat.jid } },
        { status: 200 },
      )
      context.check('same-chat', body.jid === chat.jid, `${chat.jid} leads to chat ${body.jid}`)
    },
  },
  {
    id: '200/-/alias',
    promise: 'finds a chat under each of its JIDs',
    checks: [...walkChecks, 'same-chat'],
    run: async (context) => {
      const path = { session: context.get('fixtures.liveSession') }
      const listed = await walk<Chat>(context, { operationId: 'listChats', path }, [200], 20_000)
      // No chat with a second JID: then there is nothing under which it could fail to be found.
      const named = [...listed.filter(({ aliases }) => aliases !== undefined), ...listed].slice(0, 3)
      for (const { jid, aliases = [] } of named)
        for (const cid of [jid, ...aliases]) {
          const { body } = await context.send<Chat>({ operationId: 'getChat', path: { ...path, cid } }, { status: 200 })
          context.check('same-chat', body.jid === jid, `${cid} leads to chat ${body.jid}, not ${jid}`)
        }
    },
  },
])
