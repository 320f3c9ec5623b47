import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHttpServer, defaultLimits } from './server.ts'

const server = createHttpServer((_request, response) => response.end('answer'))

beforeEach(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

test('a client that asks for CONNECT and breaks off ends its connection, and not the process', async () => {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const accepted = once(server, 'connect')
  client.on('error', () => {})
  client.write('CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n')
  const [, socket] = (await accepted) as [unknown, Socket]
  // An emitter throws what nobody listens to.
  expect(() => socket.emit('error', new Error('write ECONNRESET'))).not.toThrow()
  expect(socket.destroyed).toBe(true)
  client.destroy()
})

test('a body has its time to arrive, whatever its headers expect', async () => {
  const limits = { ...defaultLimits, requestTimeoutMs: 1, checkIntervalMs: 1 }
  const patient = createHttpServer(() => {}, limits).listen(0, '127.0.0.1')
  await once(patient, 'listening')
  const client = connect((patient.address() as AddressInfo).port, '127.0.0.1')
  client.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: nonsense\r\nContent-Length: 2\r\n\r\n{')
  const [answer] = (await once(client, 'data')) as [Buffer]
  expect(answer.toString()).toContain('the request did not arrive in time')
  client.destroy()
  patient.close()
})

test('a pipelined response has no socket until its turn, which is how a waiting body is recognized', async () => {
  const sockets: unknown[] = []
  const both = Promise.withResolvers<void>()
  const piped = createHttpServer(() => {}).listen(0, '127.0.0.1')
  piped.on('request', (_request, response) => {
    if (sockets.push(response.socket) === 2) both.resolve()
  })
  await once(piped, 'listening')
  const client = connect((piped.address() as AddressInfo).port, '127.0.0.1')
  client.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n')
  await both.promise
  expect(sockets).toEqual([expect.anything(), null])
  client.destroy()
  piped.close()
})
