/** Servers whose pages do not make up the list, or do not end. */
import { bodyOf, edited, hears, on, reply, withQuery } from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { limitOf, listOf, pages } from '../paging.ts'
import { each, type Page, type Tried, walkers, walks } from './lists.ts'

/** The first page of sessions is the last as well. */
const ends = (id: Tried) =>
  ({
    listSessions: [`${id}/200/-/own-sessions`],
    listChatMessages: walks(id),
  })[id]

export const listWalks: readonly Mutant[] = [
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
