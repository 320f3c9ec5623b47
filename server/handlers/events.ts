import { eventText } from '../events/event-text.ts'
import { createFollow, type Step } from '../events/follow.ts'
import { gapOf } from '../events/gap.ts'
import type { News } from '../events/news.ts'
import type { Readers } from '../events/readers.ts'
import { stillAdmitted } from '../events/still-admitted.ts'
import type { Grant, NextTicket, Tickets } from '../events/tickets.ts'
import { notFound, unauthorized } from '../model/errors.ts'
import type { StoredEvent } from '../model/events.ts'
import type { JsonText } from '../model/page.ts'
import type { EventFilter, Principal } from '../model/principal.ts'
import type { StreamEvent } from '../model/reply.ts'
import type { HandlersOf, Schemas } from '../operation.ts'
import type { EventPage } from '../ports/store/events.ts'
import type { Store } from '../ports/store/store.ts'
import type { Supervisor } from '../sessions/supervisor.ts'
import { pageSize } from './page.ts'

export interface EventParts {
  store: Pick<Store, 'readEvents' | 'eventHead'>
  news: News
  supervisor: Pick<Supervisor, 'find'>
  tickets: Tickets
  readers: Readers
  /** Epoch milliseconds. */
  clock: () => number
  /** Called with each event of the log that a stream is given. @param lagMs since it was stored */
  onRead: (lagMs: number) => void
}

export const events = (parts: EventParts): HandlersOf<'Events'> => {
  const { store, news, supervisor, tickets, readers, clock, onRead } = parts
  const follow = createFollow({ store, news })

  const isThere = async (principal: Principal, sessionId: string | undefined) =>
    sessionId === undefined || (await supervisor.find(principal, sessionId)) !== undefined

  /** @throws GatewayError `not_found` */
  const checkSession = async (principal: Principal, sessionId: string | undefined, path = '/query/session') => {
    if (!(await isThere(principal, sessionId))) throw notFound('session', path)
  }

  /** @throws GatewayError `not_found`; `unauthorized` when the session of the ticket was deleted just now */
  const checkFilter = async (principal: Principal, filter: EventFilter) => {
    if (await isThere(principal, filter.sessionId)) return
    throw principal.eventFilter?.sessionId === undefined ? notFound('session', '/query/session') : unauthorized()
  }

  /**
   * Uses the caller's ticket.
   * @returns undefined for a caller with a token
   * @throws GatewayError `unauthorized` when somebody else was faster
   */
  const usedTicket = ({ ticket }: Principal): Grant | undefined => {
    if (ticket === undefined) return undefined
    const grant = tickets.take(ticket)
    if (grant === undefined) throw unauthorized()
    return grant
  }

  /**
   * Counts the reader until `signal` is aborted, and uses the caller's ticket; of a caller who wants the head alone, neither.
   * @returns as `usedTicket`
   * @throws GatewayError 429 when too many streams are open: the ticket is good for a later one
   */
  const entered = (principal: Principal, { signal, isHead }: { signal: AbortSignal; isHead: boolean }) => {
    const leave = readers.enter(principal.organizationId)
    if (isHead || signal.aborted) {
      leave()
      return undefined
    }
    try {
      const grant = usedTicket(principal)
      signal.addEventListener('abort', leave)
      return grant
    } catch (error) {
      leave()
      throw error
    }
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

    async streamEvents({ principal, query, header, signal, isAdmitted, isHead }) {
      const filter = { ...filterOf(query), ...principal.eventFilter }
      await checkFilter(principal, filter)
      const grant = entered(principal, { signal, isHead })
      const isStillAdmitted = async () =>
        (await isThere(principal, filter.sessionId)) && (await (grant?.isAdmitted ?? isAdmitted)())
      const next = grant && tickets.next({ ...grant, principal: { ...grant.principal, eventFilter: filter } })
      const admitted = stillAdmitted(signal, isStillAdmitted)
      admitted.addEventListener('abort', () => next?.ended())
      const since = header['Last-Event-ID'] === undefined ? query.since : positionIn(header['Last-Event-ID'])
      const reader = { organizationId: principal.organizationId, ...filter, ...(since !== undefined && { since }) }
      const heartbeatMs = query.heartbeat === undefined ? undefined : query.heartbeat * 1_000
      return {
        status: 200,
        type: 'text/event-stream',
        headers: { 'X-Accel-Buffering': 'no' },
        events: streamed(follow(reader, admitted), next, ({ at }) => onRead(clock() - at)),
        ...(heartbeatMs !== undefined && { heartbeatMs }),
      }
    },

    async createEventTicket({ principal, body, isAdmitted }) {
      await checkSession(principal, body.session, '/body/session')
      const granted = { ...principal, eventFilter: filterOf(body) }
      return { status: 201, body: tickets.create({ principal: granted, isAdmitted }) }
    },
  }
}

/** A reader that comes back says how far it has come, and perhaps with which ticket. */
const positionIn = (lastEventId: string) => Number.parseInt(lastEventId, 10)

const filterOf = ({ session, event }: { session?: string; event?: Schemas['EventName'][] }): EventFilter => ({
  ...(session !== undefined && { sessionId: session }),
  ...(event && { events: event }),
})

/** @param since what the caller has already */
export const pageBody = (page: EventPage, since: number): JsonText<Schemas['EventPage']> => {
  const gap = gapOf(page, since)
  const end = gap === undefined ? '' : `,"gap":${JSON.stringify(gap)}`
  return `{"data":[${page.events.map(eventText).join(',')}],"position":${page.scanned}${end}}`
}

/**
 * @param next the ticket of a stream that was opened with one: a browser repeats it with the id
 * @param onRead called with each event of the log
 */
async function* streamed(
  steps: AsyncIterable<Step>,
  next: NextTicket | undefined,
  onRead: (event: StoredEvent) => void,
): AsyncGenerator<StreamEvent> {
  for await (const step of steps) {
    if (step.kind === 'passing') {
      yield { event: step.event.event, data: eventText(step.event) }
      continue
    }
    const id = next === undefined ? String(step.position) : `${step.position}.${next.ticket}`
    if (step.kind === 'event') onRead(step.event)
    if (step.kind === 'event') yield { id, event: step.event.event, data: eventText(step.event) }
    else if (step.kind === 'gap') yield { id, event: 'gap', data: JSON.stringify(step.gap) }
    else yield { id }
  }
}
