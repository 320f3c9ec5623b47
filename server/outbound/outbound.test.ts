/** Fetching from servers that behave badly. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OutboundFailure } from '../ports/outbound.ts'
import { createOutbound } from './outbound.ts'

const limits = { maxBytes: 1_000, totalMs: 20_000, idleMs: 10_000 }
const outbound = createOutbound({ allowed: ['127.0.0.0/8'] })

const seen: { path: string; headers: IncomingMessage['headers'] }[] = []
const answers: Record<string, (response: ServerResponse) => void> = {
  '/whole': (response) => response.end('a picture'),
  '/chunked': (response) => {
    response.write('a ')
    response.end('picture')
  },
  '/largest': (response) => response.end(Buffer.alloc(1_000)),
  '/too-large': (response) => response.end(Buffer.alloc(1_001)),
  '/endless': (response) => {
    const more = () => response.write(Buffer.alloc(100)) && setImmediate(more)
    response.on('drain', more)
    more()
  },
  '/redirect': (response) => response.writeHead(302, { location: '/whole' }).end(),
  '/redirect-inside': (response) => response.writeHead(307, { location: 'http://169.254.169.254/' }).end(),
  '/not-found': (response) => response.writeHead(404).end('no'),
  '/no-content': (response) => response.writeHead(204).end(),
  '/partial': (response) => response.writeHead(206, { 'content-length': '1' }).end('a'),
  '/compressed': (response) =>
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': '3' }).end('abc'),
  '/cut-off': (response) => {
    response.writeHead(200, { 'content-length': '10' })
    response.write('a')
    setImmediate(() => response.socket?.resetAndDestroy())
  },
  '/silent': () => {},
  '/stalls': (response) => {
    response.writeHead(200, { 'content-length': '10' })
    response.write('a')
  },
  '/large-headers': (response) => response.writeHead(200, { 'x-large': 'a'.repeat(20_000) }).end('a'),
}

/** Answers that Node's own server cannot give. */
const raw: Record<string, string> = {
  '/until-it-closes': 'HTTP/1.1 200 OK\r\n\r\nabc',
  '/no-http': 'SSH-2.0-OpenSSH_9.7\r\n',
  '/version-0.9': '<html>',
  '/two-lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
  '/length-and-chunks': 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  '/bad-chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
}

const server = createServer((request, response) => {
  seen.push({ path: request.url ?? '', headers: request.headers })
  answers[request.url ?? '']?.(response)
})
const rawServer = createTcpServer((socket: Socket) => {
  socket.on('error', () => {})
  socket.once('data', (head) => socket.end(raw[head.toString().split(' ')[1] ?? ''] ?? ''))
})

const listening = (one: Server) =>
  new Promise<number>((resolve) => one.listen(0, '127.0.0.1', () => resolve((one.address() as AddressInfo).port)))

let base: string
let rawBase: string
beforeAll(async () => {
  base = `http://127.0.0.1:${await listening(server)}`
  rawBase = `http://127.0.0.1:${await listening(rawServer)}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rawServer.close()
})

const fetched = async (url: string, given = limits, { get } = outbound) => {
  const chunks: Buffer[] = []
  for await (const chunk of (await get(url, given)).bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}
const failure = (url: string, given = limits, by = outbound) =>
  fetched(url, given, by).then(
    (bytes) => `${bytes.length} bytes`,
    (error: unknown) => (error instanceof OutboundFailure ? error.kind : error),
  )

test.each(['/whole', '/chunked'])('%s is fetched', async (path) => {
  expect(String(await fetched(base + path))).toBe('a picture')
})

test('a body of exactly the limit is fetched, one more byte is not', async () => {
  expect(await failure(`${base}/largest`)).toBe('1000 bytes')
  expect(await failure(`${base}/too-large`)).toBe('too_large')
  expect(await failure(`${base}/endless`)).toBe('too_large')
})

describe('everything but a complete 200 is unreachable', () => {
  test.each([
    ...[
      '/redirect',
      '/redirect-inside',
      '/not-found',
      '/no-content',
      '/partial',
      '/compressed',
      '/cut-off',
      '/large-headers',
    ],
  ])('%s', async (path) => expect(await failure(base + path)).toBe('unreachable'))

  test.each(Object.keys(raw))('%s', async (path) => expect(await failure(rawBase + path)).toBe('unreachable'))

  test('a port where nobody listens, or no TLS is spoken', async () => {
    const closed = createTcpServer()
    const port = await listening(closed)
    await new Promise((resolve) => closed.close(resolve))
    expect(await failure(`http://127.0.0.1:${port}/`)).toBe('unreachable')
    expect(await failure(base.replace('http:', 'https:'))).toBe('unreachable')
  })

  test('interim answers without end, which are not waited for', async () => {
    const flood = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(100)))
    })
    expect(await failure(`http://127.0.0.1:${await listening(flood)}/`)).toBe('unreachable')
    flood.close()
  })

  test('a redirect is not followed', async () => {
    await failure(`${base}/redirect`)
    expect(seen.at(-1)?.path).toBe('/redirect')
  })
})

test.each(['/silent', '/stalls'])('%s: the time between bytes and the whole time are limited', async (path) => {
  expect(await failure(base + path, { ...limits, idleMs: 50 })).toBe('unreachable')
  expect(await failure(base + path, { ...limits, totalMs: 50 })).toBe('unreachable')
})

test('a look-up that does not end is limited too', async () => {
  const stuck = createOutbound({ allowed: [], resolve: () => new Promise(() => {}) })
  expect(await failure('http://example.com/', { ...limits, totalMs: 50 }, stuck)).toBe('unreachable')
})

test('the caller can end it', async () => {
  const ending = new AbortController()
  const ended = failure(`${base}/stalls`, { ...limits, ...{ signal: ending.signal } })
  ending.abort()
  expect(await ended).toBe('unreachable')
})

test('the checked address is the one that is connected to, under the name that the caller gave', async () => {
  const lookups: string[] = []
  const answered = [['127.0.0.1'], ['10.0.0.1']]
  const rebinding = createOutbound({
    allowed: ['127.0.0.0/8'],
    resolve: async (host) => {
      lookups.push(host)
      return answered.shift() ?? []
    },
  })
  const url = `${base.replace('127.0.0.1', 'pictures.example')}/whole`
  expect(String(await fetched(url, limits, rebinding))).toBe('a picture')
  expect(lookups).toEqual(['pictures.example'])
  expect(seen.at(-1)?.headers.host).toBe(new URL(url).host)
  expect(await failure(url, limits, rebinding)).toBe('refused')
})

test('nothing of the gateway but its name is told', async () => {
  await fetched(`${base}/whole`)
  expect(Object.keys(seen.at(-1)?.headers ?? {}).sort()).toEqual([
    'accept',
    'accept-encoding',
    'connection',
    'host',
    'user-agent',
  ])
})
