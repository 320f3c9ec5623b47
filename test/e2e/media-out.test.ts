/** Messages with files: from the body, from an address, uploaded before; phones download and decrypt what they get. */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Account } from '../../loopback/index.ts'
import { sayWhatIsSeen } from '../../scripts/sandbox/seen.ts'
import { voiceNoteOf } from '../../scripts/sandbox/voice-note.ts'
import { inSandbox, read, sandbox, send } from '../support/in-sandbox.ts'

inSandbox()

interface Shown {
  id: string
  waMessageId: string
  status: string
  body?: string
  media?: { mimetype: string; size: number; filename?: string }
}

const png = (more = 0) =>
  Buffer.concat([
    Buffer.from('89504e470d0a1a0a0000000d49484452000002800000 01e00802000000'.replace(' ', ''), 'hex'),
    randomBytes(more),
  ])
const voice = Buffer.concat([
  Buffer.from(`OggS\0\x02${'\0'.repeat(22)}OpusHead\x01\x01\x38\x01`, 'latin1'),
  randomBytes(500),
  Buffer.from('OggS\0\x04\x38\xee\x02\0\0\0\0\0', 'latin1'),
  Buffer.alloc(100),
])
const webp = Buffer.from('RIFF\x2c\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\xff\x01\0\xff\x01\0\0\0\0\0', 'latin1')
const mp4 = Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\x08free', 'latin1')

let numbers = 0
const person = (): Account => {
  numbers += 1
  return sandbox.loopback.account({ pn: `62844400${String(numbers).padStart(4, '0')}`, name: `Person ${numbers}` })
}

const live = () => sandbox.target.fixtures.liveSession
const messages = () => `/sessions/${live()}/messages`
const post = async (to: Account, body: object) => send('POST', messages(), { to: to.pn, ...body })
const data = (bytes: Buffer) => ({ data: bytes.toString('base64') })

/** What a phone shows of a message, and its file. */
const received = async (phone: Account, { waMessageId: id }: Shown) => {
  const { message } = await sandbox.loopback.next('message', (event) => event.phone === phone.pn && event.id === id)
  return { message, file: phone.phone.download(id) }
}

const uploaded = async (bytes: Buffer | ReadableStream, type = 'application/octet-stream') => {
  const response = await fetch(`${sandbox.url}/sessions/${live()}/media`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${sandbox.target.tokens.full}`, 'Content-Type': type },
    body: bytes instanceof Buffer ? new Uint8Array(bytes) : bytes,
    duplex: 'half',
  } as RequestInit)
  return { status: response.status, body: (await response.json()) as { id: string; size: number; mimetype: string } }
}

describe('a file in the body', () => {
  test.each([
    [
      'image',
      png(3_000),
      { caption: 'Our menu' },
      { imageMessage: { mimetype: 'image/png', caption: 'Our menu', width: 640, height: 480 } },
    ],
    ['video', mp4, {}, { videoMessage: { mimetype: 'video/mp4' } }],
    ['sticker', webp, {}, { stickerMessage: { mimetype: 'image/webp', isAnimated: true } }],
    [
      'document',
      Buffer.from('two nasi goreng'),
      { filename: 'order.txt', mimetype: 'text/plain', caption: 'the order' },
      { documentMessage: { mimetype: 'text/plain', fileName: 'order.txt', caption: 'the order' } },
    ],
  ])('%s arrives byte for byte', async (type, bytes, more, expected) => {
    const rina = person()
    const answer = await post(rina, { type, media: { ...data(bytes), ...more } })
    expect(answer).toMatchObject({ status: 200, body: { type, hasMedia: true, media: { size: bytes.length } } })
    const { message, file } = await received(rina, answer.body as Shown)
    expect(message).toMatchObject(expected)
    expect(file.equals(bytes)).toBe(true)
  })

  test('a voice note is shown as one, with its duration', async () => {
    const rina = person()
    const answer = await post(rina, { type: 'audio', voice: true, media: data(voice) })
    expect(answer.status).toBe(200)
    const { message, file } = await received(rina, answer.body as Shown)
    expect(message.audioMessage).toMatchObject({ ptt: true, seconds: 4, mimetype: 'audio/ogg; codecs=opus' })
    expect(file.equals(voice)).toBe(true)
  })
})

test('the sandbox says what the receiver sees of a file', async () => {
  const lines: string[] = []
  sayWhatIsSeen(sandbox.loopback, (line) => void lines.push(line))
  const rina = person()
  const order = { type: 'document', media: { ...data(Buffer.from('x'.repeat(2_000))), filename: 'order.txt' } }
  for (const body of [{ type: 'audio', voice: true, media: data(voiceNoteOf(2)) }, order])
    await received(rina, (await post(rina, body)).body as Shown)
  expect(lines.filter((line) => line.startsWith(rina.name))).toEqual([
    expect.stringContaining('shows a voice note (audio/ogg, 2 s, 518 bytes) from '),
    expect.stringContaining('shows a document (application/octet-stream, 2,000 bytes) "order.txt" from '),
  ])
})

describe('a file from an address', () => {
  const files: Record<string, Buffer> = { '/menu.png': png(200_000), '/page.html': Buffer.from('<html></html>') }
  const server = createServer(({ url = '' }, response) => {
    asked.push(url)
    const file = files[url]
    if (file === undefined) response.writeHead(url === '/moved' ? 302 : 404, { location: '/menu.png' }).end()
    else response.end(file)
  })
  const asked: string[] = []
  let base: string
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server.close())

  const byUrl = (url: string, more: object = {}) => post(person(), { type: 'image', media: { url, ...more } })

  test('it arrives byte for byte', async () => {
    const rina = person()
    const answer = await post(rina, { type: 'image', media: { url: `${base}/menu.png` } })
    expect(answer).toMatchObject({ status: 200, body: { media: { mimetype: 'image/png' } } })
    expect((await received(rina, answer.body as Shown)).file.equals(files['/menu.png'] ?? Buffer.of())).toBe(true)
  })

  test.each([
    ['a private network', () => 'http://10.0.0.1/menu.png', 'address'],
    ['a metadata service', () => 'http://169.254.169.254/latest', 'address'],
    ['a port of another service', () => 'http://127.0.0.1:22/', 'address'],
    ['nothing', () => `${base}/nothing`, 'unreachable'],
    ['a redirect', () => `${base}/moved`, 'unreachable'],
    ['something else than a picture', () => `${base}/page.html`, 'media_type'],
  ])('%s is refused', async (_what, url, code) => {
    const answer = await byUrl(url())
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ error: { details: { errors: [{ path: '/body/media/url', code }] } } })
  })

  test('a redirect is not followed', async () => {
    await byUrl(`${base}/moved`)
    expect(asked.at(-1)).toBe('/moved')
  })
})

describe('an uploaded file', () => {
  test('is sent twice, put on the media host once, and is not another session’s', async () => {
    const bytes = png(2_000)
    const { status, body } = await uploaded(bytes)
    expect({ status, body }).toMatchObject({ status: 201, body: { size: bytes.length, mimetype: 'image/png' } })
    const before = sandbox.loopback.stats.uploads
    for (const phone of [person(), person()]) {
      const answer = await post(phone, { type: 'image', media: { id: body.id } })
      expect((await received(phone, answer.body as Shown)).file.equals(bytes)).toBe(true)
    }
    expect(sandbox.loopback.stats.uploads - before).toBe(1)
    const foreign = { type: 'image', to: person().pn, media: { id: body.id } }
    expect(
      await send('POST', `/sessions/${sandbox.target.fixtures.offlineSession}/messages?async=true`, foreign),
    ).toMatchObject({
      status: 404,
      body: { error: { details: { path: '/body/media/id' } } },
    })
  })

  test('is sent as another kind', async () => {
    const bytes = png(2_000)
    const { body } = await uploaded(bytes)
    const rina = person()
    const answer = await post(rina, { type: 'document', media: { id: body.id, filename: 'menu.png' } })
    const { message, file } = await received(rina, answer.body as Shown)
    expect(message.documentMessage).toMatchObject({ fileName: 'menu.png', mimetype: 'image/png' })
    expect(file.equals(bytes)).toBe(true)
    const wrong = await post(rina, { type: 'video', media: { id: body.id } })
    expect(wrong).toMatchObject({ status: 422, body: { error: { details: { errors: [{ code: 'media_type' }] } } } })
  })
})

test.each<[string, string, object, string, string]>([
  ['no source', 'image', { caption: 'a' }, '/body/media', 'other'],
  ['two sources', 'image', { ...data(png()), url: 'http://example.com/' }, '/body/media', 'other'],
  ['no Base64', 'image', { data: 'not-base64!' }, '/body/media/data', 'format'],
  ['a text called a picture', 'image', data(Buffer.from('hello')), '/body/media/data', 'media_type'],
  ['a picture called a video', 'video', data(png()), '/body/media/data', 'media_type'],
  [
    'another type than the caller says',
    'image',
    { ...data(png()), mimetype: 'image/jpeg' },
    '/body/media/data',
    'media_type',
  ],
  ['a caption of a sticker', 'sticker', { ...data(webp), caption: 'a' }, '/body/media/caption', 'unknown'],
  ['a folder in the name', 'document', { ...data(webp), filename: '../a' }, '/body/media/filename', 'format'],
  [
    'a name that hides what it ends in',
    'document',
    { ...data(webp), filename: 'photo_\u202egpj.exe' },
    '/body/media/filename',
    'format',
  ],
])('%s is refused', async (_what, type, media, path, code) => {
  const answer = await post(person(), { type, media })
  expect(answer).toMatchObject({ status: 422, body: { error: { details: { errors: [{ path, code }] } } } })
})

test('a media host that is down is asked again until it takes the file', async () => {
  sandbox.loopback.faults.onUpload(() => true, 503, 2)
  const rina = person()
  const answer = await post(rina, { type: 'image', media: data(png(100)) })
  expect([200, 202]).toContain(answer.status)
  await received(rina, answer.body as Shown)
  await vi.waitFor(
    async () =>
      expect((await read('GET', `${messages()}/${(answer.body as Shown).id}`)).body).toMatchObject({
        status: 'delivered',
      }),
    20_000,
  )
})

test('an old list of hosts is replaced', async () => {
  sandbox.loopback.hosts.expire()
  expect((await post(person(), { type: 'image', media: data(png(100)) })).status).toBe(200)
})
