/** Servers whose writes reach further than what was named, and servers that know a chat by one of its JIDs only. */
import type { OperationId } from '../../contract.ts'
import { operationIds, operations } from '../../parley.ts'
import type { Target } from '../../target.ts'
import { type Asked, edited, look, type MakeFault, on, refuse } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const isWrite = (id: OperationId) => operations[id].method !== 'GET' && operations[id].path.includes('{session}')
/** A code is not given to a session that is paired already, and that one is asked. */
const ofSessions = operationIds.filter(
  (id) => isWrite(id) && !operations[id].path.includes('{cid}') && id !== 'sessionPairingCode',
)
const ofChats = operationIds.filter((id) => isWrite(id) && operations[id].path.includes('{cid}'))

type Victim = (asked: Asked, target: Target) => boolean

/** Each write of an operation changes what is shown of something else. */
const spills =
  (ids: readonly OperationId[], shownBy: OperationId, isVictim: Victim, change: (count: number) => object): MakeFault =>
  (target) => {
    let count = 0
    return async (asked, ask) => {
      const answer = await ask(asked)
      if (asked.operationId !== undefined && ids.includes(asked.operationId) && answer.status < 300) count++
      const isShown = asked.operationId === shownBy && answer.status === 200 && asked.method === 'GET'
      if (!isShown || count === 0 || !isVictim(asked, target)) return answer
      return edited<object>(answer, (body) => ({ ...body, ...change(count) }))
    }
  }

const isTwin = ({ cid }: Asked, { fixtures }: Target) => cid === fixtures.twinChat?.id

const victims = {
  'twin-of-another-session': {
    words: 'the same JID in another session',
    is: (asked, target) => isTwin(asked, target) && asked.session === target.fixtures.offlineSession,
  },
  'twin-of-another-organization': {
    words: 'the same JID of another organization',
    is: (asked, target) => isTwin(asked, target) && asked.session === target.fixtures.otherOrgSession,
  },
  'another-chat': {
    words: 'another chat of the session',
    is: ({ session, cid }, { fixtures }) => session === fixtures.liveSession && cid === fixtures.chat?.id,
  },
} satisfies Record<string, { words: string; is: Victim }>

const chatsSpilled = (id: OperationId): Mutant[] =>
  Object.entries(victims).map(([name, { words, is }]) => ({
    id: `neighbours/${id}/${name}`,
    fault: `changes ${words} with ${id}`,
    killedBy: [`${id}/*/neighbours-untouched`],
    because: `${words} is not as it was before`,
    touches: ['getChat/*', 'readChat/200/*'],
    make: spills([id], 'getChat', is, (count) => ({ unreadCount: 100 + count })),
  }))

const sessions = {
  'the connected session': 'liveSession',
  'the session without a client': 'offlineSession',
  "the other organization's session": 'otherOrgSession',
} as const

const sessionsSpilled = Object.entries(sessions).map(
  ([words, fixture]): Mutant => ({
    id: `neighbours/sessions/${fixture}`,
    fault: `changes ${words} with every write to another one`,
    killedBy: ofSessions.map((id) => `${id}/*/neighbours-untouched`),
    because: `${words} is not as it was before`,
    touches: ['getSession/200/*', ...ofSessions.map((id) => `${id}/*`)],
    make: spills(
      ofSessions,
      'getSession',
      ({ session }, { fixtures }) => session === fixtures[fixture],
      (count) => ({ label: `changed ${count} times` }),
    ),
  }),
)

const stored = ['getChat', 'listChatMessages', 'readChat'] as const
const isAlias = ({ cid }: Asked, { fixtures }: Target) => fixtures.aliasedChat?.aliases.includes(cid) ?? false
const aliasCase = (id: OperationId) => `${id}/200/-/chat-alias`

const aliases = stored.flatMap((id): Mutant[] => [
  {
    id: `neighbours/alias-not-found/${id}`,
    fault: `knows a chat by one JID only with ${id}`,
    killedBy: [aliasCase(id)],
    because: 'answered 404 instead of 200',
    touches: ['getChat/200/-/alias'],
    make: (target) =>
      on(
        (asked) => asked.operationId === id && isAlias(asked, target),
        () => refuse(404, 'not_found'),
      ),
  },
  {
    id: `neighbours/alias-of-another-chat/${id}`,
    fault: `takes the second JID of a chat for another chat with ${id}`,
    killedBy: [aliasCase(id)],
    because: 'is answered otherwise than',
    touches: ['getChat/200/-/alias', 'getChat/200/-/as-listed'],
    make: (right) => {
      const chat = right.fixtures.chat?.id ?? ''
      return on(
        (asked) => asked.operationId === id && isAlias(asked, right),
        // Of a chat that is read, only what would be shown: it stays as unread as it is.
        (asked, ask) => {
          const target = asked.target.replace(asked.cid, chat).replace(/\/read$/, '')
          return ask(look(asked, target))
        },
      )
    },
  },
])

export const neighbours: readonly Mutant[] = [...ofChats.flatMap(chatsSpilled), ...sessionsSpilled, ...aliases]
