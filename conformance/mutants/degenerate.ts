/** Servers in name only: constant answers, silence, garbage. Nothing of them may pass. */
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface Degenerate {
  readonly id: string
  /** Finishes "a server that …". */
  readonly fault: string
  /** 1: judged and found wanting; 2: could not be measured. */
  readonly exitCode: 1 | 2
  readonly timeoutMs?: number
  start(): Promise<{ url: string; close(): Promise<void> }>
}

/** What is written to each connection, for each request that comes in on it. */
type Write = (socket: Socket, request: string) => void

const mostSent = 4 * 1024 * 1024

const listen = async (write: Write): Promise<{ url: string; close(): Promise<void> }> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    let text = ''
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      const announced = Number(/^content-length: (\d+)/im.exec(text.slice(0, end))?.[1] ?? 0)
      // What is longer is announced only, and never comes.
      const length = announced > mostSent ? 0 : announced
      if (text.length < end + 4 + length) return
      const request = text.slice(0, end)
      text = text.slice(end + 4 + length)
      write(socket, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

const answer = (status: number, body: string, headers: readonly string[] = []) =>
  [
    `HTTP/1.1 ${status} -`,
    'Connection: close',
    'X-Request-Id: r',
    ...(body === '' ? [] : ['Content-Type: application/json']),
    ...(status === 204 ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ...headers,
    '',
    body,
  ].join('\r\n')

const error = (code: string) =>
  JSON.stringify({
    error: {
      code,
      message: 'no',
      ...(code === 'validation_error' && { details: { errors: [{ path: '/query', message: 'no' }] } }),
    },
  })

/** The best that can be said with one answer: what the contract documents for the status. */
const bodies: Readonly<Record<number, { body: string; headers?: readonly string[] }>> = {
  200: { body: '{"data":[],"nextCursor":null}' },
  201: { body: '{}' },
  202: { body: '{}' },
  204: { body: '' },
  302: { body: '', headers: ['Location: /'] },
  400: { body: error('validation_error') },
  401: { body: error('unauthorized'), headers: ['WWW-Authenticate: Bearer'] },
  403: { body: error('forbidden') },
  404: { body: error('not_found') },
  405: { body: error('method_not_allowed'), headers: ['Allow: GET, HEAD, POST, OPTIONS'] },
  409: { body: error('conflict') },
  413: { body: error('payload_too_large') },
  415: { body: error('unsupported_media_type') },
  422: { body: error('validation_error') },
  429: { body: error('rate_limited'), headers: ['Retry-After: 1'] },
  500: { body: error('internal') },
  501: { body: error('not_implemented') },
  503: { body: error('gateway_unavailable'), headers: ['Retry-After: 1'] },
}

const constant = (status: number): Degenerate => ({
  id: `degenerate/always-${status}`,
  fault: `answers everything with ${status}`,
  exitCode: 1,
  start: () => {
    const { body = '', headers = [] } = bodies[status] ?? {}
    return listen((socket) => socket.end(answer(status, body, headers)))
  },
})

/** The same status in other words each time: no two answers are alike, and still they say one thing. */
const wordy = (status: number): Degenerate => ({
  id: `degenerate/always-${status}-in-other-words`,
  fault: `answers everything with ${status}, in other words each time`,
  exitCode: 1,
  start: () => {
    let count = 0
    const { body = '', headers = [] } = bodies[status] ?? {}
    return listen((socket) => socket.end(answer(status, body.replace('"no"', `"no ${count++}"`), headers)))
  },
})

const silent = (id: string, fault: string, write: Write): Degenerate => ({
  id: `degenerate/${id}`,
  fault,
  exitCode: 2,
  timeoutMs: 300,
  start: () => listen(write),
})

export const degenerates: readonly Degenerate[] = [
  ...Object.keys(bodies).map(Number).map(constant),
  ...[401, 403, 404, 422, 501].map(wordy),
  {
    id: 'degenerate/door-and-nothing-behind',
    fault: 'asks for a token, and then knows nothing',
    exitCode: 1,
    start: () => {
      let count = 0
      return listen((socket, request) => {
        const isAsked = /^(authorization|x-api-key):/im.test(request)
        const { body = '', headers = [] } = bodies[isAsked ? 404 : 401] ?? {}
        socket.end(answer(isAsked ? 404 : 401, body.replace('"no"', `"no ${count++}"`), headers))
      })
    },
  },
  {
    id: 'degenerate/echo',
    fault: 'answers with what it was asked',
    exitCode: 1,
    start: () => listen((socket, request) => socket.end(answer(200, JSON.stringify({ request })))),
  },
  {
    id: 'degenerate/page-for-people',
    fault: 'answers everything with a page for people',
    exitCode: 1,
    start: () =>
      listen((socket) => {
        const page = '<!doctype html><title>Welcome</title>'
        socket.end(
          `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n${page}`,
        )
      }),
  },
  silent('hangs', 'takes requests and never answers', () => undefined),
  silent('hangs-up', 'hangs up when it is asked', (socket) => socket.destroy()),
  silent('resets', 'resets the connection when it is asked', (socket) => socket.resetAndDestroy()),
  silent('half-an-answer', 'hangs up in the middle of its answer', (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"data":'),
  ),
  silent('head-only', 'sends the head of an answer, and no body', (socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n'),
  ),
  silent('garbage', 'answers something that is not HTTP', (socket) =>
    socket.end('\u0000\u0001 I am no web server\r\n\r\n'),
  ),
  silent('two-lengths', 'gives its answer two lengths', (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 20\r\n\r\n{}'),
  ),
  silent('drip', 'sends a byte now and then', (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n')
    const drip = setInterval(() => socket.write(' '), 20)
    socket.once('close', () => clearInterval(drip))
  }),
  silent('flood', 'never ends its answer', (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`
    const pour = () => {
      while (!socket.destroyed && socket.write(chunk));
    }
    socket.on('drain', pour)
    pour()
  }),
  {
    id: 'degenerate/closed-port',
    fault: 'is not there',
    exitCode: 2,
    start: async () => {
      const { url, close } = await listen(() => undefined)
      await close()
      return { url, close: async () => undefined }
    },
  },
]
