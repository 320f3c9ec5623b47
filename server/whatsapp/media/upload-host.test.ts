/** Uploads to media hosts that are not what they should be. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createUploadHost, UploadFailure } from './upload-host.ts'

let answer: (request: IncomingMessage, response: ServerResponse) => void
let base: string
const server = createServer((request, response) => answer(request, response))
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const bytes = Buffer.alloc(300_000, 7)
const key = new Uint8Array(32).fill(250)
const keys = { kind: 'sticker' as const, mediaKey: key, sha256: key, encSha256: key }
const file = {
  file: { keys, mimetype: 'image/webp', kinds: [], size: 299_990, encryptedSize: bytes.length },
  async *read() {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
  },
}

const put = (hostname = 'media-lo1-1.cdn.whatsapp.net', signal = new AbortController().signal) =>
  createUploadHost(base)
    .put(file, { hostname, auth: 'a+b/c=' }, signal)
    .catch((error: unknown) => (error instanceof UploadFailure ? error.kind : error))

const says = (status: number, body = '') => {
  answer = (request, response) => void request.resume().on('end', () => response.writeHead(status).end(body))
}
const located = JSON.stringify({ url: 'https://mmg.whatsapp.net/a', direct_path: '/a' })

test('the whole file is put under its hash, and the answer says where it is', async () => {
  const chunks: Buffer[] = []
  let head: Pick<IncomingMessage, 'url' | 'headers'> | undefined
  answer = (request, response) => {
    head = request
    request.on('data', (chunk) => chunks.push(chunk)).on('end', () => response.end(located))
  }
  expect(await put()).toEqual({ url: 'https://mmg.whatsapp.net/a', directPath: '/a' })
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
  const hash = Buffer.from(key).toString('base64url')
  expect(head?.url).toBe(`/mms/image/${hash}?auth=a%2Bb%2Fc%3D&token=${hash}`)
  expect(head?.headers).toMatchObject({ host: 'media-lo1-1.cdn.whatsapp.net', 'content-length': '300000' })
})

test.each([
  [401, 'expired'],
  [403, 'expired'],
  [413, 'too_large'],
  [400, 'refused'],
  [415, 'refused'],
  [429, 'trouble'],
  [500, 'trouble'],
  [503, 'trouble'],
  [302, 'trouble'],
])('%i is %s', async (status, kind) => {
  says(status, '{}')
  expect(await put()).toBe(kind)
})

test.each([
  '',
  'no JSON',
  'null',
  '{}',
  '{"url":"https://mmg.whatsapp.net/a"}',
  '{"url":"a","direct_path":"/a"}',
  '{"url":7,"direct_path":"/a"}',
  'x'.repeat(100_000),
])('an answer that says no place is trouble: %#', async (body) => {
  says(200, body)
  expect(await put()).toBe('trouble')
})

test.each(['evil.example', 'whatsapp.net.evil.example', '127.0.0.1', 'a.whatsapp.net/', 'a.whatsapp.net:25', ''])(
  '%j is no media host',
  async (hostname) => {
    says(200, located)
    expect(await put(hostname)).toBe('trouble')
  },
)

test('a host that resets the connection, and a caller that stops', async () => {
  answer = (request) => request.once('data', () => request.socket.resetAndDestroy())
  expect(await put()).toBe('trouble')
  const stop = new AbortController()
  answer = () => stop.abort()
  expect(await put(undefined, stop.signal)).toBe('trouble')
})
