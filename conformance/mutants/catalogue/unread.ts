/** Servers that count what is unread in their own way once messages come in after a chat was read; or forget its latest message. */
import type { Schemas } from '../../contract.ts'
import { type Asked, bodyOf, edited, type Fault, isObject, look, on, reply, shows } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Chat = Schemas['Chat']

const after = 'readChat/200/-/incoming-after'

/** The fault of answers about a chat that was marked read before. */
const onceRead = (use: (timesRead: (cid: string) => number) => Fault): Pick<Mutant, 'make'> => ({
  make: () => {
    const times = new Map<string, number>()
    const fault = use((cid) => times.get(cid) ?? 0)
    return async (asked, ask) => {
      const answer = await fault(asked, ask)
      if (asked.operationId === 'readChat' && answer.status === 200)
        times.set(asked.cid, (times.get(asked.cid) ?? 0) + 1)
      return answer
    }
  },
})

/** What `readChat` answers for a chat in which two messages or more were unread. */
const readingTwo = (change: (chat: Chat) => Chat): Pick<Mutant, 'make'> => ({
  make: () =>
    on('readChat', async (asked, ask) => {
      const before = await ask(look(asked, asked.target.replace(/\/read$/, '')))
      const answer = await ask(asked)
      const isTwo = before.status === 200 && bodyOf<Chat>(before).unreadCount >= 2
      return answer.status === 200 && isTwo ? edited<Chat>(answer, change) : answer
    }),
})

const atMostOne = (chat: Chat): Chat => ({ ...chat, unreadCount: Math.min(chat.unreadCount, 1) })

const isPlain = ({ caller, target, bytes }: Asked) => caller === 'full' && !target.includes('?') && bytes === undefined

const minuteMs = 60_000

export const unread: readonly Mutant[] = [
  {
    id: 'unread/read-once-only',
    fault: 'marks a chat read once, and later only says that it does',
    killedBy: [after],
    shownBy: ['getChat'],
    because: 'after it was read getChat says 2 unread, not 0',
    ...onceRead((timesRead) =>
      on(
        (asked) => asked.operationId === 'readChat' && isPlain(asked) && timesRead(asked.cid) > 0,
        async (asked, ask) => {
          const chat = await ask(look(asked, asked.target.replace(/\/read$/, '')))
          return chat.status === 200 ? reply(200, { ...bodyOf<Chat>(chat), unreadCount: 0 }) : ask(asked)
        },
      ),
    ),
  },
  {
    id: 'unread/one-for-several',
    fault: 'counts one for all that comes in after a chat was read',
    killedBy: [after],
    shownBy: ['getChat'],
    because: 'getChat says 1 unread, not 2',
    touches: ['*/neighbours-untouched'],
    ...onceRead((timesRead) => on(({ cid }) => timesRead(cid) > 0, shows<Chat>('getChat', atMostOne))),
  },
  {
    id: 'unread/one-for-several-in-the-list',
    fault: 'counts one in the list for all that comes in after a chat was read',
    killedBy: [after],
    shownBy: ['listChats'],
    because: 'listChats says 1 unread, not 2',
    touches: ['getChat/200/-/as-listed'],
    ...onceRead((timesRead) =>
      shows<Schemas['ChatList']>('listChats', (list) => ({
        ...list,
        data: list.data.map((chat) => (timesRead(chat.jid) > 0 ? atMostOne(chat) : chat)),
      })),
    ),
  },
  {
    id: 'unread/latest-is-what-came-last',
    fault: 'takes the message that came in last for the latest one, however old it is',
    killedBy: [after],
    because: 'lastMessageAt is',
    ...readingTwo((chat) => ({ ...chat, lastMessageAt: Number(chat.lastMessageAt) - minuteMs + 1_000 })),
  },
  {
    id: 'unread/reading-archives',
    fault: 'archives a chat when it is read',
    killedBy: [after],
    shownBy: ['getChat'],
    because: 'reading it has changed more of the chat than what is unread',
    ...readingTwo((chat) => ({ ...chat, archived: !chat.archived })),
  },
  {
    id: 'unread/reading-takes-a-message-away',
    fault: 'shows one message less after a chat was read again',
    killedBy: [after],
    because: 'reading it has changed its messages',
    touches: ['listChatMessages/200/-/walk-while-arriving', 'listChatMessages/200/-/walk-while-old-arriving'],
    ...onceRead((timesRead) =>
      on(
        ({ cid, query }) => timesRead(cid) > 1 && query.get('limit') === '5',
        shows<Schemas['MessageList']>('listChatMessages', (list) => ({ ...list, data: list.data.slice(0, -1) })),
      ),
    ),
  },
  {
    id: 'unread/latest-message-overlooked',
    fault: 'tells the time of an earlier message than the latest one',
    killedBy: ['*/200/-/last-message'],
    because: /lastMessageAt of .* is \d+, and a message was sent at \d+/,
    make: () =>
      shows<unknown>(['listChats', 'getChat', 'readChat'], (body) => {
        if (!isObject(body)) return body
        const earlier = (chat: Record<string, unknown>) => ({
          ...chat,
          lastMessageAt: Number(chat.lastMessageAt) - 1_000,
        })
        return Array.isArray(body.data) ? { ...body, data: body.data.map(earlier) } : earlier(body)
      }),
  },
  {
    id: 'unread/latest-message-forgotten',
    fault: 'does not say when the latest message of a chat was sent',
    killedBy: ['getChat/200/-/last-message', 'readChat/200/-/last-message'],
    because: /lastMessageAt of .* is 0, and a message was sent at \d+/,
    touches: ['getChat/200/-/as-listed'],
    make: () => shows<Chat>(['getChat', 'readChat'], ({ lastMessageAt: _at, ...chat }) => chat),
  },
]
