/** Shared by the tests of replies: a server of which each test says what its handlers answer, and ways to call it. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type Serving, type ShapeHandlers, serve } from './serve.ts'

export const content = Buffer.from('0123456789')
export const disposition = { 'Content-Disposition': 'attachment' }

export async function* slices(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 3) yield bytes.subarray(at, at + 3)
}

/** What the handlers do, set by each test; those that it does not name do what is usual. */
export const behave: Partial<ShapeHandlers> = {}

export let serving: Serving

export const handlers: Partial<ShapeHandlers> = {
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

/** Starts the server before the tests of a file. To be called once in it. */
export const serveReplies = (): void => {
  beforeAll(async () => {
    serving = await serve(handlers)
  })
  afterEach(() => {
    for (const name of Object.keys(behave) as (keyof ShapeHandlers)[]) delete behave[name]
  })
  afterAll(() => serving?.close())
}

const all = 'read,send,manage,events'
export const ask = async (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) => {
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
export const get = (path: string, headers?: Record<string, string>) => ask('GET', path, headers)
export const codeIn = (text: string) => (JSON.parse(text) as { error: { code: string } }).error.code
export const raw = (path: string, headers = '', method = 'GET') =>
  `${method} /api/v1${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${all}\r\n${headers}\r\n`

/** On a connection of its own, which stays open. */
export const sendAlone = async (request: string): Promise<Socket> => {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(serving.url).port) })
  await once(socket, 'connect')
  socket.write(request)
  return socket
}

/** What comes on a connection until it has `text`. */
export const readUntil = async (socket: Socket, text: string) => {
  let read = ''
  while (!read.includes(text)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    read += chunk.toString()
  }
  return read
}
