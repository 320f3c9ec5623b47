/** Servers that keep what was deleted. */
import type { Schemas } from '../../contract.ts'
import { bodyOf, edited, type Fault, reply } from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { conflict, glance, inState, isPairing } from './session-faults.ts'

type Session = Schemas['Session']
type Sessions = Schemas['SessionList']

/** Remembers sessions that were deleted, and what they were like. */
const graveyard = (use: (graves: ReadonlyMap<string, Session>) => Fault): Pick<Mutant, 'make'> => ({
  make: () => {
    const graves = new Map<string, Session>()
    const fault = use(graves)
    return async (asked, ask) => {
      if (asked.operationId !== 'deleteSession' || graves.has(asked.session)) return fault(asked, ask)
      const before = await glance(asked, ask)
      const answer = await ask(asked)
      if (answer.status === 204 && before.status === 200) graves.set(asked.session, bodyOf<Session>(before))
      return answer
    }
  },
})

export const deletedSessions: readonly Mutant[] = [
  {
    id: 'sessions/delete-does-nothing',
    fault: 'answers 204 and deletes nothing',
    killedBy: ['deleteSession/204/-/gone', 'deleteSession/404/not_found/deleted', 'deleteSession/204/-/started'],
    because: /answered 20\d instead of 404/,
    ...graveyard((graves) => (asked, ask) => {
      const grave = graves.get(asked.session)
      if (grave === undefined) return ask(asked)
      if (asked.operationId === 'getSession') return reply(200, grave)
      return asked.operationId === 'deleteSession' ? reply(204) : ask(asked)
    }),
  },
  {
    id: 'sessions/deleted-still-listed',
    fault: 'lists sessions that were deleted',
    killedBy: ['deleteSession/204/-/gone'],
    because: 'the list still shows it',
    touches: ['listSessions/200/*', 'getSession/200/-/as-listed'],
    ...graveyard((graves) => async (asked, ask) => {
      const answer = await ask(asked)
      if (
        asked.operationId !== 'listSessions' ||
        answer.status !== 200 ||
        asked.method === 'HEAD' ||
        asked.caller === 'otherOrg'
      )
        return answer
      return edited<Sessions>(answer, (list) => ({ ...list, data: [...list.data, ...graves.values()] }))
    }),
  },
  {
    id: 'sessions/delete-again',
    fault: 'answers 204 for a session that was deleted before',
    killedBy: ['deleteSession/404/not_found/deleted'],
    because: 'answered 204 instead of 404',
    ...graveyard(
      (graves) => (asked, ask) =>
        asked.operationId === 'deleteSession' && graves.has(asked.session) ? reply(204) : ask(asked),
    ),
  },
  {
    id: 'sessions/deleted-started',
    fault: 'starts sessions that were deleted',
    killedBy: ['deleteSession/404/not_found/deleted'],
    because: 'answered 200 instead of 404',
    ...graveyard((graves) => (asked, ask) => {
      const grave = graves.get(asked.session)
      return asked.operationId === 'startSession' && grave !== undefined ? reply(200, grave) : ask(asked)
    }),
  },
  {
    id: 'sessions/delete-refuses-pairing',
    fault: 'does not delete a session that is pairing',
    killedBy: ['deleteSession/204/-/started'],
    because: 'answered 409 instead of 204',
    ...inState('deleteSession', isPairing, conflict),
  },
]
