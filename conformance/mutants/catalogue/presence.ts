/** Servers that have their own idea of a presence. */
import { type Asked, answersWith, isObject, on, refuse, type reply } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const id = 'setChatPresence'
const state = (asked: Asked): unknown => (isObject(asked.body) ? asked.body.state : undefined)

const doesNotKnow = (word: string): Mutant => ({
  id: `presence/no-${word}`,
  fault: `does not know ${word}`,
  killedBy: [`${id}/204/-/${word}`],
  because: 'answered 422 instead of 204',
  touches: [`${id}/204/-/each-state-first`, `${id}/204/-/again`],
  make: () =>
    on(
      (asked) => asked.operationId === id && state(asked) === word,
      answersWith(204, () => refuse(422, 'validation_error')),
    ),
})

/** A chat in which nobody has been seen typing has nothing to be taken away. */
const needsComposing = (word: string): Mutant => ({
  id: `presence/${word}-needs-composing`,
  fault: `takes ${word} only after composing in the same chat`,
  killedBy: [`${id}/204/-/each-state-first`],
  because: 'answered 422 instead of 204',
  touches: [`${id}/204/*`],
  make: () => {
    const composed = new Set<string>()
    return on(id, async (asked, ask) => {
      const answer = await ask(asked)
      if (answer.status === 204 && state(asked) === 'composing') composed.add(asked.cid)
      const isEarly = answer.status === 204 && state(asked) === word && !composed.has(asked.cid)
      return isEarly ? refuse(422, 'validation_error') : answer
    })
  },
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

const refusesChat = (variant: string, fault: string, fits: (cid: string) => boolean): Mutant => ({
  id: `presence/no-${variant}`,
  fault,
  killedBy: [`${id}/204/-/${variant}`],
  because: 'answered 422 instead of 204',
  touches: [`${id}/204/-/each-state-first`, `${id}/204/-/chat-group-old-style`],
  make: () =>
    on(
      (asked) => asked.operationId === id && fits(asked.cid),
      answersWith(204, () => refuse(422, 'validation_error')),
    ),
})

export const presence: readonly Mutant[] = [
  needsComposing('paused'),
  needsComposing('recording'),
  doesNotKnow('recording'),
  doesNotKnow('paused'),
  { ...doesNotKnow('composing'), touches: [`${id}/204/*`, `${id}/*`, 'readChat/403/*'] },
  offline('503', 503, refuse(503, 'gateway_unavailable', 'no', { 'retry-after': '5' })),
  offline('500', 500, refuse(500, 'internal')),
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
]
