/** Answers through the server that go out piece by piece: chunks and events. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { createEventQueue, type EventQueue } from '../../support/event-queue.ts'
import {
  ask,
  behave,
  content,
  disposition,
  get,
  handlers,
  raw,
  readUntil,
  sendAlone,
  serveReplies,
  serving,
  slices,
} from './replying.ts'
import { converse, serve, statusesIn } from './serve.ts'

serveReplies()

describe('chunks', () => {
  test('go out as they are made, and the connection goes on', async () => {
    const answers = await converse(
      serving.url,
      Buffer.from(raw('/export') + raw('/groups/1203@g.us', 'Connection: close\r\n')),
    )
    expect(statusesIn(answers)).toEqual([200, 200])
    expect(answers).toContain('Transfer-Encoding: chunked')
    expect(answers).toMatch(/3\r\n012\r\n3\r\n345\r\n3\r\n678\r\n1\r\n9\r\n0\r\n\r\n/)
  })

  test('that fail after the first break the connection: no client takes a part for the whole', async () => {
    behave.exportRows = () => ({
      status: 200,
      type: 'application/x-ndjson',
      headers: disposition,
      stream: (async function* () {
        yield Buffer.from('half')
        throw new Error('no more')
      })(),
    })
    await expect(get('/export')).rejects.toThrow()
  })

  test('are closed when their headers cannot be sent', async () => {
    let isClosed = false
    behave.exportRows = () => ({
      status: 200,
      type: 'application/x-ndjson',
      headers: { 'Content-Disposition': 'attachment; filename="文.txt"' },
      stream: (async function* () {
        try {
          yield content
        } finally {
          isClosed = true
        }
      })(),
    })
    expect({ ...(await get('/export')), isClosed }).toMatchObject({ status: 500, isClosed: true })
  })

  test('that there are none of are an empty answer', async () => {
    behave.exportRows = () => ({
      status: 200,
      type: 'application/x-ndjson',
      headers: disposition,
      stream: slices(Buffer.of()),
    })
    expect(await get('/export')).toMatchObject({ status: 200, text: '' })
  })

  test('are no longer made for a caller who has gone', async () => {
    const told = Promise.withResolvers<void>()
    const cleaned = Promise.withResolvers<void>()
    behave.exportRows = ({ signal }) => {
      signal.addEventListener('abort', () => told.resolve())
      return {
        status: 200,
        type: 'application/x-ndjson',
        headers: disposition,
        stream: (async function* () {
          try {
            for (;;) yield Buffer.alloc(65_536, 'x')
          } finally {
            cleaned.resolve()
          }
        })(),
      }
    }
    const socket = await sendAlone(raw('/export'))
    await once(socket, 'data')
    socket.destroy()
    await told.promise
    await cleaned.promise
  })
})

/** Calls, and goes once the handler is at work. @returns what the handler waits with until its caller has gone */
const leaving = () => {
  const called = Promise.withResolvers<void>()
  return {
    untilGone: (signal: AbortSignal) => {
      const gone = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      called.resolve()
      return gone
    },
    callAndGo: async (path: string) => {
      const socket = await sendAlone(raw(path))
      await called.promise
      socket.destroy()
    },
  }
}

describe('a caller who goes before the first byte', () => {
  test('leaves no chunks open', async () => {
    const { untilGone, callAndGo } = leaving()
    const cleaned = Promise.withResolvers<void>()
    behave.exportRows = ({ signal }) => ({
      status: 200,
      type: 'application/x-ndjson',
      headers: disposition,
      stream: (async function* () {
        try {
          await untilGone(signal)
          yield content
        } finally {
          cleaned.resolve()
        }
      })(),
    })
    await callAndGo('/export')
    await cleaned.promise
  })

  test('leaves no heartbeat', async () => {
    const { untilGone, callAndGo } = leaving()
    const answered = Promise.withResolvers<void>()
    const intervals = vi.spyOn(globalThis, 'setInterval')
    behave.streamEvents = async ({ signal }) => {
      await untilGone(signal)
      setImmediate(answered.resolve)
      return {
        status: 200,
        type: 'text/event-stream',
        heartbeatMs: 12_345,
        events: createEventQueue({ maxLength: 1, signal }),
      }
    }
    await callAndGo('/events/stream')
    await answered.promise
    expect(intervals.mock.calls.map(([, ms]) => ms)).not.toContain(12_345)
    intervals.mockRestore()
  })
})

describe('events', () => {
  const stream = (handle: (queue: EventQueue) => void, options: { heartbeatMs?: number; maxLength?: number } = {}) => {
    const ended = Promise.withResolvers<void>()
    behave.streamEvents = ({ signal }) => {
      const { maxLength = 1_000_000, heartbeatMs } = options
      const queue = createEventQueue({ maxLength, signal })
      signal.addEventListener('abort', () => ended.resolve())
      handle(queue)
      return {
        status: 200,
        type: 'text/event-stream',
        events: queue,
        ...(heartbeatMs !== undefined && { heartbeatMs }),
      }
    }
    return ended.promise
  }

  test('go out as they happen, on one line each or several', async () => {
    const queues: EventQueue[] = []
    stream((queue) => queues.push(queue))
    const socket = await sendAlone(raw('/events/stream', 'Last-Event-ID: evt_0\r\n'))
    const head = await readUntil(socket, '\r\n\r\n')
    expect(head).toContain('HTTP/1.1 200 OK')
    expect(head).toMatch(/Content-Type: text\/event-stream/i)
    queues[0]?.push({ id: 'evt_1', event: 'message.received', data: '{"a":1}' })
    expect(await readUntil(socket, '\n\n')).toContain('id: evt_1\nevent: message.received\ndata: {"a":1}\n\n')
    queues[0]?.push({ id: 'evt\n_2', data: 'one\r\ntwo' })
    expect(await readUntil(socket, '\n\n')).toContain('id: evt_2\ndata: one\ndata: two\n\n')
    queues[0]?.end()
    await once(socket, 'close')
  })

  test('that do not happen leave a heartbeat', async () => {
    stream(() => undefined, { heartbeatMs: 5 })
    const socket = await sendAlone(raw('/events/stream'))
    await readUntil(socket, '\n:\n\n')
    socket.destroy()
  })

  test('end for a reader who has gone', async () => {
    const ended = stream((queue) => queue.push({ data: 'hello' }))
    const socket = await sendAlone(raw('/events/stream'))
    await readUntil(socket, 'hello')
    socket.destroy()
    await ended
  })

  test('end for a reader who takes nothing, when more wait than may', async () => {
    const ended = stream(
      (queue) => {
        const fill = () => {
          if (queue.push({ data: 'x'.repeat(100_000) })) setImmediate(fill)
        }
        fill()
      },
      { maxLength: 500_000 },
    )
    const socket = await sendAlone(raw('/events/stream'))
    socket.pause()
    await ended
    socket.destroy()
  })

  test('hold the next request on their connection until they end', async () => {
    const queues: EventQueue[] = []
    stream((queue) => queues.push(queue))
    let asked = 0
    behave.getGroup = () => {
      asked += 1
      return { status: 200, body: { done: true } }
    }
    const socket = await sendAlone(raw('/events/stream') + raw('/groups/1203@g.us'))
    await readUntil(socket, '\r\n\r\n')
    queues[0]?.push({ data: 'still here' })
    await readUntil(socket, 'still here')
    expect(asked).toBe(0)
    queues[0]?.end()
    await once(socket, 'close')
    expect(asked).toBe(0)
  })

  test('are only described to HEAD, and end at once', async () => {
    const ended = stream(() => undefined)
    const { status, headers, text } = await ask('HEAD', '/events/stream')
    await ended
    expect([status, headers.get('content-type'), text]).toEqual([200, 'text/event-stream', ''])
  })

  test('end at once when the server does', async () => {
    const own = await serve(handlers)
    try {
      const ended = stream((queue) => queue.push({ data: 'hello' }))
      const socket = connect({ host: '127.0.0.1', port: Number(new URL(own.url).port) })
      socket.write(raw('/events/stream'))
      await readUntil(socket, 'hello')
      const rest = readUntil(socket, '0\r\n\r\n')
      own.stop()
      await ended
      // The end of the body, not a broken connection.
      expect(await rest).toContain('0\r\n\r\n')
    } finally {
      await own.close()
    }
  })
})
