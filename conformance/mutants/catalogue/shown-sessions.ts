/** Servers that show sessions otherwise than they are, alone or in the list. */
import type { Schemas } from '../../contract.ts'
import { shows } from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { shown } from './session-faults.ts'

type Sessions = Schemas['SessionList']

const listed = (change: (sessions: Sessions) => unknown): Pick<Mutant, 'make'> => ({
  make: () => shows('listSessions', change),
})

export const shownSessions: readonly Mutant[] = [
  {
    id: 'sessions/another-one',
    fault: 'answers with another session than the one that was named',
    killedBy: ['getSession/200/-/own-session', 'getSession/200/-/working', 'getSession/200/-/offline'],
    because: 'id is sess_00000000000000000000000000',
    touches: ['*'],
    ...shown('getSession', (session) => ({ ...session, id: 'sess_00000000000000000000000000' })),
  },
  {
    id: 'sessions/never-working',
    fault: 'shows a connected session as starting',
    killedBy: ['getSession/200/-/working'],
    because: 'its status is starting',
    ...shown('getSession', (session) => ({
      ...session,
      status: session.status === 'working' ? 'starting' : session.status,
    })),
  },
  {
    id: 'sessions/always-working',
    fault: 'shows a session without a client as working',
    killedBy: ['getSession/200/-/offline'],
    because: 'its status is working',
    touches: ['getSession/200/-/as-listed', 'stopSession/200/-/pairing'],
    ...shown('getSession', (session) => ({
      ...session,
      status: session.phoneNumber === undefined ? session.status : 'working',
    })),
  },
  {
    id: 'sessions/working-without-number',
    fault: 'does not show the number of a connected session',
    killedBy: ['getSession/200/-/own-session', 'getSession/200/-/working'],
    because: /phoneNumber (is )?absent/,
    touches: ['*'],
    ...shown('getSession', ({ phoneNumber: _number, waJid: _jid, ...session }) => session),
  },
  {
    id: 'sessions/other-than-listed',
    fault: 'shows a session otherwise than its list does',
    killedBy: ['getSession/200/-/as-listed'],
    because: 'the list shows it differently',
    touches: ['updateSession/200/-/all'],
    ...listed((list) => ({
      ...list,
      data: list.data.map((session) => ({ ...session, ratePerMin: session.ratePerMin + 1 })),
    })),
  },
]
