/** Servers that lead sessions through another life. */
import type { Schemas } from '../../contract.ts'
import {
  type Ask,
  type Asked,
  bodyOf,
  edited,
  type Fault,
  hears,
  isObject,
  look,
  on,
  refuse,
  reply,
  shows,
  withBody,
  withMembers,
} from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Session = Schemas['Session']
type Sessions = Schemas['SessionList']

const made = (change: (session: Session, asked: Asked) => unknown): Pick<Mutant, 'make'> => ({
  make: () => shows('createSession', change),
})

type WithSession = 'getSession' | 'startSession' | 'stopSession' | 'restartSession' | 'logoutSession'

const shown = (id: WithSession, change: (session: Session) => unknown): Pick<Mutant, 'make'> => ({
  make: () => shows(id, change),
})

const listed = (change: (sessions: Sessions) => unknown): Pick<Mutant, 'make'> => ({
  make: () => shows('listSessions', change),
})

/** Each answer says that the session has changed since the one before. */
const everChanging = (id: WithSession): Pick<Mutant, 'make'> => ({
  make: () => {
    let count = 0
    return shows<Session>(id, (session) => ({ ...session, updatedAt: session.updatedAt + count++ }))
  },
})

/** The session as it is, without doing anything to it. */
const glance = (asked: Asked, ask: Ask) => ask(look(asked, `/sessions/${asked.session}`))

/** Admitted, by somebody who may. */
const isPlain = ({ caller, target, bytes }: Asked) => caller === 'full' && !target.includes('?') && bytes === undefined

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

/** Answers otherwise in one state. */
const inState = (
  id: 'stopSession' | 'logoutSession' | 'restartSession' | 'startSession' | 'deleteSession',
  fits: (session: Session) => boolean,
  otherwise: Fault,
): Pick<Mutant, 'make'> => ({
  make: () =>
    on(
      (asked) => asked.operationId === id && isPlain(asked),
      async (asked, ask) => {
        const answer = await glance(asked, ask)
        return answer.status === 200 && fits(bodyOf<Session>(answer)) ? otherwise(asked, ask) : ask(asked)
      },
    ),
})

const isPairing = ({ status }: Session) => status === 'starting' || status === 'scan_qr_code'
const conflict = () => refuse(409, 'conflict')

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

const create = 'createSession/201/-'

export const sessions: readonly Mutant[] = [
  {
    id: 'sessions/created-running',
    fault: 'starts every session that it makes',
    killedBy: [`${create}/defaults`, `${create}/body-absent`],
    because: 'it is not stopped',
    touches: [
      'sessionQR/*',
      'startSession/*',
      'stopSession/*',
      'sessionMe/*',
      'logoutSession/*',
      'restartSession/*',
      'listChats/*',
      'createSession/*',
    ],
    make: () =>
      on(
        'createSession',
        hears((asked) =>
          asked.bytes === undefined
            ? withBody(asked, { start: true })
            : withMembers(asked, (body) => ({ start: true, ...body })),
        ),
      ),
  },
  {
    id: 'sessions/start-ignored',
    fault: 'does not start a session that is to be started',
    killedBy: [`${create}/start`],
    because: 'its status is stopped',
    touches: ['sessionQR/*', 'stopSession/*', 'restartSession/*', 'logoutSession/*', 'deleteSession/*'],
    make: () =>
      on(
        'createSession',
        hears((asked) => withMembers(asked, (body) => (body.start === true ? { ...body, start: false } : body))),
      ),
  },
  {
    id: 'sessions/label-not-kept',
    fault: 'forgets the label of a session',
    killedBy: [`${create}/label-of-1`, `${create}/label-of-100`, `${create}/label-of-100-emoji`],
    because: 'getSession shows another label',
    ...shown('getSession', ({ label: _label, ...session }) => session),
    touches: ['getSession/200/*'],
  },
  {
    id: 'sessions/label-not-answered',
    fault: 'leaves the label out of its answer',
    killedBy: [`${create}/label-of-1`, `${create}/label-of-100`, `${create}/label-of-100-emoji`],
    because: 'label is not what was asked for',
    ...made(({ label: _label, ...session }) => session),
  },
  {
    id: 'sessions/label-shortened',
    fault: 'shortens labels to 50 characters',
    killedBy: [`${create}/label-of-100`, `${create}/label-of-100-emoji`],
    because: 'label is not what was asked for',
    ...made(({ label, ...session }) => ({
      ...session,
      ...(label !== undefined && { label: [...label].slice(0, 50).join('') }),
    })),
  },
  {
    id: 'sessions/options-not-kept',
    fault: 'forgets autoRead and presenceTyping',
    killedBy: [`${create}/options`],
    because: 'getSession shows another autoRead',
    ...shown('getSession', (session) => ({ ...session, autoRead: false, presenceTyping: false })),
  },
  {
    id: 'sessions/options-on',
    fault: 'marks messages read unless it is told not to',
    killedBy: [`${create}/defaults`, `${create}/body-absent`],
    because: 'it is not stopped, unlabelled, unpaired, with everything off',
    ...made((session, { body }) => ({
      ...session,
      autoRead: isObject(body) && 'autoRead' in body ? session.autoRead : true,
    })),
  },
  {
    id: 'sessions/made-once',
    fault: 'answers with the same session when the same is asked for again',
    killedBy: [`${create}/each-another`],
    because: 'both have the same id',
    touches: ['createSession/201/*'],
    make: () => {
      let first: Session | undefined
      return on(
        (asked) =>
          asked.operationId === 'createSession' &&
          isObject(asked.body) &&
          Object.keys(asked.body).length === 0 &&
          asked.caller === 'full',
        async (asked, ask) => {
          const answer = await ask(asked)
          if (answer.status !== 201) return answer
          const made = bodyOf<Session>(answer)
          // Others may have deleted it: what counts is that the two of one case are alike.
          if (first !== undefined && Date.now() - first.createdAt < 60_000) return reply(201, { ...first })
          first = made
          return answer
        },
      )
    },
  },
  {
    id: 'sessions/creator-not-named',
    fault: 'does not say who created a session',
    killedBy: [`${create}/creator`],
    because: 'createdByUserId is absent for a login',
    ...made(({ createdByUserId: _person, ...session }) => session),
  },
  {
    id: 'sessions/creator-made-up',
    fault: 'names a creator where a program was it',
    killedBy: [`${create}/creator`],
    because: 'createdByUserId is there for an API key',
    ...made((session) => ({ createdByUserId: 'user_somebody', ...session })),
  },
  {
    id: 'sessions/updated-before-created',
    fault: 'says that a session changed before it was made',
    killedBy: [`${create}/labelled`, `${create}/defaults`, `${create}/body-absent`],
    because: /its times cannot be|before it was created/,
    touches: ['*'],
    ...made((session) => ({ ...session, updatedAt: session.createdAt - 1 })),
  },
  {
    id: 'sessions/connected-before-ever',
    fault: 'says when a new session was last connected',
    killedBy: [`${create}/defaults`, `${create}/body-absent`],
    because: 'its times cannot be',
    ...made((session) => ({ ...session, lastConnectedAt: session.createdAt })),
  },
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
    touches: ['listSessions/200/-/whole', 'getSession/200/-/as-listed'],
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
    fault: 'connects anew a session that is working',
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
  {
    id: 'sessions/list-newest-first',
    fault: 'lists the youngest session first',
    killedBy: ['listSessions/200/-/whole'],
    because: 'an older session comes behind a younger one',
    ...listed((list) => ({ ...list, data: list.data.toReversed() })),
  },
  {
    id: 'sessions/list-loses-one',
    fault: 'does not list one of the sessions',
    killedBy: ['listSessions/200/-/whole'],
    because: 'not listed',
    touches: ['listSessions/200/*', 'getSession/200/-/as-listed'],
    make: ({ fixtures }) =>
      shows<Sessions>('listSessions', (list) => ({
        ...list,
        data: list.data.filter(({ id }) => id !== fixtures.offlineSession),
      })),
  },
  {
    id: 'sessions/list-doubles-one',
    fault: 'lists a session twice',
    killedBy: ['listSessions/200/-/whole'],
    because: 'a session is listed twice',
    ...listed((list) => ({ ...list, data: [...list.data.slice(0, 1), ...list.data] })),
  },
  {
    id: 'sessions/list-in-pages',
    fault: 'lists sessions in pages',
    killedBy: ['listSessions/200/-/whole'],
    because: 'nextCursor is not null',
    ...listed((list) => ({ ...list, nextCursor: 'more' })),
  },
  {
    id: 'sessions/list-working-only',
    fault: 'lists only sessions that are connected',
    killedBy: ['listSessions/200/-/whole'],
    because: 'not listed',
    touches: ['getSession/200/-/as-listed'],
    ...listed((list) => ({ ...list, data: list.data.filter(({ status }) => status === 'working') })),
  },
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
    ...listed((list) => ({
      ...list,
      data: list.data.map((session) => ({ ...session, ratePerMin: session.ratePerMin + 1 })),
    })),
  },
]
