/** Servers that make other sessions than they were asked for. */
import type { Schemas } from '../../contract.ts'
import { type Asked, bodyOf, hears, isObject, on, reply, shows, withBody, withMembers } from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { shown } from './session-faults.ts'

type Session = Schemas['Session']

const made = (change: (session: Session, asked: Asked) => unknown): Pick<Mutant, 'make'> => ({
  make: () => shows('createSession', change),
})

const create = 'createSession/201/-'

export const createdSessions: readonly Mutant[] = [
  {
    id: 'sessions/created-running',
    fault: 'starts every session that it makes',
    killedBy: [`${create}/defaults`, `${create}/body-absent`],
    because: 'it is not stopped',
    touches: [
      '*/400|401|403|404|422/-/changes-nothing',
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
    touches: [
      'createSession/429/rate_limited/starts',
      'sessionQR/*',
      'stopSession/*',
      'restartSession/*',
      'logoutSession/*',
      'deleteSession/*',
    ],
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
    touches: ['updateSession/200/-/all', 'getSession/200/*', 'createSession/201/*'],
  },
  {
    id: 'sessions/label-not-answered',
    fault: 'leaves the label out of its answer',
    killedBy: [`${create}/label-of-1`, `${create}/label-of-100`, `${create}/label-of-100-emoji`],
    because: 'label is not what was asked for',
    touches: ['createSession/201/*'],
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
  ...[
    ['trimmed', 'takes the spaces around a label off', (label: string) => label.trim()],
    ['escaped', 'writes labels for a page', (label: string) => label.replaceAll('&', '&amp;').replaceAll('<', '&lt;')],
    ['composed', 'composes the letters of a label', (label: string) => label.normalize('NFC')],
    ['without-joiners', 'takes invisible characters out of a label', (label: string) => label.replaceAll('\u200d', '')],
    [
      'with-line-breaks',
      'takes a line separator for a line break',
      (label: string) => label.replaceAll('\u2028', '\n'),
    ],
  ].map(
    ([name, fault, change]): Mutant => ({
      id: `sessions/label-${name}`,
      fault: String(fault),
      killedBy: [`${create}/label-as-it-is`],
      because: 'is another one',
      ...made(({ label, ...session }) => ({
        ...session,
        ...(label !== undefined && typeof change === 'function' && { label: change(label) }),
      })),
    }),
  ),
  {
    id: 'sessions/label-null-is-none',
    fault: 'takes the label null for none',
    killedBy: [`${create}/label-as-it-is`],
    because: 'getSession shows "null" otherwise',
    ...shown('getSession', ({ label, ...session }) => ({ ...session, ...(label !== 'null' && { label }) })),
  },
  {
    id: 'sessions/options-taken-for-each-other',
    fault: 'takes autoRead for presenceTyping, and the other way round',
    killedBy: [`${create}/auto-read-alone`, `${create}/typing-alone`],
    because: 'getSession shows another autoRead',
    ...shown('getSession', (session) => ({
      ...session,
      autoRead: session.presenceTyping,
      presenceTyping: session.autoRead,
    })),
  },
  {
    id: 'sessions/options-not-kept',
    fault: 'forgets autoRead and presenceTyping',
    killedBy: [`${create}/options`],
    because: 'getSession shows another autoRead',
    touches: ['updateSession/200/-/all', 'createSession/201/*'],
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
]
