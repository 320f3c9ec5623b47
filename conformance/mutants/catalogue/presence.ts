/** Servers that have their own idea of a presence. */
import { type Asked, answersWith, hears, isObject, on, refuse, reply, withMembers } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const id = 'setChatPresence'
const wrong = `${id}/400|422/validation_error`
const state = (asked: Asked): unknown => (isObject(asked.body) ? asked.body.state : undefined)

const coerces = (change: (state: unknown) => unknown) => ({
  make: () =>
    on(
      id,
      hears((asked) => withMembers(asked, (body) => ({ ...body, state: change(body.state) }))),
    ),
})

const doesNotKnow = (word: string): Mutant => ({
  id: `presence/no-${word}`,
  fault: `does not know ${word}`,
  killedBy: [`${id}/204/-/${word}`],
  because: 'answered 422 instead of 204',
  touches: [`${id}/204/-/again`],
  make: () =>
    on(
      (asked) => asked.operationId === id && state(asked) === word,
      answersWith(204, () => refuse(422, 'validation_error')),
    ),
})

/** What is answered when there is no client. */
const offline = (name: string, status: number, answer: ReturnType<typeof reply>): Mutant => ({
  id: `presence/501-as-${name}`,
  fault: `answers ${status} when there is no client`,
  killedBy: [`${id}/501/not_implemented/session-offline`],
  because: `answered ${status} instead of 501`,
  make: () =>
    on(
      id,
      answersWith(501, () => answer),
    ),
})

/** Takes a chat name that is none, by sending to another. */
const takesChat = (variant: string, fault: string, fits: (cid: string) => boolean): Mutant => ({
  id: `presence/${variant}`,
  fault,
  killedBy: [`${wrong}/${variant}`],
  because: 'answered 204 instead of 400 or 422',
  make: ({ fixtures }) =>
    on(
      (asked) => asked.operationId === id && fits(asked.cid),
      hears((asked) => ({
        ...asked,
        target: asked.target.replace(/chats\/[^/]+/, `chats/${fixtures.chat?.id}`),
      })),
    ),
})

const refusesChat = (variant: string, fault: string, fits: (cid: string) => boolean): Mutant => ({
  id: `presence/no-${variant}`,
  fault,
  killedBy: [`${id}/204/-/${variant}`],
  because: 'answered 422 instead of 204',
  make: () =>
    on(
      (asked) => asked.operationId === id && fits(asked.cid),
      answersWith(204, () => refuse(422, 'validation_error')),
    ),
})

export const presence: readonly Mutant[] = [
  doesNotKnow('recording'),
  doesNotKnow('paused'),
  { ...doesNotKnow('composing'), touches: [`${id}/204/*`, `${id}/*`, 'readChat/403/*'] },
  offline('204', 204, reply(204)),
  offline('503', 503, refuse(503, 'gateway_unavailable', 'no', { 'retry-after': '5' })),
  offline('404', 404, refuse(404, 'not_found')),
  offline('409', 409, refuse(409, 'conflict')),
  offline('500', 500, refuse(500, 'internal')),
  offline('422', 422, refuse(422, 'validation_error')),
  {
    id: 'presence/501-with-another-code',
    fault: 'calls a missing client gateway_unavailable',
    killedBy: [`${id}/501/not_implemented/session-offline`],
    because: 'the body /error/code must be equal to constant',
    make: () =>
      on(
        id,
        answersWith(501, () => refuse(501, 'gateway_unavailable')),
      ),
  },
  {
    id: 'presence/state-missing',
    fault: 'shows "typing…" when no state is given',
    killedBy: [`${wrong}/state-missing`],
    because: 'answered 204 instead of 400 or 422',
    touches: ['gateway/400|422/validation_error/consistent'],
    ...coerces((word) => (word === undefined ? 'composing' : word)),
  },
  {
    id: 'presence/state-unknown',
    fault: 'takes any word for a state',
    killedBy: [`${wrong}/state-unknown`, `${wrong}/state-upper-case`, `${wrong}/state-spaced`],
    because: 'answered 204 instead of 400 or 422',
    touches: [`${wrong}/state-empty`, 'gateway/400|422/validation_error/consistent'],
    ...coerces((word) => (typeof word === 'string' ? 'composing' : word)),
  },
  {
    id: 'presence/state-upper-case',
    fault: 'does not tell small letters from capitals in a state',
    killedBy: [`${wrong}/state-upper-case`],
    because: 'answered 204 instead of 400 or 422',
    ...coerces((word) => (typeof word === 'string' ? word.toLowerCase() : word)),
  },
  {
    id: 'presence/state-spaced',
    fault: 'overlooks spaces around a state',
    killedBy: [`${wrong}/state-spaced`],
    because: 'answered 204 instead of 400 or 422',
    ...coerces((word) => (typeof word === 'string' ? word.trim() : word)),
  },
  {
    id: 'presence/state-empty',
    fault: 'takes an empty state for paused',
    killedBy: [`${wrong}/state-empty`],
    because: 'answered 204 instead of 400 or 422',
    ...coerces((word) => (word === '' ? 'paused' : word)),
  },
  {
    id: 'presence/state-null',
    fault: 'takes null for paused',
    killedBy: [`${wrong}/state-null`],
    because: 'answered 204 instead of 400 or 422',
    ...coerces((word) => (word === null ? 'paused' : word)),
  },
  {
    id: 'presence/state-number',
    fault: 'takes the number of a state for it',
    killedBy: [`${wrong}/state-number`],
    because: 'answered 204 instead of 400 or 422',
    ...coerces((word) => (typeof word === 'number' ? (['paused', 'composing', 'recording'][word] ?? word) : word)),
  },
  {
    id: 'presence/state-array',
    fault: 'takes an array of one state for the state',
    killedBy: [`${wrong}/state-array`],
    because: 'answered 204 instead of 400 or 422',
    ...coerces((word) => (Array.isArray(word) ? word[0] : word)),
  },
  takesChat('chat-not-a-jid', 'shows a presence in a chat that is none', (cid) => cid === 'nobody'),
  takesChat('chat-with-device', 'cuts the device off a JID', (cid) => /:\d+@/.test(cid)),
  takesChat('chat-of-other-server', 'shows a presence in a channel', (cid) => cid.endsWith('@newsletter')),
  takesChat('chat-with-line-break', 'overlooks a line break behind a JID', (cid) => cid.endsWith('\n')),
  refusesChat('chat-group', 'shows no presence in groups', (cid) => cid.endsWith('@g.us')),
  refusesChat('chat-lid', 'shows no presence under a LID', (cid) => cid.endsWith('@lid')),
  {
    id: 'presence/stored-chats-only',
    fault: 'shows a presence in stored chats only',
    killedBy: [`${id}/204/-/chat-not-stored`],
    because: 'answered 404 instead of 204',
    make: ({ fixtures }) =>
      on(
        ({ operationId, cid, session }) =>
          operationId === id && cid === fixtures.unknownChat && session === fixtures.liveSession,
        answersWith(204, () => refuse(404, 'not_found')),
      ),
  },
  {
    id: 'presence/not-twice',
    fault: 'refuses to show the same presence again at once',
    killedBy: [`${id}/204/-/again`],
    because: 'answered 409 instead of 204',
    touches: [`${id}/*`, 'readChat/403/*', 'gateway/*'],
    make: () => {
      let last = ''
      return on(id, async (asked, ask) => {
        const answer = await ask(asked)
        if (answer.status !== 204) return answer
        const now = `${asked.cid} ${String(state(asked))}`
        const again = now === last
        last = again ? '' : now
        return again ? refuse(409, 'conflict') : answer
      })
    },
  },
  {
    id: 'presence/200',
    fault: 'answers 200 with an empty object',
    killedBy: [`${id}/204/-/composing`],
    because: 'answered 200 instead of 204',
    touches: [`${id}/*`, 'readChat/403/*'],
    make: () =>
      on(
        id,
        answersWith(204, () => reply(200, {})),
      ),
  },
  {
    id: 'presence/202',
    fault: 'answers 202: it will be done',
    killedBy: [`${id}/204/-/composing`],
    because: 'answered 202 instead of 204',
    touches: [`${id}/*`, 'readChat/403/*'],
    make: () =>
      on(
        id,
        answersWith(204, () => reply(202)),
      ),
  },
]
