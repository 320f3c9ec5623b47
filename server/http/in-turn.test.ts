import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { inTurn } from './in-turn.ts'

const closers: (() => unknown)[] = []
/** On a busy machine. */
const soon = { timeout: 10_000 }

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const serve = async (listener: RequestListener) => {
  const server = createServer(inTurn(listener))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    closers.push(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

/** Until this has been read. */
const read = async (socket: Socket, what: string) => {
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += chunk
    if (text.includes(what)) return text
  }
  return text
}

test('of one connection, one at a time and in order; of several, side by side', async () => {
  const begun: string[] = []
  const open = new Map<string, ServerResponse>()
  const client = await serve((request, response) => {
    begun.push(String(request.url))
    open.set(String(request.url), response)
  })
  const [first, second] = [await client(), await client()]
  first.write(get('/1') + get('/2') + get('/3'))
  await expect.poll(() => begun, soon).toEqual(['/1'])
  second.write(get('/other'))
  await expect.poll(() => begun, soon).toEqual(['/1', '/other'])
  open.get('/1')?.end('one')
  await expect.poll(() => begun, soon).toEqual(['/1', '/other', '/2'])
  open.get('/2')?.end('two')
  await expect.poll(() => begun, soon).toEqual(['/1', '/other', '/2', '/3'])
  open.get('/3')?.end('three')
  expect(await read(first, 'three')).toMatch(/one[\s\S]*two[\s\S]*three/)
})

test('a request that follows its answer is handled at once', async () => {
  let handled = 0
  const client = await serve((_request, response) => {
    handled += 1
    response.end(`answer ${handled}`)
  })
  const socket = await client()
  for (let n = 1; n <= 3; n += 1) {
    socket.write(get('/'))
    await read(socket, `answer ${n}`)
  }
  expect(handled).toBe(3)
})

test('requests that wait on a connection that ends are never handled', async () => {
  const begun: string[] = []
  const client = await serve((request, response) => {
    begun.push(String(request.url))
    if (request.url === '/after') response.end()
  })
  const socket = await client()
  socket.write(get('/1') + get('/2'))
  await expect.poll(() => begun, soon).toEqual(['/1'])
  socket.destroy()
  const other = await client()
  other.write(get('/after'))
  await read(other, '200 OK')
  expect(begun).toEqual(['/1', '/after'])
})

test('between the requests that one client sends at once, another is answered', async () => {
  const order: string[] = []
  const client = await serve((request, response) => {
    order.push(String(request.url))
    response.end('answer')
  })
  const [flooding, other] = [await client(), await client()]
  flooding.resume()
  flooding.write(get('/flood').repeat(1_000))
  other.write(get('/other'))
  await read(other, 'answer')
  // Two of the flood in each turn of the event loop at most, whose turns it takes a few for the other to be read.
  expect(order.indexOf('/other')).toBeLessThan(50)
  await expect.poll(() => order.length, soon).toBe(1_001)
})

test('a client that sends requests without end is read no further while many of them wait', async () => {
  const open: ServerResponse[] = []
  const client = await serve((_request, response) => void open.push(response))
  const socket = await client()
  const bytes = get('/').repeat(200_000)
  let taken = false
  socket.write(bytes, () => {
    taken = true
  })
  await expect.poll(() => open.length, soon).toBe(1)
  // Others are served, and it is still not read.
  const other = await client()
  other.write(get('/other'))
  await expect.poll(() => open.length, soon).toBe(2)
  expect(taken).toBe(false)
})
