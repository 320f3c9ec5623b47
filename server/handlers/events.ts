import { createFollow, type Reader, type Step } from '../events/follow.ts'
import { gapOf } from '../events/gap.ts'
import type { News } from '../events/news.ts'
import { stillAdmitted } from '../events/still-admitted.ts'
import { GatewayError } from '../model/errors.ts'
import type { StoredEvent } from '../model/events.ts'
import type { JsonText } from '../model/page.ts'
import type { Principal } from '../model/principal.ts'
import type { StreamEvent } from '../model/reply.ts'
import type { HandlersOf, Schemas } from '../operation.ts'
import type { EventPage, EventRequest } from '../ports/store/events.ts'
import type { Store } from '../ports/store/store.ts'
import type { Supervisor } from '../sessions/supervisor.ts'
import { pageSize } from './page.ts'

export interface EventParts {
  store: Pick<Store, 'readEvents' | 'eventHead'>
  news: News
  supervisor: Pick<Supervisor, 'find'>
}

export const events = ({ store, news, supervisor }: EventParts): HandlersOf<'Events'> => {
  const follow = createFollow({ store, news })

  /** @throws GatewayError `not_found` */
  const checkSession = async (principal: Principal, sessionId: string | undefined) => {
    if (sessionId === undefined || (await supervisor.find(principal, sessionId)) !== undefined) return
    throw new GatewayError('not_found', 'session not found', { details: { path: '/query/session' } })
  }

  return {
    async listEvents({ principal, query }) {
      await checkSession(principal, query.session)
      const { organizationId } = principal
      const since = query.since ?? (await store.eventHead(organizationId))
      const limit = pageSize(query.limit)
      const page = await store.readEvents(organizationId, { after: since, limit, ...filterOf(query) })
      return { status: 200, body: pageBody(page, since) }
    },

    async streamEvents({ principal, query, header, signal, isAdmitted }) {
      await checkSession(principal, query.session)
      // A reader that comes back says both: what it asked for at first, and how far it has come.
      const since = header['Last-Event-ID'] === undefined ? query.since : Number(header['Last-Event-ID'])
      const reader: Reader = {
        organizationId: principal.organizationId,
        ...filterOf(query),
        ...(since !== undefined && { since }),
      }
      const admitted = stillAdmitted(signal, async () => {
        await checkSession(principal, query.session)
        return isAdmitted()
      })
      const heartbeatMs = query.heartbeat === undefined ? undefined : query.heartbeat * 1_000
      return {
        status: 200,
        type: 'text/event-stream',
        headers: { 'X-Accel-Buffering': 'no' },
        events: streamed(follow(reader, admitted)),
        ...(heartbeatMs !== undefined && { heartbeatMs }),
      }
    },
  }
}

type Filter = Pick<EventRequest, 'sessionId' | 'events'>

const filterOf = ({ session, event }: { session?: string; event?: Schemas['EventName'][] }): Filter => ({
  ...(session !== undefined && { sessionId: session }),
  ...(event && { events: event }),
})

/** @param since what the caller has already */
export const pageBody = (page: EventPage, since: number): JsonText<Schemas['EventPage']> => {
  const gap = gapOf(page, since)
  const end = gap === undefined ? '' : `,"gap":${JSON.stringify(gap)}`
  return `{"data":[${page.events.map(eventText).join(',')}],"position":${page.scanned}${end}}`
}

/** Made once for all readers of a stream. */
const texts = new WeakMap<StoredEvent, JsonText<Schemas['Event']>>()

/** The event as the contract shows it. */
const eventText = (stored: StoredEvent): JsonText<Schemas['Event']> => {
  const known = texts.get(stored)
  if (known !== undefined) return known
  const { id, event, sessionId: session, organizationId: organization, at: timestamp, position, payload } = stored
  const head = JSON.stringify({ id, event, session, organization, timestamp, position })
  const text = `${head.slice(0, -1)},"payload":${payload}}`
  texts.set(stored, text)
  return text
}

async function* streamed(steps: AsyncIterable<Step>): AsyncGenerator<StreamEvent> {
  for await (const step of steps) {
    const id = String(step.position)
    if (step.kind === 'event') yield { id, event: step.event.event, data: eventText(step.event) }
    else if (step.kind === 'gap') yield { id, event: 'gap', data: JSON.stringify(step.gap) }
    else yield { id }
  }
}
