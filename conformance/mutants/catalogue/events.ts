/** Servers whose event log is not what happened, or not in order, or not only the caller's. */
import type { Schemas } from '../../contract.ts'
import { as, bodyOf, edited, insteadOf, on, refuse, shows, withQuery } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Event = Schemas['Event']
type EventPage = Schemas['EventPage']

const id = 'listEvents'
const own = (...variants: string[]) => variants.map((variant) => `${id}/200/-/${variant}`)
const touches = [`${id}/200/*`]

const changes = (change: (page: EventPage, query: URLSearchParams) => Partial<EventPage>): Pick<Mutant, 'make'> => ({
  make: () => shows<EventPage>(id, (page, { query }) => ({ ...page, ...change(page, query) })),
})

const hears = (change: Record<string, string | undefined>): Pick<Mutant, 'make'> => ({
  make: () => on(id, (asked, ask) => ask(asked.query.has('since') ? withQuery(asked, change) : asked)),
})

/** Each time it tells the same event, it has another name. */
const renamed = (event: Event, nth: number): Event => ({
  ...event,
  id: `${event.id.slice(0, -4)}${String(nth % 10_000).padStart(4, '0')}`,
})

export const events: readonly Mutant[] = [
  {
    id: 'events/newest-first',
    fault: 'lists the newest events first',
    killedBy: own('ascending'),
    because: 'the positions are',
    touches,
    ...changes(({ data }) => ({ data: data.toReversed() })),
  },
  {
    id: 'events/last-again',
    fault: 'tells the event at `since` again',
    killedBy: own('ascending', 'page-by-page'),
    because: /is not after|have other events/,
    touches,
    make: () =>
      on(id, (asked, ask) => {
        const since = Number(asked.query.get('since'))
        return ask(since > 0 ? withQuery(asked, { since: String(since - 1) }) : asked)
      }),
  },
  {
    id: 'events/position-beyond-page',
    fault: 'names the end of the log as the position of a page that is not the last',
    killedBy: own('page-by-page'),
    because: 'pages of 3 have other events',
    touches,
    make: () =>
      on(id, async (asked, ask) => {
        const answer = await ask(asked)
        if (answer.status !== 200 || asked.method === 'HEAD') return answer
        const { position } = bodyOf<EventPage>(await ask(withQuery(asked, { since: undefined })))
        return edited<EventPage>(answer, (page) => ({ ...page, position }))
      }),
  },
  {
    id: 'events/position-within-page',
    fault: 'names a position before the last event of the page',
    killedBy: own('ascending'),
    because: /is beyond/,
    touches,
    ...changes(({ data, position }) => ({ position: data.length > 1 ? (data[0]?.position ?? 0) : position })),
  },
  {
    id: 'events/from-the-first',
    fault: 'begins with the first event when there is no `since`',
    killedBy: own('from-now'),
    because: /an event from before was told/,
    touches,
    make: () => on(id, (asked, ask) => ask(asked.query.has('since') ? asked : withQuery(asked, { since: '0' }))),
  },
  {
    id: 'events/message-never-told',
    fault: 'does not tell of messages that come in',
    killedBy: own('message-comes'),
    because: 'no event tells of the message',
    touches,
    ...changes(({ data }) => ({ data: data.filter(({ event }) => event !== 'message') })),
  },
  {
    id: 'events/message-told-twice',
    fault: 'tells of each message twice',
    killedBy: own('message-comes'),
    because: /events tell of the message|the positions are/,
    touches,
    ...changes(({ data }) => ({
      data: data.flatMap((event) => (event.event === 'message' ? [event, renamed(event, 7)] : [event])).slice(0, 200),
    })),
  },
  {
    id: 'events/another-message',
    fault: 'shows another text in the event than in the chat',
    killedBy: own('message-comes'),
    because: 'the event shows another message',
    ...changes(({ data }) => ({
      data: data.map((event) => {
        const { message } = event.payload
        return message === undefined
          ? event
          : { ...event, payload: { ...event.payload, message: { ...message, body: 'Hello.' } } }
      }),
    })),
  },
  {
    id: 'events/payload-of-another-event',
    fault: 'tells of a message without the message',
    killedBy: own('from-the-first'),
    because: /must have required property 'message'/,
    touches: [`${id}/*`],
    ...changes(({ data }) => ({
      data: data.map((event) => (event.event === 'message' ? { ...event, payload: {} } : event)),
    })),
  },
  {
    id: 'events/new-ids',
    fault: 'gives an event another id each time it is told',
    killedBy: own('again'),
    because: 'the second time they are others',
    touches,
    make: () => {
      let told = 0
      return shows<EventPage>(id, (page) => ({ ...page, data: page.data.map((event) => renamed(event, told++)) }))
    },
  },
  {
    id: 'events/filter-event-ignored',
    fault: 'tells all events, whatever is asked for',
    killedBy: own('filter-event'),
    because: 'was not asked for',
    touches: [`${id}/400|422/*`],
    ...hears({ event: undefined }),
  },
  {
    id: 'events/filter-event-first-only',
    fault: 'hears only the last of several names',
    killedBy: own('filter-event'),
    because: 'the message is not told',
    make: () =>
      on(id, (asked, ask) => {
        const names = asked.query.get('event')?.split(',') ?? []
        return ask(names.length > 1 ? withQuery(asked, { event: names.at(-1) }) : asked)
      }),
  },
  {
    id: 'events/filter-session-ignored',
    fault: 'tells events of all sessions, whatever is asked for',
    killedBy: own('filter-session'),
    because: 'an event is of session',
    touches: [`${id}/*`],
    ...hears({ session: undefined }),
  },
  {
    id: 'events/another-organization',
    fault: 'tells the events of one organization to another',
    killedBy: own('other-organization'),
    because: 'another organization is told of',
    touches: [`${id}/*`],
    make: (target) =>
      on(id, (asked, ask) =>
        ask(asked.caller === 'otherOrg' && !asked.query.has('session') ? as(asked, target, 'full') : asked),
      ),
  },
  {
    id: 'events/gap-not-told',
    fault: 'does not say that the log ends before `since`',
    killedBy: own('ahead'),
    because: 'gap is',
    make: () => shows<EventPage>(id, ({ gap: _gap, ...page }) => page),
  },
  {
    id: 'events/ahead-is-believed',
    fault: 'goes on from a position that the log has not reached',
    killedBy: own('ahead'),
    because: 'the answer goes on beyond the end of the log',
    ...changes((_page, query) =>
      Number(query.get('since')) === Number.MAX_SAFE_INTEGER ? { position: Number.MAX_SAFE_INTEGER } : {},
    ),
  },
  {
    id: 'events/unknown-session-is-empty',
    fault: 'answers with no events for a session that does not exist',
    killedBy: [`${id}/404/not_found/filter-session-unknown`, `${id}/404/not_found/filter-session-foreign`],
    because: /answered 200/,
    touches: [`${id}/*`],
    make: ({ fixtures }) =>
      on(
        (asked) =>
          asked.operationId === id &&
          [fixtures.unknownSession, fixtures.otherOrgSession].includes(asked.query.get('session') ?? ''),
        insteadOf(404, (asked, ask) =>
          ask(withQuery(asked, { session: fixtures.liveSession, since: String(Number.MAX_SAFE_INTEGER) })),
        ),
      ),
  },
  {
    id: 'events/position-0-refused',
    fault: 'refuses the position before the first event',
    killedBy: own('from-the-first', 'ascending'),
    because: 'answered 422',
    touches: [`${id}/*`],
    make: () =>
      on(
        (asked) => asked.operationId === id && asked.query.get('since') === '0',
        () => refuse(422, 'validation_error'),
      ),
  },
]
