/** Servers that list sessions in their own way. */
import type { Schemas } from '../../contract.ts'
import { type Fault, look, refuse, reply, shows, withQuery } from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { whole as everything, pages } from '../paging.ts'

type Sessions = Schemas['SessionList']

const listed = (change: (sessions: Sessions) => unknown): Pick<Mutant, 'make'> => ({
  make: () => shows('listSessions', change),
})

/** Answers otherwise to a cursor whose page ended with a session that is not there any more. */
const afterDeleted = (otherwise: Fault): Fault => {
  const endOf = new Map<string, string>()
  const paging = pages('listSessions', ({ page }) => {
    const { data, nextCursor } = page
    if (nextCursor !== null) endOf.set(nextCursor, String(data.at(-1)?.id))
    return {}
  })()
  return async (asked, ask) => {
    const end = endOf.get(asked.query.get('cursor') ?? '')
    if (asked.operationId !== 'listSessions' || end === undefined) return paging(asked, ask)
    const { status } = await ask(look(asked, `/sessions/${end}`))
    return status === 404 ? otherwise(asked, ask) : paging(asked, ask)
  }
}

const whole = 'listSessions/200/-/whole'
const walk = (variant: string) => `listSessions/200/-/walk-${variant}`

export const listedSessions: readonly Mutant[] = [
  {
    id: 'sessions/list-newest-first',
    fault: 'lists the youngest session first',
    killedBy: [whole, walk('by-2'), walk('by-50')],
    because: 'comes after a session with a greater id',
    touches: ['listSessions/200/*'],
    ...listed((list) => ({ ...list, data: list.data.toReversed() })),
  },
  {
    id: 'sessions/list-loses-one',
    fault: 'does not list one of the sessions',
    killedBy: [whole, walk('by-50')],
    because: 'never came',
    touches: ['listSessions/200/*', 'getSession/200/-/as-listed'],
    make: ({ fixtures }) =>
      shows<Sessions>('listSessions', (list) => ({
        ...list,
        data: list.data.filter(({ id }) => id !== fixtures.offlineSession),
      })),
  },
  {
    id: 'sessions/list-doubles-one',
    fault: 'lists a session twice',
    killedBy: [whole, walk('by-50')],
    because: 'comes twice',
    touches: ['listSessions/200/*'],
    ...listed((list) => ({ ...list, data: [...list.data.slice(0, 1), ...list.data] })),
  },
  {
    id: 'sessions/list-counted',
    fault: 'counts from the oldest session, whichever that is by then',
    killedBy: [walk('while-changing')],
    because: 'never came',
    touches: ['listSessions/200/*'],
    make: () => {
      const offsets = new Map<string, number>()
      return pages('listSessions', async ({ asked, ask, page, isFirst }) => {
        const offset = isFirst ? 0 : (offsets.get(asked.query.get('cursor') ?? '') ?? 0)
        if (page.nextCursor !== null) offsets.set(page.nextCursor, offset + page.data.length)
        return { data: (await everything(asked, ask)).slice(offset, offset + page.data.length) }
      })()
    },
  },
  {
    id: 'sessions/list-cursor-of-deleted',
    fault: 'refuses a cursor when the session that it stands for was deleted',
    killedBy: [walk('while-changing')],
    because: 'answered 422 instead of 200',
    touches: ['listSessions/400|422/validation_error/cursor-*'],
    make: () => afterDeleted(() => refuse(422, 'validation_error')),
  },
  {
    id: 'sessions/list-anew-after-deleted',
    fault: 'begins its list anew when the session where it was is gone',
    killedBy: [walk('while-changing')],
    because: /comes twice|a cursor came back that was used before/,
    touches: ['listSessions/400|422/validation_error/cursor-*'],
    make: () => afterDeleted((asked, ask) => ask(withQuery(asked, { cursor: undefined }))),
  },
  {
    id: 'sessions/list-ends-after-deleted',
    fault: 'ends its list when the session where it was is gone',
    killedBy: [walk('while-changing')],
    because: 'never came',
    touches: ['listSessions/400|422/validation_error/cursor-*'],
    make: () => afterDeleted(() => reply(200, { data: [], nextCursor: null })),
  },
  {
    id: 'sessions/list-of-then',
    fault: 'leaves out what was created since the first page was read',
    killedBy: [walk('while-changing')],
    because: 'the new session never came',
    touches: ['listSessions/200/*'],
    make: () => {
      const began = new Map<string, number>()
      return pages('listSessions', ({ asked, page, isFirst }) => {
        const then = isFirst ? Date.now() : (began.get(asked.query.get('cursor') ?? '') ?? 0)
        if (page.nextCursor !== null) began.set(page.nextCursor, then)
        return { data: page.data.filter(({ createdAt }) => Number(createdAt) <= then) }
      })()
    },
  },
  {
    id: 'sessions/list-working-only',
    fault: 'lists only sessions that are connected',
    killedBy: [whole, walk('by-50')],
    because: 'never came',
    touches: [
      'updateSession/200/-/all',
      'listSessions/200/*',
      'getSession/200/-/as-listed',
      'deleteSession/204/-/gone',
    ],
    ...listed((list) => ({ ...list, data: list.data.filter(({ status }) => status === 'working') })),
  },
]
