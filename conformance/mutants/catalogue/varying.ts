/** Servers whose answers vary, though nothing has happened: two copies of which one is stale, caches, counters of their own. */
import type { OperationId } from '../../contract.ts'
import { isObject, on, shows } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Members = Record<string, unknown>

/** The object that an answer is, or the entries of the list. */
const eachObject = (body: unknown, change: (object: Members) => Members): unknown => {
  if (!isObject(body)) return body
  return Array.isArray(body.data) ? { ...body, data: body.data.map((entry) => change(entry as Members)) } : change(body)
}

/** @param change of each object; called with how many answers were given before */
const varying = (
  id: OperationId,
  name: string,
  fault: string,
  change: (object: Members, count: number) => Members,
): Mutant => ({
  id: `varying/${name}/${id}`,
  fault,
  killedBy: [`${id}/200/-/same-again`],
  because: 'its answers to the same request vary in body/',
  touches: [
    `${id}/*`,
    '*/as-listed',
    'createSession/201/*',
    'updateSession/200/*',
    'readChat/200/*',
    '*/cursor-again',
    '*/changes-nothing',
    '*/neighbours-untouched',
    'listEvents/200/-/message-comes',
    'listEvents/200/-/filter-event',
  ],
  make: () => {
    let count = 0
    return on(
      ({ method }) => method === 'GET',
      shows<unknown>(id, (body) => {
        const before = count++
        return eachObject(body, (object) => change(object, before))
      }),
    )
  },
})

export const variations: readonly Mutant[] = [
  varying('getSession', 'stale-copy', 'asks two copies in turns, of which one is older', (session, count) =>
    count % 2 === 0 ? session : { ...session, ratePerMin: Number(session.ratePerMin) + 1 },
  ),
  varying('listSessions', 'stale-copy', 'lists from two copies in turns, of which one is older', (session, count) =>
    count % 2 === 0 ? session : { ...session, ratePerHour: Number(session.ratePerHour) + 1 },
  ),
  varying('sessionMe', 'third-cut', 'leaves the LID out of each third answer', ({ waLid, ...me }, count) =>
    count % 3 === 2 ? me : { ...me, waLid },
  ),
  varying('getChat', 'counted', 'counts its answers in what it shows', (chat, count) => ({
    ...chat,
    name: `${String(chat.name)} ${count}`,
  })),
  varying('listChats', 'flag-flips', 'shows a chat as pinned each second time', (chat, count) => ({
    ...chat,
    pinned: count % 2 === 0,
  })),
  varying(
    'listChatMessages',
    'flag-flips',
    'shows when a message was stored as something else each second time',
    (message, count) => ({
      ...message,
      createdAt: Number(message.createdAt) + (count % 2),
    }),
  ),
]
