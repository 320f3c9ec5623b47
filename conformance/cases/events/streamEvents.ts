import { idOf, refusal } from '../../base.ts'
import type { Call, Caller, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import { type Sent, sentIn } from '../../sse.ts'
import { cases } from '../../table.ts'
import { sessionFilterRefusals } from './session-filter.ts'

type Event = Schemas['Event']

export const base = operation({
  operationId: 'streamEvents',
  admitted: '200/-/from-the-first',
  promise: 'streams the events after a position',
  needs: ['fixtures.liveSession'],
  query: (fact) => ({ since: 0, session: String(fact('fixtures.liveSession')), event: ['session.status'] }),
})

const stream = async (context: Context, query: Call['query'], more: Partial<Call> = {}): Promise<Sent[]> => {
  const { text } = await context.send({ operationId: base.operationId, query, ...more }, { status: 200 })
  return sentIn(text)
}

const eventOf = ({ data }: Sent): Event | undefined => {
  try {
    return JSON.parse(data ?? '')
  } catch {
    return undefined
  }
}

const withData = (sent: readonly Sent[]) => sent.filter(({ data }) => data !== undefined)

const eventsOf = (sent: readonly Sent[]) => withData(sent).filter(({ event }) => event !== 'gap')

const list = async (context: Context, query: Call['query'], caller: Caller = { token: 'full' }) =>
  (await context.send<Schemas['EventPage']>({ operationId: 'listEvents', query, caller }, { status: 200 })).body

export const own = cases(base, { needs: ['fixtures.liveSession'], live: true, control: [idOf(base)] }, [
  {
    id: '200/-/as-listed',
    promise: 'sends the events that the list has: position as id, name as event, the event as data',
    checks: ['same-events', 'position', 'name'],
    run: async (context) => {
      const query = { since: 0, session: context.get('fixtures.liveSession') }
      const { data } = await list(context, { ...query, limit: 50 })
      const last = data.at(-1)?.position ?? 0
      const sent = eventsOf(await stream(context, query))
      for (const one of sent) {
        const event = eventOf(one)
        context.check('position', one.id === String(event?.position), `id ${one.id} is of position ${event?.position}`)
        context.check('name', one.event === event?.event, `event ${one.event} is a ${event?.event}`)
      }
      const ids = sent.flatMap((one) => eventOf(one) ?? []).filter(({ position }) => position <= last)
      const same = String(ids.map(({ id }) => id)) === String(data.map(({ id }) => id))
      context.check('same-events', same, 'the list has other events')
    },
  },
  {
    id: '200/-/resumed',
    promise: 'goes on after `Last-Event-ID`, whatever `since` says',
    checks: ['goes-on'],
    run: async (context) => {
      const query = { since: 0, session: context.get('fixtures.liveSession') }
      const all = eventsOf(await stream(context, query))
      const [first] = all
      const rest = eventsOf(await stream(context, query, { headers: { 'Last-Event-ID': first?.id ?? '0' } }))
      const wanted = all.slice(1).map(({ id }) => id)
      const got = rest.slice(0, wanted.length).map(({ id }) => id)
      context.check('goes-on', String(got) === String(wanted), `after ${first?.id} come ${got.slice(0, 5)}`)
    },
  },
  {
    id: '200/-/begins-with-position',
    promise:
      'says first from which position it goes on, so that a connection that breaks before its first event loses none',
    checks: ['position'],
    run: async (context) => {
      const { position: before } = await list(context, {})
      const [first] = await stream(context, {})
      const { position: after } = await list(context, {})
      const begins = first?.data === undefined && /^\d+$/.test(first?.id ?? '') ? Number(first?.id) : undefined
      const isThere = begins !== undefined && begins >= before && begins <= after
      context.check('position', isThere, `the first is ${JSON.stringify(first)}, at position ${before}`)
    },
  },
  {
    id: '200/-/filter-event',
    promise: 'leaves out events of other names',
    checks: ['only'],
    run: async (context) => {
      const query = { since: 0, session: context.get('fixtures.liveSession'), event: ['message', 'message.status'] }
      const other = eventsOf(await stream(context, query)).find(({ event = '' }) => !query.event.includes(event))
      context.check('only', other === undefined, `${other?.event} was not asked for`)
    },
  },
  {
    id: '200/-/other-organization',
    promise: 'sends no event of another organization',
    needs: ['tokens.otherOrg'],
    checks: ['only'],
    run: async (context) => {
      const { data } = await list(context, { since: 0, limit: 200 })
      const own = new Set(data.map(({ id }) => id))
      const sent = eventsOf(await stream(context, { since: 0 }, { caller: { token: 'otherOrg' } }))
      const leak = sent.flatMap((one) => eventOf(one) ?? []).find(({ id }) => own.has(id))
      context.check('only', leak === undefined, `another organization is told of ${leak?.event}`)
    },
  },
  {
    id: '200/-/gap',
    promise: 'sends a gap when the log ends before the position',
    checks: ['gap'],
    run: async (context) => {
      const [first] = withData(await stream(context, { since: Number.MAX_SAFE_INTEGER }))
      const isGap = first?.event === 'gap' && first.data !== undefined && JSON.parse(first.data).reason === 'ahead'
      context.check('gap', isGap, `the first is ${JSON.stringify(first)}`)
    },
  },
  ...sessionFilterRefusals(base),
  refusal(base, {
    id: '400|422/validation_error/event-unknown',
    promise: 'refuses an event that does not exist',
    edit: (call) => ({ ...call, query: { ...call.query, event: ['message.gone'] } }),
  }),
  refusal(base, {
    id: '400|422/validation_error/last-event-id-word',
    promise: 'refuses a word as position to go on from',
    edit: (call) => ({ ...call, headers: { ...call.headers, 'Last-Event-ID': 'last' } }),
  }),
])
