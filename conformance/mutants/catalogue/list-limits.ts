/** Servers that read the limit of a list in their own way. */
import { type Asked, answersWith, bodyOf, edited, hears, insteadOf, on, refuse, reply, withQuery } from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { isPlain, limitOf, pages } from '../paging.ts'
import { each, lists, type Page, walkers, walks, wrong } from './lists.ts'

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

/**
 * Serves longer pages than were asked for.
 * @param limits for which it does
 * @param read the limit in place of theirs; undefined for none
 */
const longerPages = (
  name: string,
  fault: string,
  limits: RegExp,
  read: (asked: Asked) => string | undefined,
): Mutant[] =>
  each((id) => ({
    id: `lists/${name}`,
    fault: `${fault} on ${id}`,
    killedBy: walks(id),
    because: /a page of at most \d has \d+ entries/,
    touches: [...walkers(id), '*/400|422/validation_error/cursor-of-*'],
    make: () =>
      on(
        id,
        hears((asked) =>
          limits.test(asked.query.get('limit') ?? '') ? withQuery(asked, { limit: read(asked) }) : asked,
        ),
      ),
  }))

const text = (limit: number) => (Number.isFinite(limit) ? String(Math.max(0, Math.trunc(limit))) : undefined)

/** Fewer than there are on the sandbox. */
const fewer = { listSessions: '2', listChatMessages: '20' }

export const listLimits: readonly Mutant[] = [
  ...longerPages('limit-ignored', 'serves pages of its own length', /^[12]$/, () => undefined),
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
  ...longerPages('one-too-many', 'serves one entry more than the limit', /^[1-9]$/, (asked) =>
    String(limitOf(asked) + 1),
  ),
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
  reads('trimmed', 'ignores spaces and line breaks around a limit', ['line-break', 'space'], (limit) => limit.trim()),
  reads('with-plus', 'ignores a plus in front of a limit', ['plus'], (limit) => limit.replace(/^\+/, '')),
  reads(
    'in-any-digits',
    'reads what Unicode calls digits, and underscores between them, as a number',
    ['arabic-digits', 'underscore'],
    (limit) => (/^[\p{Nd}_]+$/u.test(limit) && !/^\d+$/.test(limit) ? '10' : limit),
  ),
  reads('without-sign', 'ignores the sign of a limit', ['negative'], (limit) => limit.replace(/^-/, '')),
  reads('capped-first', 'takes a limit of 400 digits for a large one', ['400-digits'], (limit) =>
    /^\d{30,}$/.test(limit) ? '200' : limit,
  ),
  {
    ...reads('first-of-two', 'takes the first of two limits', ['twice'], (limit) => limit),
    killedBy: lists.map((id) => wrong(id, 'limit-twice')),
    touches: ['gateway/400|422/validation_error/consistent', '*/query-almost-known'],
    make: () =>
      on(
        [...lists],
        on(
          ({ query }) => query.getAll('limit').length > 1,
          hears((asked) => ({ ...asked, target: asked.target.replace(/&limit=\d+$/, '') })),
        ),
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
]
