import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { letGoOfUnread } from './unread.ts'

const answer = Buffer.alloc(64_000, 'a')
let server: Server
const sockets: Socket[] = []
const timers: NodeJS.Timeout[] = []

beforeEach(async () => {
  server = createServer((_request, response) => void response.end(answer))
  letGoOfUnread(server, { idleMs: 300, checkMs: 20 })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  for (const timer of timers.splice(0)) clearInterval(timer)
  for (const socket of sockets.splice(0)) socket.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const client = async () => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => {})
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

test('a client that sends and never reads is disconnected, whatever it still sends', async () => {
  const accepted = once(server, 'connection')
  const socket = await client()
  const [theirs] = (await accepted) as [Socket]
  socket.pause()
  socket.write(get.repeat(500))
  timers.push(setInterval(() => socket.write('\r\n'), 20))
  await once(theirs, 'close')
  expect(theirs.bytesWritten).toBeGreaterThan(answer.length)
}, 10_000)

test('a client that reads a little at a time gets everything', async () => {
  const socket = await client()
  const asked = 100
  socket.write(get.repeat(asked))
  let read = 0
  socket.on('data', (chunk) => {
    read += chunk.length
    socket.pause()
    timers.push(setTimeout(() => socket.resume(), 2))
  })
  await expect.poll(() => read, { timeout: 10_000 }).toBeGreaterThan(asked * answer.length)
  expect(socket.destroyed).toBe(false)
}, 20_000)

test('a client that asks for nothing is none of its concern', async () => {
  const quiet = await client()
  const accepted = once(server, 'connection')
  const deaf = await client()
  const [theirs] = (await accepted) as [Socket]
  deaf.pause()
  deaf.write(get.repeat(500))
  // As long as it takes until the other is let go.
  await once(theirs, 'close')
  quiet.write(get)
  const [first] = (await once(quiet, 'data')) as [Buffer]
  expect(first.toString()).toMatch(/^HTTP\/1\.1 200/)
}, 10_000)
