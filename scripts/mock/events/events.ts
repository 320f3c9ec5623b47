/** Events of the mock: on its streams, and to a receiver. By the clock, or when a developer asks for one. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Document } from '../../../contract/document.ts'
import type { MockAnswer } from '../mock-answer.ts'
import { createFeed, type MockEvent } from './feed.ts'
import { sendTo } from './receiver.ts'
import { streamTo } from './stream.ts'

export interface EventOptions {
  /** How often the next event is sent; 0 = only when one is asked for. */
  everySeconds: number
  /** Where each event goes, too. */
  receiver?: { url: URL; secret: string } | undefined
}

export interface MockEvents {
  /** Where a developer asks for an event; not a part of the API. @returns undefined for any other path */
  control(request: IncomingMessage): MockAnswer | undefined
  /** Goes on with an answer whose head is that of a stream. */
  stream(request: IncomingMessage, response: ServerResponse): void
  close(): void
}

const controlPath = '/mock/events'

/** A receiver with so many unanswered events gets no more until it has answered. */
const maxWaiting = 100

export const startEvents = (
  document: Document,
  { everySeconds, receiver }: EventOptions,
  onAnswer: (line: string) => void,
): MockEvents => {
  const feed = createFeed(document)
  if (receiver !== undefined) feed.listen(oneAtATime(receiver, onAnswer))
  const clock = everySeconds > 0 ? setInterval(() => feed.send(), everySeconds * 1_000) : undefined

  return {
    control: ({ method, url = '' }) => {
      const [path = ''] = url.split('?')
      if (path !== controlPath && !path.startsWith(`${controlPath}/`)) return undefined
      const name = path.slice(controlPath.length + 1)
      if (method === 'GET' && name === '') return json(200, { events: feed.names })
      if (method !== 'POST') return json(405, { error: `POST ${controlPath}/message sends one` })
      const event = feed.send(name === '' ? undefined : name)
      if (event === undefined) return json(404, { error: `no event ${name}`, events: feed.names })
      return { status: 200, headers: { 'content-type': 'application/json' }, body: event.json }
    },
    stream: ({ url = '', headers }, response) => {
      const query = new URLSearchParams(url.split('?')[1])
      const since = headers['last-event-id']?.toString() ?? query.get('since')
      streamTo(response, feed, {
        since: since === null ? undefined : Number.parseInt(since, 10),
        names: query.getAll('event').flatMap((names) => names.split(',')),
      })
    },
    close: () => clearInterval(clock),
  }
}

const json = (status: number, body: object): MockAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** In their order, as the gateway does with the events of a chat. */
const oneAtATime = ({ url, secret }: { url: URL; secret: string }, onAnswer: (line: string) => void) => {
  let waiting = 0
  let before: Promise<unknown> = Promise.resolve()
  return (event: MockEvent) => {
    if (waiting >= maxWaiting) return onAnswer(`${event.event} is not sent: ${url} is too slow`)
    waiting += 1
    before = before.then(async () => {
      onAnswer(`${await sendTo(url, secret, event)} ${event.event} ${event.id} to ${url}`)
      waiting -= 1
    })
  }
}
