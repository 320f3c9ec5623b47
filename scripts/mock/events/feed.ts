/** The documented examples of the events, each as if it happened now, for all who listen. */
import { ulid } from 'ulid'
import type { Document } from '../../../contract/document.ts'
import { eventsOf } from '../../../contract/reference/event.ts'

export interface MockEvent {
  id: string
  /** Its name. */
  event: string
  /** Absent for what is in no log. */
  position?: number
  /** The body of the call to a webhook, and the data in a stream. */
  json: string
}

export interface Feed {
  /** Names of the events that the document has, in its order. */
  readonly names: readonly string[]
  /** Sends the next example of an event to all listeners; without a name, of each event in turn. @returns undefined for an unknown name */
  send(name?: string): MockEvent | undefined
  /** Those after a position that were sent, as far as they are kept. */
  after(position: number): readonly MockEvent[]
  /** The position up to which there are events. */
  last(): number
  /** @returns ends it */
  listen(listener: (event: MockEvent) => void): () => void
}

/** After those of the examples, which are on the pages of the list. */
const firstPosition = 2_001
/** For readers that come back. */
const maxKept = 1_000

export const createFeed = (document: Document): Feed => {
  const examples = eventsOf(document).flatMap(([name, { post }]) =>
    Object.values(post.requestBody.content['application/json']?.examples ?? {}).map(({ value }) => ({
      name,
      value: value as object,
    })),
  )
  const listeners = new Set<(event: MockEvent) => void>()
  const turns = new Map<string | undefined, number>()
  const kept: MockEvent[] = []
  let position = firstPosition

  return {
    names: [...new Set(examples.map(({ name }) => name))],
    send: (name) => {
      const own = name === undefined ? examples : examples.filter((one) => one.name === name)
      const turn = turns.get(name) ?? 0
      const example = own[turn % own.length]
      if (example === undefined) return undefined
      turns.set(name, turn + 1)
      const now = Date.now()
      const isLogged = 'position' in example.value
      const fresh = { id: `evt_${ulid(now)}`, timestamp: now, ...(isLogged && { position: position++ }) }
      const event: MockEvent = {
        id: fresh.id,
        event: example.name,
        ...(fresh.position !== undefined && { position: fresh.position }),
        json: JSON.stringify({ ...example.value, ...fresh }),
      }
      if (isLogged) kept.push(event)
      if (kept.length > maxKept) kept.shift()
      for (const listener of listeners) listener(event)
      return event
    },
    after: (since) => kept.filter((event) => event.position !== undefined && event.position > since),
    last: () => position - 1,
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
