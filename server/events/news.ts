/** Tells the readers of event streams what was committed, so that they need not ask the database for it. */
import type { PassingEvent, StoredEvent } from '../model/events.ts'

/** The news of one reader. */
export interface Listener {
  /**
   * Takes what was committed after a position.
   * @returns undefined when it is not known here what that is: read the log
   */
  after(position: number): StoredEvent[] | undefined
  /** Takes what has passed by since the last call; the oldest are dropped when nobody takes them. */
  passed(): PassingEvent[]
  /** Resolves when something was committed or passed by since the last `after`, and when it is closed. */
  changed(): Promise<void>
  /** Nothing is kept for it any more. Idempotent. */
  close(): void
}

/** Passes on to listeners what was committed. */
export interface News {
  /** Takes the events of one commit, those of an organization by position. */
  told(events: readonly StoredEvent[]): void
  /** Takes what is in no log. */
  passing(event: PassingEvent): void
  /** Call `after` once before the first `changed`: what was there before is not known here. */
  listen(organizationId: string): Listener
}

/** How many events are kept for a reader who is busy. The texts are shared; who is later than that reads the log. */
const mostKept = 200
/** How many that pass by are kept for a reader who is busy. */
const mostPassing = 50

interface Hearing {
  hear(event: StoredEvent): void
  see(event: PassingEvent): void
}

export const createNews = (): News => {
  const listeners = new Map<string, Set<Hearing>>()

  return {
    told(events) {
      for (const event of events) for (const one of listeners.get(event.organizationId) ?? []) one.hear(event)
    },

    passing(event) {
      for (const one of listeners.get(event.organizationId) ?? []) one.see(event)
    },

    listen(organizationId) {
      let kept: StoredEvent[] = []
      let isBehind = true
      let news = Promise.withResolvers<void>()
      const hear = (event: StoredEvent) => {
        isBehind ||= kept.length === mostKept
        if (isBehind) kept = []
        else kept.push(event)
        news.resolve()
      }
      let seen: PassingEvent[] = []
      const see = (event: PassingEvent) => {
        seen.push(event)
        if (seen.length > mostPassing) seen.shift()
        news.resolve()
      }
      const hearing = { hear, see }
      const own = listeners.get(organizationId) ?? new Set()
      listeners.set(organizationId, own.add(hearing))

      return {
        after(position) {
          const later = kept.filter((event) => event.position > position)
          const isKnown = !isBehind && (later[0] === undefined || later[0].position === position + 1)
          kept = []
          isBehind = false
          news = Promise.withResolvers()
          return isKnown ? later : undefined
        },

        passed() {
          const taken = seen
          seen = []
          return taken
        },

        changed: () => news.promise,

        close() {
          own.delete(hearing)
          if (own.size === 0 && listeners.get(organizationId) === own) listeners.delete(organizationId)
          news.resolve()
        },
      }
    },
  }
}
