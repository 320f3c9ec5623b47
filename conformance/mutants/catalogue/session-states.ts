/** Servers that start, stop, restart and log out in their own way. */
import type { Schemas } from '../../contract.ts'
import { bodyOf, on, refuse, reply, shows } from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { conflict, glance, inState, isPlain, shown, type WithSession } from './session-faults.ts'

type Session = Schemas['Session']

/** Each answer says that the session has changed since the one before. */
const everChanging = (id: WithSession): Pick<Mutant, 'make'> => ({
  make: () => {
    let count = 0
    return shows<Session>(id, (session) => ({ ...session, updatedAt: session.updatedAt + count++ }))
  },
})

/** Answers with the session as it is, and does nothing. */
const idle = (
  id: 'stopSession' | 'logoutSession' | 'restartSession' | 'startSession',
  change: (session: Session) => Session = (session) => session,
): Pick<Mutant, 'make'> => ({
  make: () =>
    on(
      (asked) => asked.operationId === id && isPlain(asked),
      async (asked, ask) => {
        const answer = await glance(asked, ask)
        return answer.status === 200 ? reply(200, change(bodyOf<Session>(answer))) : ask(asked)
      },
    ),
})

export const sessionStates: readonly Mutant[] = [
  {
    id: 'sessions/stop-does-nothing',
    fault: 'answers to :stop with the session as it is',
    killedBy: ['stopSession/200/-/pairing'],
    because: /its status is (starting|scan_qr_code)/,
    ...idle('stopSession'),
  },
  {
    id: 'sessions/stop-pretended',
    fault: 'says that it has stopped a session, and has not',
    killedBy: ['stopSession/200/-/pairing'],
    because: /getSession says (starting|scan_qr_code)/,
    ...idle('stopSession', (session) => ({ ...session, status: 'stopped' })),
  },
  {
    id: 'sessions/stopped-keeps-code',
    fault: 'answers with the code of a session that was stopped',
    killedBy: ['stopSession/200/-/pairing'],
    because: 'answered 404 instead of 409',
    touches: ['sessionQR/409/conflict/session-stopped', 'logoutSession/200/-/pairing'],
    make: () => {
      const stopped = new Set<string>()
      return async (asked, ask) => {
        const answer = await ask(asked)
        if (asked.operationId === 'stopSession' && answer.status === 200) stopped.add(asked.session)
        return asked.operationId === 'sessionQR' && stopped.has(asked.session) ? refuse(404, 'not_found') : answer
      }
    },
  },
  {
    id: 'sessions/stop-twice-conflicts',
    fault: 'does not stop a session that is stopped',
    killedBy: ['stopSession/200/-/own-session', 'stopSession/200/-/x-api-key'],
    because: 'answered 409 instead of 200',
    touches: ['stopSession/*'],
    ...inState('stopSession', ({ status }) => status === 'stopped', conflict),
  },
  {
    id: 'sessions/stop-changes-each-time',
    fault: 'changes a stopped session each time it is stopped',
    killedBy: ['stopSession/200/-/twice'],
    because: 'repeating it changes the answer',
    ...everChanging('stopSession'),
  },
  {
    id: 'sessions/stop-for-good',
    fault: 'does not start again what it has stopped',
    killedBy: ['stopSession/200/-/start-again'],
    because: 'answered 409 instead of 200',
    make: () => {
      const stopped = new Set<string>()
      return async (asked, ask) => {
        if (asked.operationId === 'startSession' && stopped.has(asked.session)) return conflict()
        const answer = await ask(asked)
        if (asked.operationId === 'stopSession' && answer.status === 200) stopped.add(asked.session)
        return answer
      }
    },
  },
  {
    id: 'sessions/start-does-nothing',
    fault: 'answers to :start with the session as it is',
    killedBy: ['startSession/200/-/unpaired', 'stopSession/200/-/start-again'],
    because: 'its status is stopped',
    ...idle('startSession'),
  },
  {
    id: 'sessions/start-restarts',
    fault: 'connects a session again that is working',
    killedBy: ['startSession/200/-/working'],
    because: 'its status is starting',
    ...idle('startSession', (session) => ({
      ...session,
      status: session.status === 'stopped' || session.status === 'working' ? 'starting' : session.status,
    })),
    touches: ['stopSession/200/-/start-again', 'startSession/200/*'],
  },
  {
    id: 'sessions/start-changes-each-time',
    fault: 'changes a working session each time it is started',
    killedBy: ['startSession/200/-/working'],
    because: 'repeating it changes the answer',
    ...everChanging('startSession'),
  },
  {
    id: 'sessions/start-working-conflicts',
    fault: 'does not start a session that is working',
    killedBy: ['startSession/200/-/already-started', 'startSession/200/-/x-api-key'],
    because: 'answered 409 instead of 200',
    touches: ['startSession/*'],
    ...inState('startSession', ({ status }) => status === 'working', conflict),
  },
  {
    id: 'sessions/restart-only-running',
    fault: 'restarts only what runs',
    killedBy: ['restartSession/200/-/own-session', 'restartSession/200/-/x-api-key'],
    because: 'answered 409 instead of 200',
    touches: ['restartSession/*'],
    ...inState('restartSession', ({ status }) => status === 'stopped', conflict),
  },
  {
    id: 'sessions/restart-leaves-stopped',
    fault: 'restarts a session and leaves it stopped',
    killedBy: ['restartSession/200/-/stopped', 'restartSession/200/-/pairing'],
    because: 'its status is stopped',
    ...shown('restartSession', (session) => ({ ...session, status: 'stopped' })),
  },
  {
    id: 'sessions/logout-keeps-pairing',
    fault: 'goes on pairing after :logout',
    killedBy: ['logoutSession/200/-/pairing'],
    because: /its status is (starting|scan_qr_code)/,
    ...idle('logoutSession'),
  },
  {
    id: 'sessions/logout-pretended',
    fault: 'says that it has logged out, and goes on pairing',
    killedBy: ['logoutSession/200/-/pairing'],
    because: /answered (200|404) instead of 409/,
    ...idle('logoutSession', (session) => ({ ...session, status: 'logged_out' })),
  },
  {
    id: 'sessions/logout-keeps-number',
    fault: 'keeps the number of a session that was logged out',
    killedBy: ['logoutSession/200/-/twice'],
    because: 'it still has a number',
    ...shown('logoutSession', (session) => ({
      ...session,
      phoneNumber: '6281234567890',
      waJid: '6281234567890@s.whatsapp.net',
    })),
  },
  {
    id: 'sessions/logout-changes-each-time',
    fault: 'changes a session each time it is logged out',
    killedBy: ['logoutSession/200/-/twice'],
    because: 'repeating it changes the answer',
    ...everChanging('logoutSession'),
  },
  {
    id: 'sessions/logout-unpaired-conflicts',
    fault: 'does not log out a session without a number',
    killedBy: ['logoutSession/200/-/own-session', 'logoutSession/200/-/x-api-key'],
    because: 'answered 409 instead of 200',
    touches: ['logoutSession/*'],
    ...inState('logoutSession', ({ phoneNumber }) => phoneNumber === undefined, conflict),
  },
]
