/** Reads a stream of events as a program does. */
import { expect } from 'vitest'
import { judgeEvent } from '../../conformance/oracle.ts'
import { parley } from '../../conformance/parley.ts'
import { type Sent, sentIn } from '../../conformance/sse.ts'

export interface EventReader {
  headers: Headers
  /** Everything that has come. */
  text(): string
  /** What a program was given, gaps among it; each event as the document says. */
  events(): Sent[]
  /** Resolves when the stream has ended, for whatever reason. */
  ended: Promise<void>
  leave(): void
}

/** @param url of the API @param query with the question mark, or empty */
export const readEvents = async (
  url: string,
  token: string,
  query: string,
  lastEventId?: string,
): Promise<EventReader> => {
  const leaving = new AbortController()
  const headers = {
    Authorization: `Bearer ${token}`,
    ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
  }
  const response = await fetch(`${url}/events/stream${query}`, { headers, signal: leaving.signal })
  expect(response.status).toBe(200)
  let text = ''
  const read = async () => {
    for await (const part of response.body ?? []) text += Buffer.from(part).toString('utf8')
  }
  return {
    headers: response.headers,
    text: () => text,
    events: () => {
      const events = sentIn(text).filter(({ data }) => data !== undefined)
      for (const { event, data = '' } of events)
        if (event !== 'gap') expect(judgeEvent(parley, JSON.parse(data))).toEqual({ problems: [], info: [] })
      return events
    },
    ended: read().catch(() => {}),
    leave: () => leaving.abort(),
  }
}
