/** Servers that find sessions and chats under names that are almost right. */
import { operationIds, operations } from '../../parley.ts'
import { type Asked, answersWith, bodyOf, type Fault, on, refuse } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const sessionNear = '404/not_found/session-near'

/** Operations that a session is not made for: what they do to one that was found by mistake ends nothing. */
const harmless = operationIds.filter(
  (id) => operations[id].method === 'GET' && 'session' in operations[id].parameters.path,
)

const inPlaceOf = (asked: Asked, session: string): Asked => ({
  ...asked,
  session,
  target: asked.target.replace(/^\/sessions\/[^/:?]+/, `/sessions/${session}`),
})

const sessionFound = (name: string, fault: string, isFound: (asked: string, real: string) => boolean): Mutant => ({
  id: `near-names/session-${name}`,
  fault,
  killedBy: harmless.map((id) => `${id}/${sessionNear}`),
  because: /a session .*: answered \d+ instead of 404 or/,
  touches: ['*/404|422/-/path-parameter-with-more', '*/404|405/-/path-slash-encoded'],
  make: ({ fixtures: { liveSession = '' } }) =>
    on(harmless, (asked, ask) =>
      ask(asked.session !== liveSession && isFound(asked.session, liveSession) ? inPlaceOf(asked, liveSession) : asked),
    ),
})

/** As `LIKE` takes a text. */
const isLike = (pattern: string, text: string) =>
  /[%_]$/.test(pattern) &&
  new RegExp(
    `^${pattern
      .replaceAll(/[^\w%]/g, '\\$&')
      .replaceAll('%', '.*')
      .replaceAll('_', '.')}$`,
    's',
  ).test(text)

const chatFound = (name: string, fault: string, isFound: (asked: string, real: string) => boolean): Mutant => ({
  id: `near-names/chat-${name}`,
  fault,
  killedBy: ['getChat', 'listChatMessages', 'readChat'].map((id) => `${id}/404/not_found/chat-near`),
  because: /a chat .*: answered 200 instead of 404/,
  touches: ['*/404|422/-/path-parameter-with-more'],
  make: ({ fixtures: { chat, otherChat } }): Fault =>
    on(['getChat', 'listChatMessages', 'readChat'], (asked, ask) => {
      // Only the one chat may be marked read: what is unread in the other is looked at.
      const ids = asked.operationId === 'readChat' ? [otherChat?.id] : [chat?.id, otherChat?.id]
      const real = ids.flatMap((id) => id ?? []).find((one) => one !== asked.cid && isFound(asked.cid, one))
      return ask(
        real === undefined ? asked : { ...asked, target: asked.target.replace(/\/chats\/[^/?]+/, `/chats/${real}`) },
      )
    }),
})

export const nearNames: readonly Mutant[] = [
  sessionFound('with-more', 'reads as much of a session’s name as it needs', (asked, real) => asked.startsWith(real)),
  sessionFound('trimmed', 'takes spaces and line breaks off a session’s name', (asked, real) => asked.trim() === real),
  sessionFound('up-to-nul', 'reads a session’s name up to U+0000', (asked, real) => asked.split('\u0000')[0] === real),
  sessionFound('like', 'looks for sessions with LIKE', isLike),
  sessionFound('quoted-badly', 'writes a session’s name into its SQL', (asked) => asked.includes("'1'='1")),
  chatFound('like', 'looks for chats with LIKE', isLike),
  chatFound('with-more', 'finds a chat under a name that only begins with its own', (asked, real) =>
    asked.startsWith(real),
  ),
  chatFound('quoted-badly', 'writes a chat’s name into its SQL', (asked) => asked.includes("'1'='1")),
  {
    id: 'near-names/session-cut',
    fault: 'finds a session by the beginning of its id',
    killedBy: [`*/${sessionNear}`],
    because: /a session without its last character: answered \d+ instead of 404 or/,
    make: ({ fixtures: { liveSession = '' } }) => {
      const known = [liveSession]
      return async (asked, ask) => {
        // Ids of one millisecond may differ in their last character alone, and some of their sessions are deleted by now.
        const real = known.filter((one) => asked.session.length > 10 && one.slice(0, -1) === asked.session)
        let answer = await ask(asked)
        for (const one of real) if (answer.status === 404) answer = await ask(inPlaceOf(asked, one))
        if (asked.operationId === 'createSession' && answer.status === 201)
          known.push(bodyOf<{ id: string }>(answer).id)
        return answer
      }
    },
  },
  {
    id: 'near-names/path-as-it-is-written',
    fault: 'does not decode the name of a session',
    killedBy: ['*/path-percent-encoded'],
    because: 'answered 404 instead of',
    make: () =>
      on(
        ({ target }) => /^\/(sessions|webhooks)\/%7[0-9A-F]/i.test(target),
        answersWith([200, 201, 204, 409], () => refuse(404, 'not_found')),
      ),
  },
]
