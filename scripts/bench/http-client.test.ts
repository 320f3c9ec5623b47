import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openClient, requestText } from './http-client.ts'

let server: Server | undefined

const serve = async (listener: RequestListener): Promise<number> => {
  server = createServer(listener)
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

test('one connection reads answer after answer: with a length, in chunks, and without a body', async () => {
  const answers: RequestListener[] = [
    (_request, response) => response.writeHead(200, { 'Content-Length': 40_000 }).end('x'.repeat(40_000)),
    (_request, response) => {
      response.write('first part, ')
      response.end('last part')
    },
    (_request, response) => response.writeHead(204).end(),
    (_request, response) => response.writeHead(404, { 'Content-Length': 0 }).end(),
  ]
  const port = await serve((request, response) => answers.shift()?.(request, response))
  const client = await openClient(port)
  const request = requestText({ port, method: 'GET', path: '/', token: 'any' })
  const statuses: number[] = []
  for (let sent = 0; sent < 4; sent++) statuses.push(await client.send(request))
  client.close()
  expect(statuses).toEqual([200, 200, 204, 404])
})

test('a request carries token and body', async () => {
  const seen: unknown[] = []
  const port = await serve(async (request, response) => {
    const body = await request.toArray()
    seen.push(request.method, request.url, request.headers.authorization, Buffer.concat(body).toString())
    response.writeHead(204).end()
  })
  const client = await openClient(port)
  await client.send(
    requestText({ port, method: 'PUT', path: '/presence', token: 'secret', body: '{"state":"paused"}' }),
  )
  client.close()
  expect(seen).toEqual(['PUT', '/presence', 'Bearer secret', '{"state":"paused"}'])
})

test('a server that ends the connection fails the request', async () => {
  const port = await serve((request) => request.socket.destroy())
  const client = await openClient(port)
  const sent = client.send(requestText({ port, method: 'GET', path: '/', token: 'any' }))
  await expect(sent).rejects.toThrow(/closed|ECONNRESET/)
})
