/** Answers of each kind through the server: values with headers, files and ranges, chunks, events. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { conflict, gone, notFound, rateLimited } from '../../../server/model/errors.ts'
import { createEventQueue, type EventQueue } from '../../support/event-queue.ts'
import { converse, type Serving, type ShapeHandlers, serve, statusesIn } from './serve.ts'

const content = Buffer.from('0123456789')
const disposition = { 'Content-Disposition': 'attachment' }

async function* slices(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 3) yield bytes.subarray(at, at + 3)
}

/** What the handlers of this test do, set by each test. */
let behave: Partial<ShapeHandlers> = {}
let serving: Serving
const handlers: Partial<ShapeHandlers> = {
  getGroup: (input) => behave.getGroup?.(input) ?? { status: 200, body: { done: true } },
  leaveGroup: () => ({ status: 204 }),
  sendThing: ({ live }) =>
    live === undefined
      ? { status: 202, headers: { Location: '/api/v1/messages/msg_1' }, body: { done: false } }
      : { status: 201, body: { done: true } },
  downloadBytes: (input) =>
    behave.downloadBytes?.(input) ?? {
      status: 200,
      type: 'image/png',
      headers: disposition,
      file: { size: content.length, etag: '"v1"', read: ({ start, end }) => slices(content.subarray(start, end)) },
    },
  exportRows: (input) =>
    behave.exportRows?.(input) ?? {
      status: 200,
      type: 'application/x-ndjson',
      headers: disposition,
      stream: slices(content),
    },
  streamEvents: (input) => {
    if (behave.streamEvents === undefined) throw new Error('no events')
    return behave.streamEvents(input)
  },
}

beforeAll(async () => {
  serving = await serve(handlers)
})
afterEach(() => {
  behave = {}
})
afterAll(() => serving?.close())

const all = 'read,send,manage,events'
const ask = async (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) => {
  const response = await fetch(serving.url + path, {
    method,
    headers: {
      Authorization: `Bearer ${all}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}
const get = (path: string, headers?: Record<string, string>) => ask('GET', path, headers)
const codeIn = (text: string) => (JSON.parse(text) as { error: { code: string } }).error.code
const raw = (path: string, headers = '', method = 'GET') =>
  `${method} /api/v1${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${all}\r\n${headers}\r\n`

describe('who may', () => {
  test.for([
    ['read', 200],
    ['manage', 200],
    ['send', 403],
    ['events', 403],
  ] as const)('any of the capabilities that are named: %s is %i', async ([capability, status]) => {
    const answer = await get('/groups/1203@g.us', { Authorization: `Bearer ${capability}` })
    expect(answer.status).toBe(status)
    if (status === 403) expect(answer.text).toContain('read or manage')
  })
})

describe('a value', () => {
  const thing = { type: 'text', text: 'hello' }

  test('goes out with the headers of its status', async () => {
    const later = await ask('POST', '/sessions/sess_live/messages?async=true', {}, thing)
    expect([later.status, later.headers.get('location')]).toEqual([202, '/api/v1/messages/msg_1'])
    const now = await ask('POST', '/sessions/sess_live/messages', {}, thing)
    expect([now.status, now.headers.get('location')]).toEqual([201, null])
  })

  test('needs no client where the call says so, and is 501 otherwise', async () => {
    expect((await ask('POST', '/sessions/sess_1/messages?async=true', {}, thing)).status).toBe(202)
    expect((await ask('POST', '/sessions/sess_1/messages?async=false', {}, thing)).status).toBe(501)
    expect((await ask('POST', '/sessions/sess_1/messages', {}, thing)).status).toBe(501)
    expect((await ask('POST', '/sessions/sess_1/groups/1203@g.us:leave')).status).toBe(501)
    expect((await ask('POST', '/sessions/sess_live/groups/1203@g.us:leave')).status).toBe(204)
  })

  test('has its refusals with their headers', async () => {
    behave.getGroup = () => {
      throw rateLimited('too soon', 'presence', 2_500)
    }
    const paced = await get('/groups/1203@g.us')
    expect([paced.status, paced.headers.get('retry-after')]).toEqual([429, '3'])
    behave.downloadBytes = () => {
      throw gone('it is no longer there', 'expired')
    }
    const lost = await get('/media/med_1')
    expect([lost.status, codeIn(lost.text)]).toEqual([410, 'gone'])
  })

  test('is never a refusal that the operation does not declare', async () => {
    behave.getGroup = () => {
      throw conflict('getGroup has no 409')
    }
    const answer = await get('/groups/1203@g.us')
    expect([answer.status, codeIn(answer.text)]).toEqual([500, 'internal'])
  })
})

describe('a file', () => {
  test('goes out whole', async () => {
    const { status, headers, text } = await get('/media/med_1')
    expect({ status, text, ...Object.fromEntries(headers) }).toMatchObject({
      status: 200,
      text: '0123456789',
      etag: '"v1"',
      'accept-ranges': 'bytes',
      'content-length': '10',
      'content-type': 'image/png',
      'content-disposition': 'attachment',
    })
  })

  test('goes out in part', async () => {
    const { status, headers, text } = await get('/media/med_1', { Range: 'bytes=2-5', 'If-Range': '"v1"' })
    expect([status, text, headers.get('content-range'), headers.get('content-length'), headers.get('etag')]).toEqual([
      206,
      '2345',
      'bytes 2-5/10',
      '4',
      '"v1"',
    ])
  })

  test('that has changed in the meantime is sent whole', async () => {
    const { status, text } = await get('/media/med_1', { Range: 'bytes=2-5', 'If-Range': '"v0"' })
    expect([status, text]).toEqual([200, '0123456789'])
  })

  test('that the caller has is not sent again', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, text } = await ask(method, '/media/med_1', {
        'If-None-Match': '"v1"',
        Range: 'bytes=2-5',
      })
      expect([status, headers.get('etag'), headers.get('content-type'), text]).toEqual([304, '"v1"', null, ''])
    }
    expect((await get('/media/med_1', { 'If-None-Match': '"v0"' })).status).toBe(200)
  })

  test('has no such bytes', async () => {
    const { status, headers, text } = await get('/media/med_1', { Range: 'bytes=10-' })
    expect([status, headers.get('content-range'), headers.get('etag'), codeIn(text)]).toEqual([
      416,
      'bytes */10',
      null,
      'range_not_satisfiable',
    ])
  })

  test('is only described to HEAD', async () => {
    const { status, headers, text } = await ask('HEAD', '/media/med_1', { Range: 'bytes=2-5' })
    expect([status, headers.get('content-length'), text]).toEqual([200, '10', ''])
  })

  test('that is there no more when it is read is a refusal, without the headers of the file', async () => {
    behave.downloadBytes = () => ({
      status: 200,
      type: 'image/png',
      headers: disposition,
      file: {
        size: 10,
        etag: '"v1"',
        // biome-ignore lint/correctness/useYield: it fails before its first byte
        async *read() {
          throw notFound('media')
        },
      },
    })
    const { status, headers, text } = await get('/media/med_1', { Range: 'bytes=0-4' })
    expect([status, codeIn(text), headers.get('content-type')]).toEqual([
      404,
      'not_found',
      'application/json; charset=utf-8',
    ])
    expect(['etag', 'content-range', 'content-disposition'].map((name) => headers.get(name))).toEqual([
      null,
      null,
      null,
    ])
  })

  test.for([9, 11])('of which %i bytes of 10 come breaks the connection', async (length) => {
    behave.downloadBytes = () => ({
      status: 200,
      type: 'image/png',
      headers: disposition,
      file: { size: 10, etag: '"v1"', read: () => slices(Buffer.alloc(length, 'x')) },
    })
    await expect(get('/media/med_1')).rejects.toThrow()
  })
})

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

test('a handler that works is told when its caller has gone', async () => {
  const called = Promise.withResolvers<void>()
  const told = Promise.withResolvers<void>()
  behave.getGroup = async ({ signal }) => {
    signal.addEventListener('abort', () => told.resolve())
    called.resolve()
    await told.promise
    return { status: 200, body: { done: true } }
  }
  const socket = await sendAlone(raw('/groups/1203@g.us'))
  await called.promise
  socket.destroy()
  await told.promise
})

const sendAlone = async (request: string): Promise<Socket> => {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(serving.url).port) })
  await once(socket, 'connect')
  socket.write(request)
  return socket
}

/** What comes on a connection until it has `text`. */
const readUntil = async (socket: Socket, text: string) => {
  let read = ''
  while (!read.includes(text)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    read += chunk.toString()
  }
  return read
}

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
