import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { boundConnections, mostConnections } from './connections.ts'

const closers: (() => unknown)[] = []
/** On a busy machine. */
const soon = { timeout: 10_000 }

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** @returns a function that connects, and how often it was told to be full */
const serve = async (most: number, listener: RequestListener) => {
  const server = createServer(listener)
  let full = 0
  boundConnections(server, {
    most,
    onFull: () => {
      full += 1
    },
  })
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = async (localAddress = '127.0.0.1') => {
    const accepted = once(server, 'connection')
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', localAddress })
    socket.on('error', () => {})
    closers.push(() => socket.destroy())
    await accepted
    socket.resume()
    return socket
  }
  return { client, full: () => full }
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const closed = (socket: Socket) => expect.poll(() => socket.closed, soon)

test('one more connection closes the one that has been idle longest', async () => {
  const { client, full } = await serve(3, (_request, response) => response.end('answer'))
  const [first, second, third] = [await client(), await client(), await client()]
  first.write(get)
  await once(first, 'data')
  const fourth = await client()
  await closed(second).toBe(true)
  expect([first, third, fourth].map((socket) => socket.closed)).toEqual([false, false, false])
  expect(full()).toBe(1)
  fourth.write(get)
  expect(String(await once(fourth, 'data'))).toContain('200 OK')
})

test('an address that holds many gives way before one that holds few', async () => {
  const { client } = await serve(4, (_request, response) => response.end('answer'))
  const few = await client('127.0.0.2')
  const many = [await client(), await client(), await client()]
  const another = await client('127.0.0.3')
  await closed(many[0] as Socket).toBe(true)
  expect([few, another].map((socket) => socket.closed)).toEqual([false, false])
})

test('requests in progress are not ended: when all connections are busy, the new one is closed', async () => {
  const open: ServerResponse[] = []
  const { client } = await serve(2, (_request, response) => void open.push(response))
  const working = [await client(), await client()]
  for (const socket of working) socket.write(get)
  await expect.poll(() => open.length, soon).toBe(2)
  const refused = await client()
  await closed(refused).toBe(true)
  const answers = working.map((socket) => once(socket, 'data'))
  for (const response of open) response.end('answer')
  expect((await Promise.all(answers)).map(String).every((text) => text.includes('200 OK'))).toBe(true)
})

test('a place is free again when its client has gone', async () => {
  const { client, full } = await serve(2, (_request, response) => response.end('answer'))
  for (let n = 0; n < 5; n += 1) {
    const socket = await client()
    socket.write(get)
    await once(socket, 'data')
    socket.end()
    await once(socket, 'close')
  }
  expect(full()).toBe(0)
})

test('there is a bound, and files are left for everything else', () => {
  expect(mostConnections()).toBeGreaterThanOrEqual(16)
  expect(mostConnections()).toBeLessThanOrEqual(4_096)
})
