import { idOf, refusal } from '../../base.ts'
import type { Call, Caller, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { canonical, operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { sessionFilterRefusals } from './session-filter.ts'

type Event = Schemas['Event']
type EventPage = Schemas['EventPage']

export const base = operation({
  operationId: 'listEvents',
  admitted: '200/-/from-the-first',
  promise: 'answers with the events after a position',
  needs: ['fixtures.liveSession'],
  // Events of sessions that the suite makes are deleted with them; those of this one stay.
  query: (fact) => ({ since: 0, session: String(fact('fixtures.liveSession')) }),
  list: { steady: 2 },
})

const page = async (context: Context, query: Call['query'], caller: Caller = { token: 'full' }): Promise<EventPage> =>
  (await context.send<EventPage>({ operationId: 'listEvents', query, caller }, { status: 200 })).body

/**
 * From a position on, as a reader goes on: with the position of each answer.
 * @param last position that matters; absent = the end of the log
 */
const follow = async (
  context: Context,
  query: NonNullable<Call['query']> & { since: number },
  last = Number.POSITIVE_INFINITY,
): Promise<Event[]> => {
  const found: Event[] = []
  let since = query.since
  for (let asked = 0; asked < mostPages; asked++) {
    const { data, position } = await page(context, { ...query, since })
    found.push(...data)
    context.check('goes-on', position >= since, `position ${position} is before ${since}`)
    if (position === since || position >= last) return found
    since = position
  }
  context.check('goes-on', false, `after ${mostPages} pages the log has not ended`)
  return found
}

const mostPages = 500

const sessionOf = (context: Context) => context.get('fixtures.liveSession')

/** A message comes in. @returns it as the list of its chat shows it, and what the log says of the session since then */
const happened = async (context: Context) => {
  const session = sessionOf(context)
  const chat = context.get('fixtures.busyChat').id
  const { position: since } = await page(context, {})
  const latest = async () => {
    const call: Call = { operationId: 'listChatMessages', path: { session, cid: chat }, query: { limit: 50 } }
    return (await context.send<Schemas['MessageList']>(call, { status: 200 })).body.data
  }
  const before = new Set((await latest()).map(({ id }) => id))
  await context.happen('incomingMessage', { session, chat })
  // It need not be the first of the list: something else may have a later time.
  const came = (await latest()).find(({ id }) => !before.has(id))
  return { since, session, came, events: await follow(context, { since, session }) }
}

const ofMessage = (events: readonly Event[], message: Schemas['Message'] | undefined) =>
  events.filter(({ event, payload }) => event === 'message' && payload.message?.id === message?.id)

const arrives = {
  needs: ['fixtures.busyChat'],
  features: ['hook'],
  lane: 'serial:busyChat',
} as const

export const own = cases(base, { needs: ['fixtures.liveSession'], live: true, control: [idOf(base)] }, [
  {
    id: '200/-/ascending',
    promise: 'lists events by position, each after `since`, none beyond the position of the answer',
    checks: ['ascending', 'after-since', 'searched'],
    run: async (context) => {
      const session = sessionOf(context)
      const all = await page(context, { since: 0, session, limit: 200 })
      const since = all.data[0]?.position ?? 0
      for (const [from, { data, position }] of [
        [0, all],
        [since, await page(context, { since, session, limit: 200 })],
      ] as const) {
        const positions = data.map((event) => event.position)
        const sorted = positions.toSorted((a, b) => a - b)
        context.check('ascending', String([...new Set(sorted)]) === String(positions), `the positions are ${positions}`)
        context.check(
          'after-since',
          positions.every((one) => one > from),
          `${positions[0]} is not after ${from}`,
        )
        context.check(
          'searched',
          positions.every((one) => one <= position),
          `an event is beyond ${position}`,
        )
      }
    },
  },
  {
    id: '200/-/page-by-page',
    promise: 'leads through the log page by page: each event once, none left out',
    checks: ['goes-on', 'same-events'],
    run: async (context) => {
      const query = { since: 0, session: sessionOf(context) }
      const { data } = await page(context, { ...query, limit: 20 })
      const last = data.at(-1)?.position ?? 0
      const small = await follow(context, { ...query, limit: 3 }, last)
      const ids = small.filter(({ position }) => position <= last).map(({ id }) => id)
      context.check('same-events', String(ids) === String(data.map(({ id }) => id)), 'pages of 3 have other events')
    },
  },
  {
    id: '200/-/from-now',
    promise: 'begins at the end of the log when there is no `since`',
    checks: ['nothing-old', 'goes-on'],
    run: async (context) => {
      const { position: end } = await page(context, {})
      const { data, position } = await page(context, { session: sessionOf(context) })
      context.check(
        'nothing-old',
        data.every((event) => event.position > end),
        'an event from before was told',
      )
      context.check('goes-on', position >= end, `position ${position} is before ${end}`)
    },
  },
  {
    ...arrives,
    id: '200/-/message-comes',
    promise: 'tells of a message that comes in, once, as the list of the chat shows it',
    checks: ['goes-on', 'told', 'once', 'same-message', 'whose'],
    run: async (context) => {
      const { events, came, session } = await happened(context)
      const told = ofMessage(events, came)
      const [event] = told
      context.check('told', event !== undefined, 'no event tells of the message')
      context.check('once', told.length <= 1, `${told.length} events tell of the message`)
      context.check(
        'same-message',
        canonical('Message', event?.payload.message) === canonical('Message', came),
        'the event shows another message than the list of the chat',
      )
      context.check('whose', event?.session === session, `the event is of session ${event?.session}`)
    },
  },
  {
    ...arrives,
    id: '200/-/again',
    promise: 'tells the same events again to whoever asks again',
    checks: ['goes-on', 'same-ids'],
    run: async (context) => {
      const { since, session, events } = await happened(context)
      const ids = (await follow(context, { since, session })).slice(0, events.length).map(({ id }) => id)
      context.check('same-ids', String(ids) === String(events.map(({ id }) => id)), 'the second time they are others')
    },
  },
  {
    ...arrives,
    id: '200/-/filter-event',
    promise: 'leaves out events of other names',
    checks: ['goes-on', 'only', 'told'],
    run: async (context) => {
      const { since, session, came } = await happened(context)
      const some = await follow(context, { since, session, event: ['message', 'message.status'] })
      const other = some.find(({ event }) => event !== 'message' && event !== 'message.status')
      context.check('only', other === undefined, `${other?.event} was not asked for`)
      context.check('told', ofMessage(some, came).length === 1, 'the message is not told')
      const none = await follow(context, { since, session, event: ['session.status'] })
      const odd = none.find(({ event }) => event !== 'session.status')
      context.check('only', odd === undefined, `${odd?.event} was not asked for`)
    },
  },
  {
    id: '200/-/filter-session',
    promise: 'leaves out events of other sessions',
    needs: ['fixtures.offlineSession'],
    checks: ['goes-on', 'only'],
    run: async (context) => {
      for (const session of [sessionOf(context), context.get('fixtures.offlineSession')]) {
        const { data } = await page(context, { since: 0, session, limit: 200 })
        const other = data.find((event) => event.session !== session)
        context.check('only', other === undefined, `an event is of session ${other?.session}`)
      }
      context.check('goes-on', true, '')
    },
  },
  {
    ...arrives,
    id: '200/-/other-organization',
    promise: 'shows no event of another organization',
    needs: [...arrives.needs, 'tokens.otherOrg'],
    checks: ['goes-on', 'only'],
    run: async (context) => {
      const other: Caller = { token: 'otherOrg' }
      const { position: since } = await page(context, {}, other)
      const { came, session } = await happened(context)
      const theirs = await page(context, { since: 0, limit: 200 }, other)
      const after = await page(context, { since, limit: 200 }, other)
      const leak = [...theirs.data, ...after.data].find(
        (event) => event.session === session || (came !== undefined && event.payload.message?.id === came.id),
      )
      context.check('only', leak === undefined, `another organization is told of ${leak?.event}`)
    },
  },
  {
    id: '200/-/ahead',
    promise: 'says that there is a gap when the log ends before `since`',
    checks: ['gap', 'position'],
    run: async (context) => {
      const since = Number.MAX_SAFE_INTEGER
      const { gap, position, data } = await page(context, { since })
      context.check('gap', gap?.reason === 'ahead' && data.length === 0, `gap is ${JSON.stringify(gap)}`)
      context.check('position', position < since, 'the answer goes on beyond the end of the log')
    },
  },
  ...sessionFilterRefusals(base),
  ...(
    [
      ['event-unknown', 'refuses an event that does not exist', { event: ['message', 'message.gone'] }],
      ['event-empty', 'refuses an empty list of events', { event: [''] }],
      ['since-negative', 'refuses a negative position', { since: -1 }],
      ['since-word', 'refuses a word as position', { since: 'now' }],
    ] as const
  ).map(([variant, promise, query]) =>
    refusal(base, {
      id: `400|422/validation_error/${variant}`,
      promise,
      edit: (call) => ({ ...call, query: { ...call.query, ...query } }),
    }),
  ),
])
