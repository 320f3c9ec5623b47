/** Right servers whose answers are never twice the same text: what differs names the request, or means nothing. */
import { randomUUID } from 'node:crypto'
import type { WireAnswer } from '../../transport.ts'
import { answers, edited, type Fault, isObject, withQuery } from '../fault.ts'
import type { Equivalent } from '../mutant.ts'

/** Changes the error of a refusal. */
const refusals = (change: (error: Record<string, unknown>, answer: WireAnswer) => unknown): Fault =>
  answers((answer, { method }) =>
    answer.status < 400 || method === 'HEAD'
      ? answer
      : edited<unknown>(answer, (body) =>
          isObject(body) && isObject(body.error) ? { ...body, error: change(body.error, answer) } : body,
        ),
  )

const idOf = ({ headers }: WireAnswer) => headers['x-request-id'] ?? ''

/** Of objects within objects, too. */
const turned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(turned)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, turned(member)]),
  )
}

/** Gives each cursor a new name each time, and knows what it stands for. */
const renamedCursors: Equivalent['make'] = () => {
  const meant = new Map<string, string>()
  return async (asked, ask) => {
    const cursor = asked.query.get('cursor')
    const known = cursor === null ? undefined : meant.get(cursor)
    const answer = await ask(known === undefined ? asked : withQuery(asked, { cursor: known }))
    if (answer.status !== 200 || asked.method === 'HEAD') return answer
    return edited<unknown>(answer, (body) => {
      if (!isObject(body) || typeof body.nextCursor !== 'string') return body
      const name = randomUUID().replaceAll('-', '')
      meant.set(name, body.nextCursor)
      return { ...body, nextCursor: name }
    })
  }
}

export const equivalentAnswers: readonly Equivalent[] = [
  {
    id: 'equivalent/request-id-in-message',
    does: 'names the request in the message of each refusal',
    because: 'messages are for people, and a person who asks for help quotes it',
    make: () =>
      refusals((error, answer) => ({ ...error, message: `${String(error.message)} (request ${idOf(answer)})` })),
  },
  {
    id: 'equivalent/request-id-in-details',
    does: 'names the request in the details of each refusal',
    because: 'new optional members may appear in answers, and every answer names its request anyway',
    make: () =>
      refusals((error, answer) => ({
        ...error,
        details: { ...(isObject(error.details) ? error.details : {}), requestId: idOf(answer) },
      })),
  },
  {
    id: 'equivalent/request-id-in-error',
    does: 'names the request in a member of each error',
    because: 'new optional members may appear in answers, and every answer names its request anyway',
    make: () => refusals((error, answer) => ({ ...error, requestId: idOf(answer) })),
  },
  {
    id: 'equivalent/refusals-in-any-order',
    does: 'writes the members of its errors in another order each time',
    because: 'it is the same JSON',
    make: () => {
      let count = 0
      return answers((answer) => (answer.status >= 400 && count++ % 2 === 0 ? edited(answer, turned) : answer))
    },
  },
  {
    id: 'equivalent/objects-in-any-order',
    does: 'writes the members of objects within objects in another order each time',
    because: 'it is the same JSON',
    make: () => {
      let count = 0
      return answers((answer) => (answer.status < 400 && count++ % 2 === 0 ? edited(answer, turned) : answer))
    },
  },
  {
    id: 'equivalent/cursor-anew-each-time',
    does: 'encrypts a cursor again for each answer, so that no two are equal',
    because: 'a cursor is opaque: two texts may lead to the same place',
    make: renamedCursors,
  },
]
