/** Servers that take cursors which are none, or none of theirs. */
import { type Asked, as, bodyOf, insteadOf, look, on, refuse, withQuery } from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { listOf } from '../paging.ts'
import { type List, lists, type Page, wrong } from './lists.ts'

/** Serves a cursor that the right server refuses. @param fits is it one of those? */
const serves = (
  name: string,
  fault: string,
  variants: readonly string[],
  fits: (cursor: string, given: ReadonlyMap<string, string>, asked: Asked) => boolean,
  of: readonly List[] = lists,
): Mutant => ({
  id: `lists/cursor-${name}`,
  fault,
  killedBy: of.flatMap((id) => variants.map((variant) => wrong(id, `cursor-${variant}`))),
  because: 'answered 200 instead of 400 or 422',
  make: () => {
    const given = new Map<string, string>()
    return on([...lists], async (asked, ask) => {
      const answer = await ask(asked)
      if (answer.status === 200 && asked.method === 'GET') {
        const { nextCursor } = bodyOf<Page>(answer)
        if (nextCursor !== null) given.set(nextCursor, listOf(asked))
        return answer
      }
      const cursor = asked.query.get('cursor')
      const isServed = [400, 422].includes(answer.status) && cursor !== null && fits(cursor, given, asked)
      return isServed ? ask(withQuery(asked, { cursor: undefined })) : answer
    })
  },
})

/** One character is another. */
const isAltered = (cursor: string, given: ReadonlyMap<string, string>, place: (length: number) => number) => {
  const at = place(cursor.length)
  return [...given.keys()].some(
    (known) =>
      known !== cursor &&
      known.length === cursor.length &&
      known.slice(0, at) === cursor.slice(0, at) &&
      known.slice(at + 1) === cursor.slice(at + 1),
  )
}

const isStrange = (cursor: string, given: ReadonlyMap<string, string>) => !given.has(cursor)
const listIn = (list = '') => list.split(' ')[0]

export const listCursors: readonly Mutant[] = [
  {
    id: 'lists/cursor-once',
    fault: 'gives cursors that are good for one use',
    killedBy: lists.map((id) => `${id}/200/-/cursor-again`),
    because: /answered 422 instead of 200/,
    make: () => {
      const used = new Map<string, number>()
      // Cases that run at the same time get the same cursor for the same place.
      return on([...lists], (asked, ask) => {
        const cursor = asked.query.get('cursor')
        const key = `${cursor} ${asked.query.get('limit')} ${listOf(asked)}`
        const before = used.get(key) ?? 0
        if (cursor !== null) used.set(key, before + 1)
        return before > 0 ? refuse(422, 'validation_error') : ask(asked)
      })
    },
    touches: lists.map((id) => `${id}/*`),
  },
  serves(
    'strange',
    'starts from the first page when it does not know a cursor',
    ['garbage', 'altered-first', 'altered-middle', 'altered-last'],
    (cursor, given) => /^[\w-]+$/.test(cursor) && isStrange(cursor, given),
  ),
  serves('empty', 'takes an empty cursor for none', ['empty'], (cursor) => cursor === ''),
  serves('not-url-safe', 'takes a cursor with any characters', ['not-url-safe'], (cursor) => /[^\w-]/.test(cursor)),
  ...(['first', 'middle', 'last'] as const).map((place) =>
    serves(
      `altered-${place}`,
      `does not look at the ${place} character of a cursor`,
      [`altered-${place}`],
      (cursor, given) =>
        isAltered(cursor, given, (length) => ({ first: 0, middle: Math.floor(length / 2), last: length - 1 })[place]),
    ),
  ),
  serves(
    'of-other-chat',
    'takes the cursor of another chat',
    ['of-other-chat'],
    (cursor, given, asked) => {
      const [id, session] = (given.get(cursor) ?? '').split(' ')
      return id === asked.operationId && session === asked.session && given.get(cursor) !== listOf(asked)
    },
    ['listChatMessages'],
  ),
  serves('of-other-list', 'takes the cursor of the other list', ['of-other-list'], (cursor, given, asked) => {
    return given.has(cursor) && listIn(given.get(cursor)) !== asked.operationId
  }),
  {
    id: 'lists/cursor-of-other-organization',
    fault: 'takes the cursor of another organization',
    killedBy: (['listSessions', 'listWebhooks'] as const).map(
      (id) => `${id}/400|422/validation_error/cursor-of-other-organization`,
    ),
    because: 'answered 200 instead of 400 or 422',
    make: (target) =>
      on(
        ['listSessions', 'listWebhooks'],
        insteadOf([400, 422], async (asked, ask) => {
          const theirs = await ask(as(asked, target, 'otherOrg'))
          return theirs.status === 200 ? ask(withQuery(asked, { cursor: undefined })) : ask(asked)
        }),
      ),
  },
  {
    id: 'lists/cursor-of-sessions-for-webhooks',
    fault: 'takes the cursor of the list of sessions for one of the list of webhooks',
    killedBy: ['listWebhooks/400|422/validation_error/cursor-of-other-list'],
    because: 'answered 200 instead of 400 or 422',
    make: () =>
      on(
        'listWebhooks',
        insteadOf([400, 422], async (asked, ask) => {
          const sessions = await ask(look(asked, `/sessions?cursor=${asked.query.get('cursor') ?? ''}`))
          return ask(sessions.status === 200 ? withQuery(asked, { cursor: undefined }) : asked)
        }),
      ),
  },
  serves(
    'of-other-session',
    'takes the cursor of another session',
    ['of-other-session'],
    (cursor, given, asked) => {
      const [id, session] = (given.get(cursor) ?? '').split(' ')
      return id === 'listChats' && asked.operationId === id && session !== asked.session
    },
    ['listChats'],
  ),
  {
    id: 'lists/cursor-breaks-it',
    fault: 'fails on a cursor that it did not give',
    killedBy: lists.map((id) => wrong(id, 'cursor-garbage')),
    because: 'answered 500 instead of 400 or 422',
    make: () =>
      on(
        [...lists],
        on(
          ({ query }) => query.get('cursor') === 'bm90LWEtY3Vyc29y',
          () => refuse(500, 'internal'),
        ),
      ),
  },
  {
    id: 'lists/cursor-not-found',
    fault: 'answers 404 to a cursor that it did not give',
    killedBy: lists.map((id) => wrong(id, 'cursor-garbage')),
    because: 'answered 404 instead of 400 or 422',
    make: () =>
      on(
        [...lists],
        on(
          ({ query }) => query.get('cursor') === 'bm90LWEtY3Vyc29y',
          () => refuse(404, 'not_found'),
        ),
      ),
  },
]
