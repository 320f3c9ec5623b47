/** Servers that do what they refuse to do, or change what they are only to show. */
import type { OperationId, Schemas } from '../../contract.ts'
import { type Asked, as, type Fault, on, shows } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const refused = '400|401|403|404|422/-/changes-nothing'
const effect = 'it was refused, and has an effect'

/** Carries the call out for somebody who may, and refuses it all the same. */
const despite = (id: OperationId, status: number): Mutant => ({
  id: `no-effect/${id}-despite-${status}`,
  fault: `carries ${id} out and then answers ${status}`,
  killedBy: [`${id}/${refused}`],
  because: effect,
  make: (target) =>
    on(id, async (asked, ask) => {
      const answer = await ask(asked)
      const [path = ''] = asked.target.split('?')
      if (answer.status === status)
        await ask({ ...as(asked, target, 'full'), target: path, query: new URLSearchParams() })
      return answer
    }),
})

type Chat = Schemas['Chat']

/** Cases that look at the chat once it seems to be read. */
const ofTwin = ['*/changes-nothing', '*/neighbours-untouched']

/** Seems to mark the one chat read that a case looks at, when a request has had this status. */
const readBy = (
  id: string,
  fault: string,
  killedBy: string,
  because: string,
  isIt: (asked: Asked, status: number) => boolean,
) =>
  ({
    id: `no-effect/${id}`,
    fault,
    killedBy: [killedBy],
    because,
    touches: ofTwin,
    make: ({ fixtures }): Fault => {
      let isRead = false
      const isTwin = ({ session, cid }: Asked) => session === fixtures.offlineSession && cid === fixtures.twinChat?.id
      const shown = shows<Chat>('getChat', (chat) => (isRead ? { ...chat, unreadCount: 0 } : chat))
      return on(isTwin, async (asked, ask) => {
        const answer = await shown(asked, ask)
        isRead ||= isIt(asked, answer.status)
        return answer
      })
    },
  }) satisfies Mutant

const readDespite = (status: number): Mutant =>
  readBy(
    `readChat-despite-${status}`,
    `marks a chat read and then answers ${status}`,
    `readChat/${refused}`,
    effect,
    ({ operationId }, answered) => operationId === 'readChat' && answered === status,
  )

const changed = 'what was only read is not as it was before'

const readsOf = (id: OperationId) => `${id}/200/-/changes-nothing`

export const noEffect: readonly Mutant[] = [
  ...([400, 401, 403, 404, 422] as const).flatMap((status) => [despite('deleteSession', status), readDespite(status)]),
  ...([401, 422] as const).flatMap((status) => [despite('startSession', status), despite('restartSession', status)]),
  readBy(
    'listing-reads',
    'marks a chat read when its messages are listed',
    readsOf('listChatMessages'),
    changed,
    ({ operationId, method }, status) => operationId === 'listChatMessages' && method === 'GET' && status === 200,
  ),
  readBy(
    'head-reads',
    'marks a chat read when HEAD is asked of its messages',
    readsOf('listChatMessages'),
    changed,
    ({ operationId, method }, status) => operationId === 'listChatMessages' && method === 'HEAD' && status === 200,
  ),
  readBy(
    'showing-reads',
    'marks a chat read when it is shown',
    readsOf('getChat'),
    changed,
    ({ operationId, method }, status) => operationId === 'getChat' && method === 'GET' && status === 200,
  ),
  {
    id: 'no-effect/listing-touches-the-session',
    fault: 'says that a session has changed when its chats were listed',
    killedBy: [readsOf('listChats')],
    because: changed,
    touches: ['*/changes-nothing', '*/neighbours-untouched', 'getSession/200/-/as-listed'],
    make: () => {
      const listed = new Map<string, number>()
      const shown = shows<Schemas['Session']>('getSession', (session) => ({
        ...session,
        updatedAt: session.updatedAt + (listed.get(session.id) ?? 0),
      }))
      return async (asked, ask) => {
        const answer = await shown(asked, ask)
        const { operationId, session } = asked
        if (operationId === 'listChats' && answer.status === 200) listed.set(session, (listed.get(session) ?? 0) + 1)
        return answer
      }
    },
  },
]
