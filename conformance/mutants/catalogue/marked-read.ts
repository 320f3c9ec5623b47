/** Servers that mark chats read in their own way. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Schemas } from '../../contract.ts'
import { type Ask, type Asked, bodyOf, edited, look, on, refuse, reply, shows } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Chat = Schemas['Chat']
type Chats = Schemas['ChatList']

const clears = 'readChat/200/-/clears-unread'
const stored = ['getChat', 'readChat'] as const

/** The answer of `readChat`, without its effect. */
const peek = async (asked: Asked, ask: Ask): Promise<Chat | undefined> => {
  const answer = await ask(look(asked, asked.target.replace(/\/read$/, '')))
  return answer.status === 200 ? bodyOf<Chat>(answer) : undefined
}

/** Changes what `readChat` answers to the caller with all rights. */
const reading = (change: (chat: Chat, before: number) => unknown): Pick<Mutant, 'make'> => ({
  make: () =>
    on('readChat', async (asked, ask) => {
      const before = asked.caller === undefined ? undefined : await peek(asked, ask)
      const answer = await ask(asked)
      return answer.status === 200 ? edited<Chat>(answer, (chat) => change(chat, before?.unreadCount ?? 0)) : answer
    }),
})

const shown = (change: (chat: Chat, asked: Asked) => unknown): Pick<Mutant, 'make'> => ({
  make: () => shows('getChat', change),
})

const overlapMs = 150

/** What is answered from the second time on. */
const secondTime = (answer: () => ReturnType<typeof reply>, atOnce = false): Pick<Mutant, 'make'> => ({
  make: ({ fixtures }) => {
    let count = 0
    let running = 0
    return on(
      ({ operationId, cid, caller, target, bytes, method }) =>
        operationId === 'readChat' &&
        cid === fixtures.otherChat?.id &&
        caller === 'full' &&
        method === 'POST' &&
        !target.includes('?') &&
        bytes === undefined,
      async (asked, ask) => {
        running++
        try {
          const right = await ask(asked)
          if (right.status !== 200) return right
          // Two that were sent at once may come one after the other.
          if (atOnce) await pause(overlapMs)
          return (atOnce ? running > 1 : ++count > 1) ? answer() : right
        } finally {
          running--
        }
      },
    )
  },
})

export const markedRead: readonly Mutant[] = [
  {
    id: 'unread/not-cleared',
    fault: 'says that a chat is read, and leaves it unread',
    killedBy: [clears],
    shownBy: ['getChat'],
    because: /getChat still says [1-9]\d* unread/,
    make: ({ fixtures }) =>
      on(
        ({ operationId, caller, target, method }) =>
          operationId === 'readChat' && caller === 'full' && method === 'POST' && !target.includes('?'),
        async (asked, ask) => {
          const chat = asked.session === fixtures.liveSession ? await peek(asked, ask) : undefined
          return chat === undefined ? ask(asked) : reply(200, { ...chat, unreadCount: 0 })
        },
      ),
  },
  {
    id: 'unread/answer-of-before',
    fault: 'answers with the chat as it was before it was read',
    killedBy: [clears],
    because: /the answer says [1-9]\d* unread/,
    touches: ['readChat/200/*'],
    ...reading((chat, before) => ({ ...chat, unreadCount: before })),
  },
  {
    id: 'unread/decremented',
    fault: 'takes one off what is unread',
    killedBy: [clears],
    because: /the answer says [1-9]\d* unread/,
    touches: ['readChat/200/*'],
    ...reading((chat, before) => ({ ...chat, unreadCount: Math.max(0, before - 1) })),
  },
  {
    id: 'unread/negative',
    fault: 'counts below zero',
    killedBy: ['readChat/200/-/stored-chat'],
    because: '/unreadCount must be >= 0',
    touches: ['readChat/*'],
    ...reading((chat, before) => ({ ...chat, unreadCount: before === 0 ? -1 : 0 })),
  },
  {
    id: 'unread/list-stale',
    fault: 'lists a chat as unread when it has been read',
    killedBy: [clears],
    shownBy: ['listChats'],
    because: /listChats still says [1-9]\d* unread/,
    touches: ['getChat/200/-/as-listed'],
    make: () => {
      const read = new Set<string>()
      return async (asked, ask) => {
        const answer = await ask(asked)
        if (asked.operationId === 'readChat' && answer.status === 200) read.add(asked.cid)
        if (asked.operationId !== 'listChats' || answer.status !== 200 || asked.method === 'HEAD') return answer
        return edited<Chats>(answer, (page) => ({
          ...page,
          data: page.data.map((chat) => (read.has(chat.jid) ? { ...chat, unreadCount: 2 } : chat)),
        }))
      }
    },
  },
  {
    id: 'unread/all-at-once',
    fault: 'marks every chat read when one is',
    killedBy: [clears],
    shownBy: ['getChat'],
    because: 'another chat was marked read along with it',
    touches: ['getChat/200/*'],
    make: ({ fixtures }) => {
      let isRead = false
      return on(stored, async (asked, ask) => {
        const isOurs = asked.session === fixtures.liveSession
        const before = isOurs && asked.operationId === 'readChat' ? await peek(asked, ask) : undefined
        const answer = await ask(asked)
        if (answer.status !== 200 || asked.method === 'HEAD') return answer
        isRead ||= (before?.unreadCount ?? 0) > 0
        return isRead && isOurs ? edited<Chat>(answer, (chat) => ({ ...chat, unreadCount: 0 })) : answer
      })
    },
  },
  {
    id: 'unread/another-chat',
    fault: 'answers with another chat than the one that was read',
    killedBy: [clears],
    because: /the answer (is chat|says)/,
    touches: ['readChat/200/*', 'readChat/*'],
    ...reading((chat) => ({ ...chat, jid: `1${chat.jid}` })),
  },
  {
    id: 'unread/always-none',
    fault: 'never has anything unread',
    killedBy: ['getChat/200/-/named-chat'],
    because: /unreadCount is 0, not [1-9]/,
    touches: [clears, 'getChat/200/*'],
    ...shown((chat) => ({ ...chat, unreadCount: 0 })),
  },
  {
    id: 'unread/not-counted',
    fault: 'does not count what comes in',
    killedBy: ['getChat/200/-/unread-rises'],
    because: /unreadCount was \d+ and is \d+/,
    make: () => {
      const first = new Map<string, number>()
      return shows<Chat>('getChat', (chat, { cid }) => {
        first.set(cid, Math.min(chat.unreadCount, first.get(cid) ?? chat.unreadCount))
        return { ...chat, unreadCount: first.get(cid) }
      })
    },
  },
  {
    id: 'unread/second-time-conflicts',
    fault: 'refuses to mark a chat read that has nothing unread',
    killedBy: ['readChat/200/-/twice'],
    because: 'answered 409 instead of 200',
    touches: ['readChat/*'],
    ...secondTime(() => refuse(409, 'conflict')),
  },
  {
    id: 'unread/second-time-without-answer',
    fault: 'answers 204 when there is nothing to do',
    killedBy: ['readChat/200/-/twice'],
    because: 'answered 204 instead of 200',
    touches: ['readChat/*'],
    ...secondTime(() => reply(204)),
  },
  {
    id: 'unread/two-at-once-conflict',
    fault: 'serves one at a time, and refuses the other',
    killedBy: ['readChat/200/-/twice-at-once'],
    because: 'answered 409 instead of 200',
    touches: ['readChat/200/*', 'readChat/*'],
    ...secondTime(() => refuse(409, 'conflict'), true),
  },
  {
    id: 'unread/answer-changes',
    fault: 'changes a chat each time it is marked read',
    killedBy: ['readChat/200/-/twice'],
    because: 'repeating it changes the answer',
    touches: ['readChat/200/*'],
    make: () => {
      let count = 0
      return shows<Chat>('readChat', (chat) => ({ ...chat, lastMessageAt: 1_700_000_000_000 + count++ }))
    },
  },
  {
    id: 'unread/needs-a-client',
    fault: 'marks read only while it is connected',
    killedBy: ['readChat/200/-/session-offline'],
    because: 'answered 501 instead of 200',
    touches: ['readChat/400|401|403|404|422/-/changes-nothing'],
    make: ({ fixtures }) =>
      on(
        ({ operationId, session }) => operationId === 'readChat' && session === fixtures.offlineSession,
        () => refuse(501, 'not_implemented'),
      ),
  },
  {
    id: 'unread/unknown-chat-made',
    fault: 'makes a chat that is not stored when it is marked read',
    killedBy: ['readChat/404/not_found/chat-unknown', 'readChat/404/not_found/chat-not-a-jid'],
    because: 'answered 200 instead of 404',
    touches: ['readChat/404/not_found/*', 'readChat/404|422/-/path-parameter-with-more'],
    make: ({ fixtures }) =>
      on('readChat', async (asked, ask) => {
        const answer = await ask(asked)
        if (answer.status !== 404 || asked.session !== fixtures.liveSession) return answer
        return reply(200, {
          id: 1,
          jid: asked.cid,
          sessionId: asked.session,
          type: 'dm',
          archived: false,
          pinned: false,
          unreadCount: 0,
        })
      }),
  },
]
