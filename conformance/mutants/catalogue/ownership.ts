/** Servers that tell one organization about another. */
import type { Schemas } from '../../contract.ts'
import { operationIds, operations } from '../../parley.ts'
import type { Target } from '../../target.ts'
import {
  type Ask,
  type Asked,
  answersWith,
  as,
  bodyOf,
  edited,
  insteadOf,
  look,
  on,
  refuse,
  reply,
  shows,
  withQuery,
} from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { limitOf } from '../paging.ts'

type Sessions = Schemas['SessionList']
type Chats = Schemas['ChatList']
type Messages = Schemas['MessageList']

/** Is it a session that the other organization has? */
const isTheirs = async (asked: Asked, ask: Ask, target: Target) =>
  (await ask(as(look(asked, `/sessions/${encodeURIComponent(asked.session)}`), target, 'otherOrg'))).status === 200

/**
 * Lists sessions of the other organization with those of the caller.
 * @param shown what is listed of theirs
 */
const theirSessions = (
  shown: (theirs: Sessions['data'], ours: Sessions['data']) => readonly object[],
): Pick<Mutant, 'killedBy' | 'because' | 'touches' | 'make'> => ({
  killedBy: ['listSessions/200/-/foreign-hidden'],
  because: 'a session of the other organization is listed',
  touches: ['listSessions/200/*'],
  make: (target) =>
    on('listSessions', async (asked, ask) => {
      const answer = await ask(asked)
      if (answer.status !== 200 || asked.method !== 'GET' || asked.caller !== 'full') return answer
      const theirs = bodyOf<Sessions>(await ask(as(asked, target, 'otherOrg')))
      return edited<Sessions>(answer, (ours) => ({ ...ours, data: [...ours.data, ...shown(theirs.data, ours.data)] }))
    }),
})

/** Puts something of the other organization at the end of a list, where the page has room for it. */
const leaks = (
  id: 'listChats' | 'listChatMessages',
  find: (asked: Asked, ask: Ask, target: Target) => Promise<readonly Schemas['Chat' | 'Message'][]>,
  disguise: (asked: Asked) => object = () => ({}),
): Pick<Mutant, 'make'> => ({
  make: (target) =>
    on(id, async (asked, ask) => {
      const answer = await ask(asked)
      const page = answer.status === 200 && asked.method === 'GET' ? bodyOf<Chats | Messages>(answer) : undefined
      const isOurs = asked.caller === 'full' && asked.session === target.fixtures.liveSession
      if (page === undefined || !isOurs || page.nextCursor !== null || page.data.length >= limitOf(asked)) return answer
      const [extra] = await find(asked, ask, target)
      const last = page.data.at(-1)
      // Not to be told by its time: that is another fault.
      const time = last && ('timestamp' in last ? { timestamp: last.timestamp } : { lastMessageAt: last.lastMessageAt })
      return reply(200, { ...page, data: [...page.data, { ...extra, ...time, ...disguise(asked) }] })
    }),
})

const theirChats = async (asked: Asked, ask: Ask, target: Target) =>
  bodyOf<Chats>(await ask(as(look(asked, `/sessions/${target.fixtures.otherOrgSession}/chats`), target, 'otherOrg')))
    .data

const theirMessages = async (asked: Asked, ask: Ask, target: Target) => {
  const [chat] = await theirChats(asked, ask, target)
  const path = `/sessions/${target.fixtures.otherOrgSession}/chats/${chat?.jid}/messages`
  return bodyOf<Messages>(await ask(as(look(asked, path), target, 'otherOrg'))).data
}

/** Their path names the session. */
const ofSessions = operationIds.filter((id) => operations[id].path.includes('{session}'))

export const ownership: readonly Mutant[] = [
  {
    id: 'ownership/foreign-served',
    fault: 'serves sessions of another organization',
    killedBy: ['*/404/not_found/session-foreign'],
    because: 'instead of 404',
    touches: [
      '*/404/not_found/foreign-by-*',
      '*/404/not_found/session-foreign-offline',
      'listEvents/404/not_found/filter-session-foreign',
    ],
    make: (target) =>
      on(
        ({ caller, operationId }) => caller === 'full' && operationId !== undefined,
        insteadOf(404, (asked, ask) => ask(as(asked, target, 'otherOrg'))),
      ),
  },
  {
    id: 'ownership/foreign-told-apart',
    fault: "says that a session is another organization's",
    killedBy: ['*/404/not_found/session-foreign-as-unknown'],
    because: /differ in .*body\/error\/message/,
    touches: ['*/404/not_found/foreign-by-*', '*/404/not_found/session-foreign-offline'],
    make: (target) =>
      insteadOf(404, async (asked, ask) =>
        (await isTheirs(asked, ask, target)) ? refuse(404, 'not_found', 'not your session') : ask(asked),
      ),
  },
  {
    id: 'ownership/chat-of-any-session',
    fault: 'finds a chat in everybody’s sessions',
    killedBy: ['*/404/not_found/chat-of-other-organization'],
    because: 'answered 200 instead of 404',
    touches: ['*/404/not_found/foreign-by-*', '*/404/not_found/ours-hidden'],
    // It looks for a chat that nobody has in the other session, too.
    make: (target) =>
      on(
        ({ cid, session }) => cid !== '' && session === target.fixtures.liveSession,
        insteadOf(404, (asked, ask) => {
          const theirs = target.fixtures.otherOrgSession ?? ''
          return ask(as({ ...asked, target: asked.target.replace(asked.session, theirs) }, target, 'otherOrg'))
        }),
      ),
  },
  {
    id: 'ownership/foreign-as-403',
    fault: "answers 403 for another organization's session",
    killedBy: ofSessions.map((id) => `${id}/404/not_found/session-foreign`),
    because: 'answered 403 instead of 404',
    touches: ['*/404/not_found/foreign-by-*', '*/404/not_found/session-foreign-offline'],
    make: (target) =>
      insteadOf(404, async (asked, ask) =>
        asked.caller === 'full' && (await isTheirs(asked, ask, target)) ? refuse(403, 'forbidden') : ask(asked),
      ),
  },
  {
    id: 'ownership/unknown-as-400',
    fault: 'answers 400 for a session that does not exist',
    killedBy: ofSessions.map((id) => `${id}/404/not_found/session-unknown`),
    because: 'answered 400 instead of 404',
    make: ({ fixtures }) =>
      on(
        ({ session }) => session === fixtures.unknownSession,
        answersWith(404, () => refuse(400, 'validation_error')),
      ),
  },
  {
    id: 'ownership/sessions-of-all',
    fault: "lists the other organization's sessions too",
    ...theirSessions((theirs) => theirs),
  },
  {
    id: 'ownership/sessions-of-all-disguised',
    fault: "lists the other organization's sessions under the name of one's own",
    ...theirSessions((theirs, ours) =>
      theirs.map((session) => ({ ...session, organizationId: ours[0]?.organizationId })),
    ),
  },
  {
    id: 'ownership/ours-shown-to-them',
    fault: 'lists our sessions to the other organization',
    killedBy: ['listSessions/200/-/foreign-hidden'],
    because: 'the other organization sees our session',
    make: (target) =>
      on('listSessions', async (asked, ask) => {
        const answer = await ask(asked)
        if (asked.method !== 'GET' || asked.caller !== 'otherOrg') return answer
        const ours = bodyOf<Sessions>(await ask(as(asked, target, 'full')))
        return edited<Sessions>(answer, (theirs) => ({ ...theirs, data: [...theirs.data, ...ours.data] }))
      }),
  },
  {
    id: 'ownership/created-elsewhere',
    fault: 'makes sessions in an organization of its own choice',
    killedBy: ['createSession/201/-/own-organization'],
    because: 'it is in org_elsewhere',
    make: () => shows<object>('createSession', (session) => ({ ...session, organizationId: 'org_elsewhere' })),
  },
  {
    id: 'ownership/chat-of-another-session-listed',
    fault: 'lists a chat of another session',
    killedBy: ['listChats/200/-/walk-by-50'],
    because: 'a chat of another session came',
    touches: ['listChats/200/*', 'getChat/200/*', '*/404/not_found/chat-of-other-organization'],
    ...leaks('listChats', theirChats),
  },
  {
    id: 'ownership/chat-of-another-organization-disguised',
    fault: "lists the other organization's chat as one of this session",
    killedBy: ['listChats/200/-/each-found'],
    because: 'answered 404 instead of 200',
    touches: ['listChats/200/*', 'getChat/200/*', '*/404/not_found/chat-of-other-organization'],
    ...leaks('listChats', theirChats, ({ session }) => ({ sessionId: session })),
  },
  {
    id: 'ownership/message-of-another-chat-listed',
    fault: "lists a message of the other organization's chat",
    killedBy: ['listChatMessages/200/-/walk-by-50'],
    because: 'is of another chat or session',
    touches: ['listChatMessages/200/*'],
    ...leaks('listChatMessages', theirMessages),
  },
  {
    id: 'ownership/message-of-another-organization-disguised',
    fault: "lists the other organization's message as one of this chat",
    killedBy: ['listChatMessages/200/-/walk-by-50'],
    because: 'and the chat has',
    touches: ['listChatMessages/200/*'],
    ...leaks('listChatMessages', theirMessages, ({ session, cid }) => ({ sessionId: session, chatJid: cid })),
  },
  {
    id: 'ownership/cursor-opens-their-chat',
    fault: "lets a cursor lead into the other organization's chat",
    killedBy: ['listChatMessages/400|422/validation_error/cursor-of-other-organization'],
    because: 'answered 200 instead of 400 or 422',
    make: (target) => {
      const theirs = new Set<string>()
      return on('listChatMessages', async (asked, ask) => {
        const cursor = asked.query.get('cursor') ?? ''
        if (theirs.has(cursor) && asked.caller === 'full') {
          const messages = await theirMessages(asked, ask, target)
          return edited(await ask(withQuery(asked, { cursor: undefined })), () => ({
            data: messages,
            nextCursor: null,
          }))
        }
        const answer = await ask(asked)
        const isTheirs = answer.status === 200 && asked.method === 'GET' && asked.caller === 'otherOrg'
        const next = isTheirs ? bodyOf<Messages>(answer).nextCursor : undefined
        if (typeof next === 'string') theirs.add(next)
        return answer
      })
    },
  },
]
