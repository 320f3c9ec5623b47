import type { ServerResponse } from 'node:http'
import type { Feed, MockEvent } from './feed.ts'

/** Readers who take nothing are disconnected before so much waits for them. */
const maxBuffered = 1_048_576

export interface Asked {
  /** The position up to which the reader has the events; undefined = from now on. */
  since: number | undefined
  /** Of the events that it wants; none = all but what passes by. */
  names: readonly string[]
}

/** Sends events until the reader leaves. The head has been written. */
export const streamTo = (response: ServerResponse, feed: Feed, { since, names }: Asked): void => {
  const isWanted = ({ event, position }: MockEvent) =>
    names.length === 0 ? position !== undefined : names.includes(event)
  const tell = (event: MockEvent) => {
    if (isWanted(event)) response.write(textOf(event))
    if (response.writableLength > maxBuffered) response.destroy()
  }
  response.write(`id: ${since ?? feed.last()}\n\n`)
  if (since !== undefined) for (const event of feed.after(since)) tell(event)
  const stop = feed.listen(tell)
  const heartbeat = setInterval(() => response.write(':\n\n'), 15_000)
  response.once('close', () => {
    stop()
    clearInterval(heartbeat)
  })
}

const textOf = ({ event, position, json }: MockEvent): string =>
  `${position === undefined ? '' : `id: ${position}\n`}event: ${event}\ndata: ${json}\n\n`
