/** Reads an organization's event log to its end, and goes on as it grows. */
import type { EventName, PassingEvent, StoredEvent } from '../model/events.ts'
import type { EventLog, EventRequest } from '../ports/store/events.ts'
import { type Gap, gapOf } from './gap.ts'
import type { News } from './news.ts'

/** One step of a reader. `position`: it now has everything up to there. */
export type Step =
  | { kind: 'event'; position: number; event: StoredEvent }
  /** Events before this position cannot be told. */
  | { kind: 'gap'; position: number; gap: Gap }
  /** Nothing before it is left to tell: the first step of all, and after many events that it did not ask for. */
  | { kind: 'passed'; position: number }
  /** It is in no log. */
  | { kind: 'passing'; event: PassingEvent }

/** Whose log, from where, and which events. */
export interface Reader extends Pick<EventRequest, 'sessionId' | 'events'> {
  organizationId: string
  /** The events that are in no log and that it gets nevertheless; absent: those that `events` names. */
  passing?: readonly EventName[]
  /** The position up to which it has everything; absent: it begins with what happens from now on. */
  since?: number
}

export interface FollowParts {
  store: Pick<EventLog, 'readEvents' | 'eventHead'>
  news: News
}

/**
 * @param signal aborted when the reader is gone: the steps end
 * @returns steps in order, without end; the next one is looked for when the last one was taken
 */
export type Follow = (reader: Reader, signal: AbortSignal) => AsyncGenerator<Step, void, undefined>

const pageSize = 200
/** After so many skipped events a reader gets the position, so that it does not search them again after an interruption. */
const passedBy = 500

/** What comes after a position. */
interface Found {
  events: StoredEvent[]
  /** It was searched up to here. */
  end: number
  gap?: { gap: Gap; position: number }
}

export const createFollow = ({ store, news }: FollowParts): Follow =>
  async function* follow(reader, signal) {
    const { organizationId, sessionId, events: names, passing = names ?? [] } = reader
    const filter = { ...(sessionId !== undefined && { sessionId }), ...(names && { events: names }) }
    const isWanted = (event: StoredEvent) =>
      (sessionId === undefined || event.sessionId === sessionId) && (names?.includes(event.event) ?? true)

    const isNamed = ({ sessionId: of, event }: PassingEvent) =>
      (sessionId === undefined || of === sessionId) && passing.includes(event)

    const search = async (after: number): Promise<Found> => {
      const page = await store.readEvents(organizationId, { after, limit: pageSize, ...filter })
      const gap = gapOf(page, after)
      const found = { events: page.events, end: page.scanned }
      if (gap === undefined) return found
      return { ...found, gap: { gap, position: gap.reason === 'expired' ? page.first - 1 : page.scanned } }
    }

    const heard = (events: StoredEvent[], after: number): Found => ({
      events: events.filter(isWanted),
      end: events.at(-1)?.position ?? after,
    })

    const listener = news.listen(organizationId)
    signal.addEventListener('abort', listener.close)
    try {
      let position = reader.since ?? (await store.eventHead(organizationId))
      let told = position
      // Before anything happens: a reader whose connection breaks until then would not know from where to go on.
      yield { kind: 'passed', position }
      /** The log ended at `position` when it was read last: from there on the news are enough. */
      let isAtEnd = false
      while (!signal.aborted) {
        const later = listener.after(position)
        for (const event of listener.passed().filter(isNamed)) yield { kind: 'passing', event }
        const known: StoredEvent[] | undefined = isAtEnd ? later : undefined
        const { events, end, gap }: Found = known ? heard(known, position) : await search(position)
        isAtEnd = known !== undefined || end === position
        if (gap !== undefined) {
          told = gap.position
          yield { kind: 'gap', ...gap }
        }
        for (const event of events) {
          told = event.position
          yield { kind: 'event', position: told, event }
        }
        if (end - told >= passedBy) {
          told = end
          yield { kind: 'passed', position: told }
        }
        if (isAtEnd && end === position) await listener.changed()
        position = end
      }
    } finally {
      signal.removeEventListener('abort', listener.close)
      listener.close()
    }
  }
