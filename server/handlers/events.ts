import { GatewayError } from '../model/errors.ts'
import type { StoredEvent } from '../model/events.ts'
import type { JsonText } from '../model/page.ts'
import type { Principal } from '../model/principal.ts'
import type { HandlersOf, Schemas } from '../operation.ts'
import type { EventPage, EventRequest } from '../ports/store/events.ts'
import type { Store } from '../ports/store/store.ts'
import type { Supervisor } from '../sessions/supervisor.ts'
import { pageSize } from './page.ts'

export interface EventParts {
  store: Pick<Store, 'readEvents' | 'eventHead'>
  supervisor: Pick<Supervisor, 'find'>
}

export const events = ({ store, supervisor }: EventParts): HandlersOf<'Events'> => {
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
      const page = await store.readEvents(organizationId, {
        after: since,
        limit: pageSize(query.limit),
        ...filterOf(query),
      })
      return { status: 200, body: pageBody(page, since) }
    },
  }
}

type Filter = Pick<EventRequest, 'sessionId' | 'events'>

const filterOf = ({ session, event }: { session?: string; event?: Schemas['EventName'][] }): Filter => ({
  ...(session !== undefined && { sessionId: session }),
  ...(event && { events: event }),
})

/** What is missing between what the caller has and what the log still has. */
const gapOf = ({ scanned, first }: EventPage, since: number): Schemas['EventGap'] | undefined => {
  if (scanned < since) return { reason: 'ahead' }
  return since + 1 < first ? { reason: 'expired' } : undefined
}

/** @param since what the caller has already */
export const pageBody = (page: EventPage, since: number): JsonText<Schemas['EventPage']> => {
  const gap = gapOf(page, since)
  const end = gap === undefined ? '' : `,"gap":${JSON.stringify(gap)}`
  return `{"data":[${page.events.map(eventText).join(',')}],"position":${page.scanned}${end}}`
}

/** The event as the contract shows it. */
export const eventText = ({ payload, ...event }: StoredEvent): JsonText<Schemas['Event']> => {
  const { id, event: name, sessionId: session, organizationId: organization, at: timestamp, position } = event
  const head = JSON.stringify({ id, event: name, session, organization, timestamp, position })
  return `${head.slice(0, -1)},"payload":${payload}}`
}
