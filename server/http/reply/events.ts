/** Sends a `text/event-stream`. */
import type { ServerResponse } from 'node:http'
import type { Context } from 'koa'
import type { StreamEvent, StreamEvents } from '../../model/reply.ts'
import { begin, type Head } from './head.ts'

const usualHeartbeatMs = 15_000
/** Shorter than the idle timeout of a connection. */
const mostHeartbeatMs = 45_000
/** A client that takes nothing for so long is disconnected: it reconnects, and goes on where it was. */
const stalledMs = 30_000

export interface EventOptions {
  heartbeatMs?: number | undefined
  /** Aborted when the server stops: all streams end. */
  stopping: AbortSignal
  /** Tells the handler that the client has gone. */
  abort: () => void
  /** Called with the error that ended the stream. The connection is aborted, and the client reconnects. */
  onBroken: (error: unknown) => void
}

/** Proxies that compress or collect what passes through them would keep events back. */
export const uncollected = { 'Cache-Control': 'no-store, no-transform' }

/**
 * Sends the head at once; events follow in the background. With back-pressure: the next event is requested only when the client has
 * taken the last one.
 */
export const sendEvents = (ctx: Context, head: Head, events: StreamEvents, options: EventOptions): void => {
  const { heartbeatMs = usualHeartbeatMs, stopping, abort, onBroken } = options
  const { res } = ctx
  // A client that has already disconnected emits no further `close`.
  if (res.destroyed) {
    ctx.respond = false
    return
  }
  // It is the last answer on its connection, so that the process does not wait for it when it stops.
  begin(ctx, { ...head, headers: { ...head.headers, Connection: 'close' } })
  ctx.respond = false
  res.flushHeaders()
  const heartbeat = setInterval(
    () => {
      if (!res.writableNeedDrain) res.write(':\n\n')
    },
    Math.min(heartbeatMs, mostHeartbeatMs),
  )
  const end = () => {
    clearInterval(heartbeat)
    res.end()
    abort()
  }
  res.once('close', () => {
    clearInterval(heartbeat)
    stopping.removeEventListener('abort', end)
  })
  if (stopping.aborted) end()
  else stopping.addEventListener('abort', end)
  const written = write(res, events)
  Promise.race(events.failed === undefined ? [written] : [written, events.failed]).then(end, (error) => {
    res.destroy()
    onBroken(error)
  })
}

const write = async (res: ServerResponse, events: StreamEvents) => {
  for await (const event of events) {
    if (res.writableEnded || res.destroyed) return
    if (!res.write(textOf(event))) await drained(res)
  }
}

/** Resolves when the client has read what is buffered, or is gone. Disconnects a client that does not. */
const drained = (res: ServerResponse) =>
  new Promise<void>((resolve) => {
    const stalled = setTimeout(() => res.destroy(), stalledMs)
    const settle = () => {
      clearTimeout(stalled)
      res.off('drain', settle).off('close', settle)
      resolve()
    }
    res.on('drain', settle).on('close', settle)
  })

const lineBreak = /\r\n|\r|\n/

const textOf = ({ id, event, data }: StreamEvent) => {
  const lines = data === undefined ? [] : data.split(lineBreak).map((line) => `data: ${line}`)
  if (event !== undefined) lines.unshift(`event: ${oneLine(event)}`)
  if (id !== undefined) lines.unshift(`id: ${oneLine(id)}`)
  return `${lines.join('\n')}\n\n`
}

const oneLine = (text: string) => text.replaceAll(/[\r\n\0]/g, '')
