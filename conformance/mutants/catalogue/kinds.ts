/** Servers that know fewer kinds of messages, smaller numbers, and fewer refusals than there are. */
import { answersWith, isObject, on, refuse } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const refused = 'answered 422 instead of 200'

/** @param touches cases that send such messages, too */
const unknownKind = (type: string, words: string, touches: readonly string[] = []): Mutant => ({
  id: `kinds/no-${type}`,
  fault: `sends no ${words}`,
  killedBy: [`sendMessage/200/-/${type}*`],
  because: refused,
  touches: ['sendMessage/*', ...touches],
  make: () =>
    on(
      ({ operationId, body }) => operationId === 'sendMessage' && isObject(body) && body.type === type,
      answersWith([200, 202], () => refuse(422, 'validation_error')),
    ),
})

const rates = ['ratePerMin', 'ratePerHour', 'newChatsPerDay'] as const

const changing = ['addReaction', 'removeReaction', 'voteMessage'] as const

export const kinds: readonly Mutant[] = [
  unknownKind('location', 'places'),
  unknownKind('contact', 'contacts'),
  unknownKind('poll', 'polls', ['voteMessage/*']),
  {
    id: 'kinds/small-rates-only',
    fault: 'takes no rate of more than 500',
    killedBy: ['updateSession/200/-/largest-rates'],
    because: refused,
    touches: ['updateSession/200/*'],
    make: () =>
      on(
        ({ operationId, body }) =>
          operationId === 'updateSession' && isObject(body) && rates.some((rate) => Number(body[rate]) > 500),
        answersWith(200, () => refuse(422, 'validation_error')),
      ),
  },
  {
    id: 'kinds/deleted-not-found',
    fault: 'does not find a message that was deleted, when it is reacted to or voted in',
    killedBy: changing.map((id) => `${id}/409/conflict/deleted`),
    because: 'answered 404 instead of 409',
    touches: changing.map((id) => `${id}/409/*`),
    make: () =>
      on(
        changing,
        answersWith(409, () => refuse(404, 'not_found')),
      ),
  },
]
