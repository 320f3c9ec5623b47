/** POST requests to receivers of every kind. */
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { createOutbound } from './outbound.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const listening = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
const serve = async (listener: RequestListener) => {
  const server = createServer(listener)
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return listening(server)
}
/** Answers with these bytes, and leaves the connection open. */
const serveBytes = async (bytes: (socket: Socket) => void) => {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    socket.once('data', () => bytes(socket))
  })
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return listening(server)
}

const outbound = (resolve?: (host: string) => Promise<string[]>) => {
  const made = createOutbound({ allowed: ['127.0.0.0/8'], ...(resolve && { resolve }) })
  closers.push(made.close)
  return made
}
const posted = { headers: { 'content-type': 'text/plain', 'x-one': '1' }, body: 'größe', totalMs: 2_000 }

test('a body and its headers arrive, over a connection that is kept', async () => {
  const seen: unknown[] = []
  const ports = new Set<number | undefined>()
  const port = await serve(async (request, response) => {
    ports.add(request.socket.remotePort)
    seen.push([request.method, request.headers['x-one'], await text(request)])
    response.writeHead(200).end('thanks')
  })
  const { post } = outbound()
  for (let times = 0; times < 3; times += 1)
    expect(await post(`http://127.0.0.1:${port}/`, posted)).toEqual({ status: 200 })
  expect(seen).toEqual(Array(3).fill(['POST', '1', 'größe']))
  // The next request does not wait for the end of the answer before it.
  expect(ports.size).toBeLessThan(3)
})

test('redirects are answers, and are not followed', async () => {
  let calls = 0
  const port = await serve((_, response) => {
    calls += 1
    response.writeHead(307, { location: '/elsewhere' }).end()
  })
  expect(await outbound().post(`http://127.0.0.1:${port}/`, posted)).toEqual({ status: 307 })
  expect(calls).toBe(1)
})

test.each([
  ['120', 120_000],
  ['9'.repeat(400), Number.POSITIVE_INFINITY],
  ['soon', undefined],
])('Retry-After: %s', async (text, retryAfterMs) => {
  const port = await serve((_, response) => response.writeHead(503, { 'retry-after': text }).end())
  expect((await outbound().post(`http://127.0.0.1:${port}/`, posted)).retryAfterMs).toBe(retryAfterMs)
})

test('a body without end does not delay the answer', async () => {
  const port = await serve((_, response) => {
    response.writeHead(200).write('x')
  })
  expect(await outbound().post(`http://127.0.0.1:${port}/`, posted)).toEqual({ status: 200 })
})

test.each<[string, (socket: Socket) => void]>([
  ['who says nothing', () => {}],
  ['who says 100 only', (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n')],
])('a receiver %s does not answer in time', async (_, bytes) => {
  const port = await serveBytes(bytes)
  const answer = outbound().post(`http://127.0.0.1:${port}/`, { ...posted, totalMs: 300 })
  await expect(answer).rejects.toThrow('it does not answer in time')
})

test.each<[string, string, string]>([
  ['who speaks something else', 'hello\r\n', 'its answer is not HTTP'],
  ['whose headers are endless', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`, 'its headers are too long'],
  ['who says 100 again and again', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100), 'it sends interim answers only'],
  ['whose status is none', 'HTTP/1.1 000 X\r\n\r\n', 'it answers with an invalid status'],
])('a receiver %s is unreachable, and not waited for', async (_, bytes, message) => {
  const port = await serveBytes((socket) => socket.write(bytes))
  const answer = outbound().post(`http://127.0.0.1:${port}/`, { ...posted, totalMs: 60_000 })
  await expect(answer).rejects.toThrow(message)
})

test('plain HTTP on a port of HTTPS is no answer', async () => {
  const port = await serve((_, response) => response.end())
  await expect(outbound().post(`https://127.0.0.1:${port}/`, posted)).rejects.toMatchObject({ kind: 'unreachable' })
})

test.each(['http://10.0.0.1/', 'http://[::1]/', 'http://169.254.169.254/', 'http://127.0.0.1:22/'])(
  '%s is refused, and nothing is sent',
  async (url) => {
    await expect(outbound().post(url, posted)).rejects.toMatchObject({ kind: 'refused' })
    await expect(outbound().judge(url)).rejects.toMatchObject({ kind: 'refused' })
  },
)

test('a name is judged at each connection: one that leads elsewhere later is refused', async () => {
  let addresses = ['127.0.0.1']
  let calls = 0
  const port = await serve((_, response) => {
    calls += 1
    response.writeHead(200, { connection: 'close' }).end()
  })
  const { post, judge } = outbound(async () => addresses)
  expect(await post(`http://shop.example:${port}/`, posted)).toEqual({ status: 200 })
  addresses = ['10.0.0.1']
  await expect(post(`http://shop.example:${port}/`, posted)).rejects.toMatchObject({ kind: 'refused' })
  await expect(judge(`http://shop.example:${port}/`)).rejects.toMatchObject({ kind: 'refused' })
  expect(calls).toBe(1)
})

test('a name that is not known yet is not refused', async () => {
  const unknown = () => Promise.reject(new Error('ENOTFOUND'))
  await outbound(unknown).judge('https://receiver.example/')
})
