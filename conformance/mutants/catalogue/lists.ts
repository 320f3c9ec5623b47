/** Servers that page in their own way: what all lists promise. */
import {
  type Asked,
  answersWith,
  as,
  bodyOf,
  edited,
  hears,
  insteadOf,
  on,
  refuse,
  reply,
  withQuery,
} from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { isPlain, limitOf, listOf, pages } from '../paging.ts'

type List = 'listSessions' | 'listChats' | 'listChatMessages'
const lists = ['listSessions', 'listChats', 'listChatMessages'] as const
/** The same lines judge all lists: two show what all would. */
const tried = ['listSessions', 'listChatMessages'] as const
type Tried = (typeof tried)[number]

interface Page {
  data: object[]
  nextCursor: string | null
}

const wrong = (id: List, variant: string) => `${id}/400|422/validation_error/${variant}`
const walks = (id: Tried) => [`${id}/200/-/walk-by-1`, `${id}/200/-/walk-by-2`]
/** The first page of sessions is the last as well. */
const ends = (id: Tried) =>
  ({
    listSessions: [`${id}/200/-/own-sessions`],
    listChatMessages: walks(id),
  })[id]
/** They look for a message that has come in. */
const comingMessages = ['listEvents/200/-/message-comes', 'listEvents/200/-/filter-event']

/** Whatever walks. */
const walkers = (id: Tried) =>
  ({
    listSessions: [`${id}/200/*`, 'getSession/200/-/as-listed', 'updateSession/200/-/all', 'deleteSession/204/-/gone'],
    listChatMessages: [`${id}/200/*`, 'getMessage/200/-/as-listed', ...comingMessages],
  })[id]

/** Reads a limit in another way, where the right server refuses it. */
const reads = (
  name: string,
  fault: string,
  variants: readonly string[],
  read: (limit: string) => string | undefined,
): Mutant => ({
  id: `lists/limit-${name}`,
  fault,
  killedBy: lists.flatMap((id) => variants.map((variant) => wrong(id, `limit-${variant}`))),
  because: 'answered 200 instead of 400 or 422',
  touches: ['gateway/400|422/validation_error/consistent'],
  make: () =>
    on(
      [...lists],
      insteadOf([400, 422], (asked, ask) => {
        const limit = asked.query.get('limit')
        return ask(limit === null ? asked : withQuery(asked, { limit: read(limit) }))
      }),
    ),
})

const text = (limit: number) => (Number.isFinite(limit) ? String(Math.max(0, Math.trunc(limit))) : undefined)

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

/** Fewer than there are on the sandbox. */
const fewer = { listSessions: '2', listChatMessages: '20' }

/** The same fault in one list at a time. */
const each = (mutant: (id: Tried) => Mutant): Mutant[] =>
  tried.map((id) => ({ ...mutant(id), id: `${mutant(id).id}/${id}` }))

export const paging: readonly Mutant[] = [
  ...each((id) => ({
    id: 'lists/limit-ignored',
    fault: `serves pages of its own length on ${id}`,
    killedBy: walks(id),
    because: /a page of at most \d has \d+ entries/,
    touches: [...walkers(id), '*/400|422/validation_error/cursor-of-*'],
    make: () =>
      on(
        id,
        hears((asked) =>
          asked.query.get('limit') === '2' || asked.query.get('limit') === '1'
            ? withQuery(asked, { limit: undefined })
            : asked,
        ),
      ),
  })),
  ...each((id) => ({
    id: 'lists/shorter-by-default',
    fault: `serves pages of fewer than 50 on ${id} when no limit is given`,
    killedBy: [`${id}/200/-/limit-absent`],
    because: 'the page is not the one of limit 50',
    touches: [`${id}/200/-/walk-by-50`],
    make: () =>
      on(
        id,
        hears((asked) => (asked.query.has('limit') ? asked : withQuery(asked, { limit: fewer[id] }))),
      ),
  })),
  ...each((id) => ({
    id: 'lists/limit-0-is-none',
    fault: `serves an empty page on ${id} for limit 0`,
    killedBy: [`${id}/200/-/limit-0`],
    because: 'the page is not the one of limit 50',
    make: () =>
      on(id, async (asked, ask) => {
        const answer = await ask(asked)
        if (asked.query.get('limit') !== '0' || answer.status !== 200) return answer
        return edited<Page>(answer, (page) => ({ ...page, data: [] }))
      }),
  })),
  ...each((id) => ({
    id: 'lists/limit-0-refused',
    fault: `refuses limit 0 on ${id}`,
    killedBy: [`${id}/200/-/limit-0`],
    because: 'answered 422 instead of 200',
    make: () =>
      on(
        id,
        on(
          ({ query }) => query.get('limit') === '0',
          () => refuse(422, 'validation_error'),
        ),
      ),
  })),
  ...each((id) => ({
    id: 'lists/limit-above-200-refused',
    fault: `refuses a limit above 200 on ${id}`,
    killedBy: [`${id}/200/-/limit-201`, `${id}/200/-/limit-largest`],
    because: 'answered 422 instead of 200',
    touches: ['*/400|422/validation_error/limit-*'],
    make: () =>
      on(
        id,
        on(
          ({ query }) => /^\d+$/.test(query.get('limit') ?? '') && Number(query.get('limit')) > 200,
          () => refuse(422, 'validation_error'),
        ),
      ),
  })),
  ...each((id) => ({
    id: 'lists/limit-largest-overflows',
    fault: `reads a limit on ${id} into 32 bits`,
    killedBy: [`${id}/200/-/limit-largest`],
    because: 'answered 500 instead of 200',
    make: () =>
      on(
        id,
        on(
          ({ query }) => query.get('limit') === String(Number.MAX_SAFE_INTEGER),
          () => refuse(500, 'internal'),
        ),
      ),
  })),
  {
    id: 'lists/400-for-some',
    fault: 'answers 400 to a wrong limit, and 422 to whatever else is wrong',
    killedBy: ['gateway/400|422/validation_error/consistent'],
    because: 'some answer 400, some 422',
    make: () =>
      on(
        ({ query }) => query.has('limit'),
        answersWith(422, (answer) => ({ ...answer, status: 400 })),
      ),
  },
  ...each((id) => ({
    id: 'lists/one-too-many',
    fault: `serves one entry more than the limit on ${id}`,
    killedBy: walks(id),
    because: /a page of at most \d has \d+ entries/,
    touches: [...walkers(id), '*/400|422/validation_error/cursor-of-*'],
    make: () =>
      on(
        id,
        hears((asked) =>
          /^[1-9]$/.test(asked.query.get('limit') ?? '')
            ? withQuery(asked, { limit: String(limitOf(asked) + 1) })
            : asked,
        ),
      ),
  })),
  ...each((id) => ({
    id: 'lists/beyond-200',
    fault: `serves 201 entries on ${id} to whoever asks for more than 200`,
    killedBy: [`${id}/200/-/limit-201`, `${id}/200/-/limit-largest`],
    because: /\/data must NOT have more than 200 items/,
    make: pages(id, ({ asked, page: { data } }) =>
      Number(asked.query.get('limit')) > 200 && data.length > 0
        ? { data: Array.from({ length: 201 }, (_, index) => data[index % data.length] ?? {}) }
        : {},
    ),
  })),
  {
    id: 'lists/no-cap',
    fault: 'serves pages of any length',
    killedBy: ['listChatMessages/200/-/limit-201', 'listChatMessages/200/-/limit-largest'],
    because: /\/data must NOT have more than 200 items/,
    make: () =>
      on('listChatMessages', async (asked, ask) => {
        const answer = await ask(asked)
        const limit = Number(asked.query.get('limit'))
        if (answer.status !== 200 || limit <= 200) return answer
        const page = bodyOf<Page>(answer)
        if (page.nextCursor === null) return answer
        const more = bodyOf<Page>(
          await ask(withQuery(asked, { limit: String(Math.min(limit - 200, 200)), cursor: page.nextCursor })),
        )
        return reply(200, { data: [...page.data, ...more.data], nextCursor: more.nextCursor })
      }),
  },
  {
    id: 'lists/cap-of-100',
    fault: 'serves no more than 100 entries',
    killedBy: ['listChatMessages/200/-/limit-200-filled'],
    because: 'a page of 200 has 100 entries',
    touches: ['listChatMessages/200/-/walk-by-all'],
    make: () =>
      on(
        'listChatMessages',
        hears((asked) =>
          limitOf(asked) > 100 && isPlain(asked.query.get('limit') ?? '') ? withQuery(asked, { limit: '100' }) : asked,
        ),
      ),
  },
  ...each((id) => ({
    id: 'lists/short-pages',
    fault: `leaves room in every page of ${id}`,
    killedBy: [`${id}/200/-/limit-filled`],
    because: 'a page of 2 has 1 entries',
    touches: [`${id}/200/-/limit-*`],
    make: () =>
      on(
        id,
        hears((asked) => {
          const limit = limitOf(asked)
          return limit > 1 && isPlain(asked.query.get('limit') ?? '')
            ? withQuery(asked, { limit: String(limit - 1) })
            : asked
        }),
      ),
  })),
  reads(
    'read-with-number',
    'reads a limit with Number()',
    ['exponent', 'hexadecimal', 'empty', 'line-break', 'space', 'plus'],
    (limit) => (Number.isInteger(Number(limit)) && Number(limit) >= 0 ? text(Number(limit)) : limit),
  ),
  reads(
    'read-with-parse-int',
    'reads the digits that a limit begins with',
    ['fraction', 'exponent', 'hexadecimal', 'line-break', 'space', 'plus'],
    (limit) => (/^\s?\+?\d.{0,20}$/s.test(limit) ? text(Number.parseInt(limit, 10)) : limit),
  ),
  reads('as-it-comes', 'takes a limit that it cannot read for none', ['word', 'empty'], (limit) =>
    /^[a-z]*$/.test(limit) ? undefined : limit,
  ),
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
  reads('trimmed', 'ignores spaces and line breaks around a limit', ['line-break', 'space'], (limit) => limit.trim()),
  reads('with-plus', 'ignores a plus in front of a limit', ['plus'], (limit) => limit.replace(/^\+/, '')),
  reads('without-sign', 'ignores the sign of a limit', ['negative'], (limit) => limit.replace(/^-/, '')),
  reads('capped-first', 'takes a limit of 400 digits for a large one', ['400-digits'], (limit) =>
    /^\d{30,}$/.test(limit) ? '200' : limit,
  ),
  {
    ...reads('first-of-two', 'takes the first of two limits', ['twice'], (limit) => limit),
    killedBy: lists.map((id) => wrong(id, 'limit-twice')),
    make: () =>
      on(
        ({ query }) => query.getAll('limit').length > 1,
        hears((asked) => ({ ...asked, target: asked.target.replace('&limit=2', '') })),
      ),
  },
  {
    id: 'lists/limit-of-400-digits-breaks-it',
    fault: 'fails on a limit of 400 digits',
    killedBy: lists.map((id) => wrong(id, 'limit-400-digits')),
    because: 'answered 500 instead of 400 or 422',
    make: () =>
      on(
        [...lists],
        on(
          ({ query }) => (query.get('limit') ?? '').length > 300,
          () => refuse(500, 'internal'),
        ),
      ),
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
    killedBy: [wrong('listSessions', 'cursor-of-other-organization')],
    because: 'answered 200 instead of 400 or 422',
    make: (target) =>
      on(
        'listSessions',
        insteadOf([400, 422], async (asked, ask) => {
          const theirs = await ask(as(asked, target, 'otherOrg'))
          return theirs.status === 200 ? ask(withQuery(asked, { cursor: undefined })) : ask(asked)
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
  ...each((id) => ({
    id: 'lists/cursor-ignored',
    fault: `serves the first page of ${id} again and again`,
    killedBy: walks(id),
    because: 'a cursor came back that was used before',
    touches: [...walkers(id), `${id}/400|422/validation_error/cursor-*`],
    make: () =>
      on(
        id,
        hears((asked) => withQuery(asked, { cursor: undefined })),
      ),
  })),
  ...each((id) => ({
    id: 'lists/one-lost',
    fault: `loses the last entry of each page of ${id}`,
    killedBy: walks(id).slice(1),
    because: /never (come|came)/,
    touches: walkers(id),
    make: pages(id, ({ page, limit }) => ({
      data: page.nextCursor === null || limit < 2 ? page.data : page.data.slice(0, -1),
    })),
  })),
  ...each((id) => ({
    id: 'lists/one-doubled',
    fault: `repeats the last entry of a page of ${id} at the head of the next`,
    killedBy: walks(id).slice(1),
    because: 'comes twice',
    touches: walkers(id),
    make: pages(id, ({ page, previous }) => {
      const rest = page.data.slice(page.nextCursor === null ? 0 : 1)
      return previous === undefined ? {} : { data: [...previous.data.slice(-1), ...rest].slice(0, page.data.length) }
    }),
  })),
  // Of messages alone: the last page of sessions holds what another run has just created and is about to delete.
  ...(['listChatMessages'] as const).map((id) => ({
    id: `lists/last-page-cut/${id}`,
    fault: `ends ${id} a page too early`,
    killedBy: walks(id),
    because: /never (come|came)/,
    touches: walkers(id),
    make: pages(id, async ({ page, asked, ask }) => {
      if (page.nextCursor === null) return {}
      const next = bodyOf<Page>(await ask(withQuery(asked, { cursor: page.nextCursor })))
      return next.nextCursor === null ? { nextCursor: null } : {}
    }),
  })),
  ...each((id) => ({
    id: 'lists/endless-circle',
    fault: `starts ${id} from the first page again when it is at its end`,
    killedBy: walks(id),
    because: 'a cursor came back that was used before',
    touches: [...walkers(id), `${id}/400|422/validation_error/cursor-*`],
    make: () => {
      const first = new Map<string, string>()
      return pages(id, ({ asked, page, isFirst }) => {
        const key = `${listOf(asked)} ${limitOf(asked)}`
        if (isFirst && page.nextCursor !== null) first.set(key, page.nextCursor)
        return page.nextCursor === null ? { nextCursor: first.get(key) ?? null } : {}
      })()
    },
  })),
  ...each((id) => ({
    id: 'lists/endless-emptiness',
    fault: `follows ${id} with empty pages forever`,
    killedBy: walks(id),
    because: 'empty pages the list has not ended',
    touches: [...walkers(id), `${id}/400|422/validation_error/cursor-*`, '*/404/not_found/chat-of-other-organization'],
    make: () => {
      let count = 0
      const next = () => `beyond-${++count}`
      return on(id, async (asked, ask) => {
        if (asked.query.get('cursor')?.startsWith('beyond-')) return reply(200, { data: [], nextCursor: next() })
        const answer = await ask(asked)
        if (answer.status !== 200 || asked.method !== 'GET') return answer
        return edited<Page>(answer, (page) => ({ ...page, nextCursor: page.nextCursor ?? next() }))
      })
    },
  })),
  ...each((id) => ({
    id: 'lists/no-next-cursor-at-the-end',
    fault: `leaves nextCursor out at the end of ${id}`,
    killedBy: ends(id),
    because: "must have required property 'nextCursor'",
    touches: [...walkers(id), 'listChats/*', 'getChat/*', 'readChat/*', 'setChatPresence/*', 'listChatMessages/*'],
    make: pages(id, ({ page }) => (page.nextCursor === null ? { nextCursor: undefined } : {})),
  })),
  ...each((id) => ({
    id: 'lists/cursor-empty-at-the-end',
    fault: `ends ${id} with an empty cursor`,
    killedBy: ends(id),
    because: '/nextCursor must match pattern',
    touches: [...walkers(id), 'listChats/*', 'getChat/*', 'readChat/*', 'setChatPresence/*', 'listChatMessages/*'],
    make: pages(id, ({ page }) => ({ nextCursor: page.nextCursor ?? '' })),
  })),
]
