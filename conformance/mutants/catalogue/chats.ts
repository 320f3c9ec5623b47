/** Servers that keep chats in their own way. */
import type { Schemas } from '../../contract.ts'
import { type Asked, answersWith, bodyOf, edited, on, refuse, reply, shows } from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { pages, rearranged } from '../paging.ts'

type Chat = Schemas['Chat']
type Chats = Schemas['ChatList']

const clears = 'readChat/200/-/clears-unread'

const shown = (change: (chat: Chat, asked: Asked) => unknown): Pick<Mutant, 'make'> => ({
  make: () => shows('getChat', change),
})

export const chats: readonly Mutant[] = [
  {
    id: 'chats/stored-jids-only',
    fault: 'refuses to look for a stored chat under a name that is no JID',
    killedBy: ['*/404/not_found/chat-not-a-jid'],
    because: 'answered 422 instead of 404',
    touches: ['*/404/not_found/chat-encoded-twice', '*/404/not_found/chat-number-alone'],
    make: () =>
      on(
        ({ cid }) => cid !== '' && !cid.includes('@'),
        answersWith(404, () => refuse(422, 'validation_error')),
      ),
  },
  {
    id: 'chats/names-of-any-length',
    fault: 'looks for a stored chat under a name of any length',
    killedBy: ['*/400|422/validation_error/chat-too-long'],
    because: 'answered 404 instead of 400 or 422',
    // Which looks at a name that is too long, too.
    touches: ['*/422/validation_error/before-session-unknown'],
    make: () =>
      on(
        ({ cid }) => cid.length > 128,
        answersWith([400, 422], () => refuse(404, 'not_found')),
      ),
  },
  {
    id: 'chats/another-one',
    fault: 'answers with another chat than the one that was named',
    killedBy: ['getChat/200/-/named-chat'],
    because: 'the chat is 6281@s.whatsapp.net',
    touches: ['listChats/200/-/each-found', 'readChat/200/-/clears-unread', 'getChat/200/*'],
    ...shown((chat) => ({ ...chat, jid: '6281@s.whatsapp.net' })),
  },
  {
    id: 'chats/of-another-session',
    fault: 'answers with the chat of another session',
    killedBy: ['getChat/200/-/named-chat'],
    because: 'its session is sess_00000000000000000000000000',
    touches: ['getChat/200/*'],
    ...shown((chat) => ({ ...chat, sessionId: 'sess_00000000000000000000000000' })),
  },
  {
    id: 'chats/other-than-listed',
    fault: 'shows a chat otherwise than its list does',
    killedBy: ['getChat/200/-/as-listed'],
    because: 'the list shows it differently',
    ...shown((chat) => ({ ...chat, name: 'Somebody' })),
  },
  {
    id: 'chats/need-a-client',
    fault: 'reads a stored chat only while it is connected',
    killedBy: ['getChat/200/-/session-offline'],
    because: 'answered 501 instead of 200',
    touches: ['*/changes-nothing', '*/neighbours-untouched'],
    make: ({ fixtures }) =>
      on(
        ({ operationId, session }) => operationId === 'getChat' && session === fixtures.offlineSession,
        () => refuse(501, 'not_implemented'),
      ),
  },
  {
    id: 'chats/aliases-not-found',
    fault: 'finds a chat under one of its JIDs only',
    killedBy: ['getChat/200/-/alias'],
    because: 'answered 404 instead of 200',
    touches: ['getChat/200/-/chat-alias'],
    make: () => {
      const aliases = new Set<string>()
      return async (asked, ask) => {
        const answer = await ask(asked)
        if (asked.operationId === 'listChats' && answer.status === 200 && asked.method === 'GET')
          for (const { aliases: names = [] } of bodyOf<Chats>(answer).data) for (const name of names) aliases.add(name)
        return asked.operationId === 'getChat' && aliases.has(asked.cid) ? refuse(404, 'not_found') : answer
      }
    },
  },
  {
    id: 'chats/found-by-the-number',
    fault: 'finds a chat under the first half of its JID',
    killedBy: ['getChat/200/-/alias'],
    because: /leads to chat/,
    // Cases that look a chat up after they have listed it, or marked it read.
    touches: ['getChat/200/*', 'listChats/200/-/each-found', 'readChat/200/-/clears-unread'],
    make: ({ fixtures }) =>
      on('getChat', async (asked, ask) => {
        const answer = await ask(asked)
        const isAnother =
          answer.status === 200 &&
          asked.method === 'GET' &&
          asked.cid !== fixtures.chat?.id &&
          asked.session === fixtures.liveSession
        return isAnother ? edited<Chat>(answer, (chat) => ({ ...chat, jid: `1${chat.jid}` })) : answer
      }),
  },
  {
    id: 'chats/need-a-client-to-list',
    fault: 'lists stored chats only while it is connected',
    killedBy: ['listChats/200/-/session-offline'],
    because: 'answered 501 instead of 200',
    touches: ['listChats/*', 'getChat/*', 'readChat/*', 'setChatPresence/*', 'listChatMessages/*'],
    make: ({ fixtures }) =>
      on(
        ({ operationId, session }) => operationId === 'listChats' && session === fixtures.offlineSession,
        () => refuse(501, 'not_implemented'),
      ),
  },
  {
    id: 'chats/none-without-a-client',
    fault: 'has no chats while it is not connected',
    killedBy: ['listChats/200/-/session-offline'],
    because: 'there are no chats while the session is not connected',
    touches: ['listChats/*', 'getChat/*', 'readChat/*', 'setChatPresence/*', 'listChatMessages/*'],
    make: ({ fixtures }) =>
      on('listChats', async (asked, ask) => {
        const answer = await ask(asked)
        const isOffline = asked.session === fixtures.offlineSession && answer.status === 200
        return isOffline ? reply(200, { data: [], nextCursor: null }) : answer
      }),
  },
  {
    id: 'chats/empty-is-not-found',
    fault: 'answers 404 for a session without chats',
    killedBy: ['listChats/200/-/session-empty'],
    because: 'answered 404 instead of 200',
    make: () =>
      on('listChats', async (asked, ask) => {
        const answer = await ask(asked)
        const isEmpty = answer.status === 200 && asked.method === 'GET' && bodyOf<Chats>(answer).data.length === 0
        return isEmpty ? refuse(404, 'not_found') : answer
      }),
  },
  {
    id: 'chats/new-session-has-some',
    fault: 'has a chat in every new session',
    killedBy: ['listChats/200/-/session-empty'],
    because: 'a new session has chats',
    make: () =>
      shows<Chats>('listChats', (page, { session }) => {
        const [jid, none] = ['6281@s.whatsapp.net', { archived: false, pinned: false, unreadCount: 0 }]
        return page.data.length > 0 ? page : { ...page, data: [{ jid, sessionId: session, type: 'dm', ...none }] }
      }),
  },
  {
    id: 'chats/earliest-first',
    fault: 'lists chats with the latest activity last',
    killedBy: ['listChats/200/-/walk-by-1', 'listChats/200/-/walk-by-2', 'listChats/200/-/walk-by-50'],
    because: 'a chat with later activity comes after an earlier one',
    touches: ['listChats/200/*'],
    make: rearranged('listChats', (entries) => entries.toReversed()),
  },
  {
    id: 'chats/by-jid',
    fault: 'lists chats in the order of their JIDs',
    killedBy: ['listChats/200/-/walk-by-2', 'listChats/200/-/walk-by-50'],
    because: 'a chat with later activity comes after an earlier one',
    touches: ['listChats/200/*'],
    make: rearranged('listChats', (entries) => entries.toSorted((a, b) => (String(a.jid) < String(b.jid) ? -1 : 1))),
  },
  {
    id: 'chats/read-ones-hidden',
    fault: 'lists only chats with something unread',
    killedBy: ['listChats/200/-/walk-by-2'],
    because: 'never came',
    // Cases that take their chats from the list.
    touches: ['listChats/200/*', clears, 'getChat/*', 'readChat/*', 'listChatMessages/*', 'setChatPresence/*'],
    make: pages('listChats', ({ page }) => ({ data: page.data.filter(({ unreadCount }) => unreadCount !== 0) })),
  },
]
