import { idOf, refusal } from '../../base.ts'
import type { Call, Caller, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import { type Sent, sentIn } from '../../sse.ts'
import { cases } from '../../table.ts'

export const base = operation({
  operationId: 'createEventTicket',
  promise: 'creates a ticket',
  body: { event: ['message'] },
  secret: true,
})

const ticketFor = async (context: Context, body: object, caller: Caller = { token: 'full' }): Promise<string> => {
  const call: Call = { operationId: base.operationId, body, caller }
  return (await context.send<Schemas['EventTicket']>(call, { status: 201 })).body.ticket
}

/** A stream that nobody opens but the ticket. */
const streamWith = (query: NonNullable<Call['query']>, headers: Call['headers'] = {}): Call => ({
  operationId: 'streamEvents',
  caller: 'nobody',
  query,
  headers,
})

const sentBy = async (context: Context, call: Call): Promise<Sent[]> =>
  sentIn((await context.send(call, { status: 200 })).text)

/** Events alone. */
const opened = async (context: Context, call: Call): Promise<Sent[]> =>
  (await sentBy(context, call)).filter(({ data, event }) => data !== undefined && event !== 'gap')

const refused = { status: 401, code: 'unauthorized' }

/** What is sent after the first of them. */
const idsOf = (sent: readonly Sent[]): unknown[] => sent.map(({ data }) => JSON.parse(data ?? '').id)

const streaming = { features: ['streamEvents'], live: true } as const

export const own = cases(base, { control: [idOf(base)] }, [
  {
    ...streaming,
    id: '201/-/opens-once',
    promise: 'makes a ticket that opens one stream, which sends what a stream of its maker does, and no second one',
    needs: ['fixtures.liveSession'],
    checks: ['same-events'],
    run: async (context) => {
      const query = { since: 0, session: context.get('fixtures.liveSession'), event: ['session.status'] }
      const byToken = await opened(context, { operationId: 'streamEvents', query })
      const call = streamWith({ ...query, ticket: await ticketFor(context, {}) })
      const byTicket = await opened(context, call)
      const same = String(idsOf(byTicket).slice(0, byToken.length)) === String(idsOf(byToken))
      context.check('same-events', same, 'the ticket opens a stream of other events')
      await context.send(call, refused)
    },
  },
  {
    ...streaming,
    id: '201/-/comes-back',
    promise: 'lets a stream that a ticket has opened go on by the last id alone, and that once, too',
    needs: ['fixtures.liveSession'],
    checks: ['goes-on'],
    run: async (context) => {
      const query = { since: 0, session: context.get('fixtures.liveSession') }
      const used = { ...query, ticket: await ticketFor(context, {}) }
      const all = await opened(context, streamWith(used))
      const call = streamWith(used, { 'Last-Event-ID': all[0]?.id ?? '0' })
      const wanted = idsOf(all.slice(1))
      const rest = idsOf(await opened(context, call)).slice(0, wanted.length)
      context.check('goes-on', String(rest) === String(wanted), 'the stream does not go on after the last id')
      await context.send(call, refused)
    },
  },
  {
    ...streaming,
    id: '201/-/comes-back-without-event',
    promise: 'lets a stream that a ticket has opened go on when its connection broke before the first event',
    run: async (context) => {
      const used = { ticket: await ticketFor(context, {}) }
      const [first] = await sentBy(context, streamWith(used))
      await context.send(streamWith(used, { 'Last-Event-ID': first?.id ?? '0' }), { status: 200 })
    },
  },
  {
    ...streaming,
    id: '201/-/head-leaves-it',
    promise: 'makes a ticket that still opens a stream after HEAD was sent with it',
    run: async (context) => {
      const call = streamWith({ since: 0, ticket: await ticketFor(context, {}) })
      for (const method of ['HEAD', 'HEAD', 'GET'])
        await context.send({ ...call, method, onTheWire: method === 'HEAD' }, { status: 200 })
      await context.send({ ...call, method: 'HEAD', onTheWire: true }, { status: 401 })
    },
  },
  {
    ...streaming,
    id: '201/-/session-deleted',
    promise: 'makes a ticket for a session that ends with the session',
    features: [...streaming.features, 'createSession', 'deleteSession'],
    effects: ['sessions'],
    run: async (context) => {
      const session = await context.make('createSession', { body: {} })
      const call = streamWith({ ticket: await ticketFor(context, { session }) })
      await context.send({ operationId: 'deleteSession', path: { session } }, { status: 204 })
      await context.send(call, refused)
    },
  },
  {
    ...streaming,
    id: '201/-/restricted',
    promise: 'makes a ticket for no other events than those that it is asked for, whatever the stream is asked for',
    needs: ['fixtures.liveSession', 'fixtures.offlineSession'],
    checks: ['only'],
    run: async (context) => {
      const session = context.get('fixtures.liveSession')
      const ticket = await ticketFor(context, { session, event: ['session.status'] })
      const other = context.get('fixtures.offlineSession')
      const sent = await opened(context, streamWith({ since: 0, ticket, session: other }))
      const events = sent.map(({ data }): Schemas['Event'] => JSON.parse(data ?? ''))
      const odd = events.find((one) => one.session !== session || one.event !== 'session.status')
      context.check('only', odd === undefined, `a ${odd?.event} of ${odd?.session} was not asked for`)
    },
  },
  {
    ...streaming,
    id: '201/-/other-organization',
    promise: 'makes a ticket that shows no event of another organization',
    needs: ['fixtures.liveSession', 'tokens.otherOrg'],
    checks: ['only'],
    run: async (context) => {
      const own = new Set(idsOf(await opened(context, { operationId: 'streamEvents', query: { since: 0 } })))
      const ticket = await ticketFor(context, {}, { token: 'otherOrg' })
      const sent = await opened(context, streamWith({ since: 0, ticket }))
      const leak = idsOf(sent).find((id) => own.has(id))
      context.check('only', leak === undefined, 'another organization is told of an event')
    },
  },
  {
    ...streaming,
    id: '401/unauthorized/ticket-unknown',
    promise: 'opens no stream with a ticket that nobody has made',
    control: [`${base.operationId}/201/-/opens-once`],
    run: async (context) => {
      const ticket = await ticketFor(context, {})
      const altered = `${ticket.slice(0, -1)}${ticket.endsWith('A') ? 'B' : 'A'}`
      await context.send(streamWith({ ticket: altered }), refused)
    },
  },
  refusal(base, {
    id: '404/not_found/named-session-unknown',
    promise: 'does not find a session that does not exist',
    needs: ['fixtures.unknownSession'],
    broken: false,
    edit: (call, context) => ({ ...call, body: { session: context.get('fixtures.unknownSession') } }),
  }),
  refusal(base, {
    id: '404/not_found/named-session-foreign',
    promise: 'does not find a session of another organization',
    needs: ['fixtures.otherOrgSession'],
    broken: false,
    live: true,
    edit: (call, context) => ({ ...call, body: { session: context.get('fixtures.otherOrgSession') } }),
  }),
  refusal(base, {
    id: '400|422/validation_error/event-unknown',
    promise: 'refuses an event that does not exist',
    edit: (call) => ({ ...call, body: { event: ['message.gone'] } }),
  }),
])
