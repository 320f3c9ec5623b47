/** Bodies of each kind through the server: JSON, bytes and parts, with their limits. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { converse, type Serving, serve, statusesIn } from './serve.ts'

let serving: Serving
/** What handlers saw, in order. */
let seen: unknown[] = []

const digest = async (bytes: AsyncIterable<Buffer>) => {
  const hash = createHash('sha256')
  let length = 0
  for await (const chunk of bytes) {
    hash.update(chunk)
    length += chunk.length
  }
  return { length, sha256: hash.digest('hex') }
}

const beginning = async (bytes: AsyncIterable<Buffer>) => {
  for await (const chunk of bytes) return chunk.toString('latin1', 0, 6)
  return 'nothing'
}

beforeAll(async () => {
  serving = await serve({
    sendThing: ({ body }) => {
      seen.push(body)
      return { status: 201, body: { done: true } }
    },
    uploadBytes: async ({ body }) => {
      const { type, length } = body
      // One that looks at the type alone, and answers.
      if (type === 'image/gif') return { status: 201, body: { done: false } }
      seen.push({ type, announced: length, ...(await digest(body.bytes)) })
      return { status: 201, body: { done: true } }
    },
    importParts: async ({ body }) => {
      for await (const part of body) {
        if (part.kind === 'field') seen.push({ [part.name]: part.value })
        // A file of this name is left unread.
        else if (part.filename === 'skipped') seen.push({ file: 'skipped' })
        // And of one of this name only the beginning is read.
        else if (part.filename === 'begun') seen.push({ file: await beginning(part.bytes) })
        else seen.push({ [part.name]: part.filename, type: part.type, ...(await digest(part.bytes)) })
      }
      return { status: 202, body: { done: true } }
    },
  })
})
afterAll(() => serving?.close())

interface Sent {
  body?: Buffer | ReadableStream | FormData | string
  type?: string
  headers?: Record<string, string>
}

const post = async (path: string, { body, type, headers }: Sent = {}) => {
  seen = []
  const response = await fetch(serving.url + path, {
    method: 'POST',
    headers: { Authorization: 'Bearer send,manage', ...(type !== undefined && { 'Content-Type': type }), ...headers },
    ...(body !== undefined && { body, duplex: 'half' }),
  } as RequestInit)
  return { status: response.status, body: (await response.json()) as { error?: { code: string; details?: unknown } } }
}

const refused = (status: number, code: string, path?: string) => ({
  status,
  body: { error: { code, ...(path !== undefined && { details: { errors: [expect.objectContaining({ path })] } }) } },
})

const pattern = (length: number) => Buffer.alloc(length, 'parley')
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** In small chunks, and without saying how many. */
const streamOf = (bytes: Buffer) =>
  new ReadableStream({
    async start(controller) {
      for (let at = 0; at < bytes.length; at += 10_000) controller.enqueue(bytes.subarray(at, at + 10_000))
      controller.close()
    },
  })

describe('bytes', () => {
  test.for([
    ['application/octet-stream', 1],
    ['IMAGE/png; q=1', 100_000],
    ['image/png', 262_144],
  ] as const)('of %s, %i of them, reach the handler as they are', async ([type, length]) => {
    const bytes = pattern(length)
    expect(await post('/media', { body: bytes, type })).toMatchObject({ status: 201 })
    expect(seen).toEqual([{ type: type.toLowerCase().split(';')[0], announced: length, length, sha256: sha256(bytes) }])
  })

  test('that come in chunks have no announced length', async () => {
    const bytes = pattern(200_000)
    expect(await post('/media', { body: streamOf(bytes), type: 'image/png' })).toMatchObject({ status: 201 })
    expect(seen).toEqual([{ type: 'image/png', announced: undefined, length: 200_000, sha256: sha256(bytes) }])
  })

  test('of another type, with a coding, too many or none are refused', async () => {
    const body = pattern(10)
    expect(await post('/media', { body, type: 'text/plain' })).toMatchObject(refused(415, 'unsupported_media_type'))
    expect(await post('/media', { body, type: 'imagepng' })).toMatchObject(refused(415, 'unsupported_media_type'))
    expect(await post('/media', { body, type: 'image/png', headers: { 'Content-Encoding': 'gzip' } })).toMatchObject(
      refused(415, 'unsupported_media_type'),
    )
    expect(await post('/media', { body: pattern(262_145), type: 'image/png' })).toMatchObject(
      refused(413, 'payload_too_large'),
    )
    expect(await post('/media')).toMatchObject(refused(400, 'validation_error', '/body'))
  })

  test('beyond the limit that were not announced are refused when they arrive, and the connection goes on', async () => {
    const big = pattern(300_000)
    const answers = await converse(
      serving.url,
      Buffer.concat([
        Buffer.from(
          `POST /api/v1/media HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer send\r\nContent-Type: image/png\r\n` +
            `Transfer-Encoding: chunked\r\n\r\n${big.length.toString(16)}\r\n`,
        ),
        big,
        Buffer.from(`\r\n0\r\n\r\nGET /api/v1/nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`),
      ]),
    )
    expect(statusesIn(answers)).toEqual([413, 404])
  })

  test('that no handler reads are skipped, and the connection goes on', async () => {
    const bytes = pattern(250_000)
    const answers = await converse(
      serving.url,
      Buffer.concat([
        Buffer.from(
          `POST /api/v1/media HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer send\r\nContent-Type: image/gif\r\n` +
            `Content-Length: ${bytes.length}\r\n\r\n`,
        ),
        bytes,
        Buffer.from(`GET /api/v1/nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`),
      ]),
    )
    expect(statusesIn(answers)).toEqual([201, 404])
  })
})

describe('JSON', () => {
  test('of one of several kinds reaches the handler as a value', async () => {
    const thing = { type: 'text', text: 'hello' }
    const sent = { body: JSON.stringify(thing), type: 'application/json; charset=UTF-8' }
    expect(await post('/sessions/sess_live/messages', sent)).toMatchObject({ status: 201 })
    expect(seen).toEqual([thing])
  })

  test('of no kind is refused by name', async () => {
    const sent = { body: '{"type":"poem"}', type: 'application/json' }
    expect(await post('/sessions/sess_live/messages', sent)).toMatchObject(
      refused(422, 'validation_error', '/body/type'),
    )
  })
})

describe('parts', () => {
  const form = (...parts: [name: string, value: string | Blob, filename?: string][]) => {
    const data = new FormData()
    for (const [name, value, filename] of parts)
      if (typeof value === 'string') data.append(name, value)
      else data.append(name, value, filename)
    return { body: data }
  }
  const file = (length: number) => new Blob([pattern(length)], { type: 'image/png' })

  test('reach the handler in their order, files as they arrive', async () => {
    const bytes = pattern(300_000)
    const sent = form(['note', 'from my phone'], ['file', file(300_000), 'a picture.png'])
    expect(await post('/imports', sent)).toMatchObject({ status: 202 })
    expect(seen).toEqual([
      { note: 'from my phone' },
      { file: 'a picture.png', type: 'image/png', length: 300_000, sha256: sha256(bytes) },
    ])
  })

  test('that are not read are skipped', async () => {
    const sent = form(['file', file(300_000), 'skipped'], ['note', 'after it'])
    expect(await post('/imports', sent)).toMatchObject({ status: 202 })
    expect(seen).toEqual([{ file: 'skipped' }, { note: 'after it' }])
  })

  test('of which only the beginning is read are skipped from there on', async () => {
    const sent = form(['file', file(900_000), 'begun'], ['note', 'after it'])
    expect(await post('/imports', sent)).toMatchObject({ status: 202 })
    expect(seen).toEqual([{ file: 'parley' }, { note: 'after it' }])
  })

  test('lose folders and control characters of their filename', async () => {
    const part = `--b\r\nContent-Disposition: form-data; name="file"; filename*=UTF-8''..%2F..%2Fetc%2Fpass%07wd\r\n\r\nx\r\n--b--`
    await post('/imports', { body: part, type: 'multipart/form-data; boundary=b' })
    expect(seen).toMatchObject([{ file: 'passwd' }])
  })

  test.for<[string, ReturnType<typeof form>, string]>([
    ['that the operation does not take', form(['file', file(9), 'f'], ['poem', 'oh']), '/body/poem'],
    ['that are there twice', form(['file', file(9), 'f'], ['file', file(9), 'g']), '/body/file'],
    ['that break the schema', form(['note', 'x'.repeat(41)], ['file', file(9), 'f']), '/body/note'],
    ['that are text and must be a file', form(['file', 'words']), '/body/file'],
    ['that are a file and must be text', form(['note', file(9), 'f']), '/body/note'],
    ['that are too long for text', form(['note', 'x'.repeat(70_000)], ['file', file(9), 'f']), '/body/note'],
    ['of which one is missing', form(['note', 'words']), '/body/file'],
    ['of which there are too many', form(['note', 'a'], ['note', 'b'], ['note', 'c']), '/body/note'],
  ])('%s are 422', async ([, sent, path]) => {
    expect(await post('/imports', sent)).toMatchObject(refused(422, 'validation_error', path))
  })

  test('without a name are passed over, up to as many as there may be parts', async () => {
    const named = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nx\r\n'
    const sent = (nameless: number) => ({
      body: `${'--b\r\nX-Of: nobody\r\n\r\nx\r\n'.repeat(nameless)}${named}--b--`,
      type: 'multipart/form-data; boundary=b',
    })
    expect(await post('/imports', sent(1))).toMatchObject({ status: 202 })
    expect(await post('/imports', sent(3))).toMatchObject(refused(422, 'validation_error', '/body'))
  })

  test('that are no form, too large or cut short are refused', async () => {
    const type = 'multipart/form-data; boundary=b'
    const post0 = (body: string, as = type) => post('/imports', { body, type: as })
    expect(await post0('hello')).toMatchObject(refused(400, 'validation_error', '/body'))
    expect(await post0('hello', 'multipart/form-data')).toMatchObject(refused(400, 'validation_error', '/body'))
    expect(await post0('--b\r\nContent-Disposition: form-data; name="note"\r\n\r\ncut')).toMatchObject(
      refused(400, 'validation_error', '/body'),
    )
    expect(await post0('{}', 'application/json')).toMatchObject(refused(415, 'unsupported_media_type'))
    const big = form(['file', file(1_100_000), 'f'])
    expect(await post('/imports', big)).toMatchObject(refused(413, 'payload_too_large'))
  })

  test('of which the first is refused do not hold the answer up, and the connection goes on', async () => {
    const head = `POST /api/v1/imports HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer manage\r\nTransfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n`
    const first = '--b\r\nContent-Disposition: form-data; name="poem"\r\n\r\noh\r\n--b\r\n'
    const rest = 'x'.repeat(200_000)
    const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
    const answers = await converse(
      serving.url,
      Buffer.from(
        `${head}${chunk(first)}${chunk(rest)}0\r\n\r\nGET /api/v1/nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      ),
    )
    expect(statusesIn(answers)).toEqual([422, 404])
  })
})
