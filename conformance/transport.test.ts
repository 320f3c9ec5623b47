/** A cut connection: what changes nothing is asked again, a write never is. A stream: what has come is the answer. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createTransport } from './transport.ts'

test.for([
  ['GET', 204],
  ['PUT', 'the connection was cut before an answer came: ECONNRESET (PUT, on a connection that was used before)'],
] as const)('%s on a kept-alive connection that is cut', async ([method, outcome]) => {
  let count = 0
  const server = createServer((request, response) => {
    if (++count === 2) request.socket.destroy()
    else response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const transport = createTransport(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 5_000, 1)
  try {
    const ask = () => transport.send({ method, target: '/', headers: {} }).then(({ status }) => status)
    expect(await ask()).toBe(204)
    expect(await ask().catch((error: Error) => error.message)).toBe(outcome)
    expect(count).toBe(method === 'GET' ? 3 : 2)
  } finally {
    transport.close()
    server.closeAllConnections()
    server.close()
  }
})

test('an answer of events is what has come when nothing more comes', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.flushHeaders()
    // A busy machine: only the first of a stream may take so long.
    setTimeout(() => {
      response.write('id: 1\n\n')
      setImmediate(() => response.write('id: 2\n\n'))
    }, 600)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const transport = createTransport(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 5_000, 1)
  try {
    const { bytes } = await transport.send({ method: 'GET', target: '/', headers: {} })
    expect(bytes.toString()).toBe('id: 1\n\nid: 2\n\n')
  } finally {
    transport.close()
    server.closeAllConnections()
    server.close()
  }
})
