import { createHash } from 'node:crypto'
import { Agent } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { decryptMediaRetryData, type WAMessage, type WAMessageUpdate } from '@whiskeysockets/baileys'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Account, type Loopback, startLoopback } from './index.ts'
import { pair } from './test-client.ts'

let wa: Loopback
let owner: Account
let contact: Account
let client: Awaited<ReturnType<typeof pair>>

/** Speaks plain HTTP to the media host, whatever host the client means. */
class ToLoopback extends Agent {
  override createConnection() {
    return connectTcp(Number(new URL(wa.mediaUrl).port), '127.0.0.1')
  }
}

beforeAll(async () => {
  wa = await startLoopback()
  owner = wa.account({ pn: '6281234567890', lid: '98765432101234', name: 'Owner' })
  contact = wa.account({ pn: '6285550001111', name: 'Ani' })
  client = await pair(wa, owner, { fetchAgent: new ToLoopback() })
  await owner.phone.sendHistory({}, client.companion)
  await client.next('messaging-history.set')
})

afterEach(() => {
  wa.faults.clear()
  owner.phone.uploadsAgain = 'upload'
})

afterAll(async () => {
  await client.end()
  await wa.close()
  expect(wa.unhandled).toEqual([])
})

const bytes = Buffer.from('not really a picture, but nobody looks')

async function sent(content: Parameters<typeof client.sock.sendMessage>[1]) {
  const message = await client.sock.sendMessage(contact.pn, content)
  const id = message?.key.id ?? ''
  await wa.next('message', (arrived) => arrived.id === id && arrived.phone === contact.pn)
  return id
}

describe('a file of the client', () => {
  test.each([
    ['image', { image: bytes, caption: 'look', jpegThumbnail: '' }, { imageMessage: { caption: 'look' } }],
    ['video', { video: bytes, jpegThumbnail: '' }, { videoMessage: { mimetype: 'video/mp4' } }],
    ['audio', { audio: bytes, mimetype: 'audio/mp4', seconds: 3 }, { audioMessage: { seconds: 3 } }],
    [
      'voice note',
      { audio: bytes, ptt: true, mimetype: 'audio/ogg; codecs=opus', seconds: 3 },
      { audioMessage: { ptt: true } },
    ],
    [
      'document',
      { document: bytes, mimetype: 'text/plain', fileName: 'a.txt' },
      { documentMessage: { fileName: 'a.txt' } },
    ],
    ['sticker', { sticker: bytes }, { stickerMessage: { mimetype: 'image/webp' } }],
  ])('of kind %s reaches the contact byte for byte', async (_kind, content, message) => {
    const id = await sent(content)
    expect(contact.phone.screen.find(id)).toMatchObject({ arrivals: 1, message })
    expect(contact.phone.download(id)).toEqual(bytes)
    expect(owner.phone.download(id)).toEqual(bytes)
  })

  test('goes to the next host when the first one breaks, and with a new list when the old one has expired', async () => {
    const [first, second] = wa.hosts.names
    const seen: unknown[] = []
    const stop = wa.on('upload', ({ host, status }) => seen.push([host, status]))
    wa.faults.onUpload((host) => host === first, 'reset', 1)
    await sent({ document: bytes, mimetype: 'text/plain' })
    wa.hosts.expire()
    await sent({ document: bytes, mimetype: 'text/plain' })
    stop()
    expect(seen).toEqual([
      [first, undefined],
      [second, 200],
      [first, 401],
      [second, 200],
    ])
  })

  test.each([
    ['an old list', 401, (hash: string) => `/mms/image/${hash}?auth=old&token=${hash}`],
    [
      'no such kind',
      400,
      (hash: string) => `/mms/other/${hash}?auth=${encodeURIComponent(wa.hosts.auth)}&token=${hash}`,
    ],
    ['another token', 400, (hash: string) => `/mms/image/${hash}?auth=${encodeURIComponent(wa.hosts.auth)}&token=x`],
    ['another hash', 400, () => `/mms/image/AAAA?auth=${encodeURIComponent(wa.hosts.auth)}&token=AAAA`],
  ])('is refused: %s', async (_what, status, path) => {
    const hash = createHash('sha256').update(bytes).digest('base64url')
    const response = await fetch(wa.mediaUrl + path(hash), { method: 'POST', body: bytes })
    expect(response.status).toBe(status)
  })

  test('is refused when it is longer than the list of hosts says', async () => {
    const { maxBytes } = wa.hosts
    wa.hosts.maxBytes = bytes.length - 1
    const hash = createHash('sha256').update(bytes).digest('base64url')
    const path = `/mms/image/${hash}?auth=${encodeURIComponent(wa.hosts.auth)}&token=${hash}`
    expect((await fetch(wa.mediaUrl + path, { method: 'POST', body: bytes })).status).toBe(413)
    wa.hosts.maxBytes = maxBytes
  })
})

describe('a file of a contact', () => {
  test('is served whole and in parts', async () => {
    const id = await contact.phone.sendFile(owner.pn, 'image', bytes, { caption: 'from me' })
    expect(owner.phone.download(id)).toEqual(bytes)
    const path = owner.phone.screen.find(id)?.message?.imageMessage?.directPath
    const whole = Buffer.from(await (await fetch(`${wa.mediaUrl}${path}`)).arrayBuffer())
    for (const [range, status, part] of [
      ['bytes=16-', 206, whole.subarray(16)],
      ['bytes=0-15', 206, whole.subarray(0, 16)],
      [`bytes=${whole.length}-`, 416, Buffer.alloc(0)],
    ] as const) {
      const response = await fetch(`${wa.mediaUrl}${path}`, { headers: { range } })
      expect([response.status, Buffer.from(await response.arrayBuffer())]).toEqual([status, part])
    }
  })

  test.each(['upload', 'not-found', 'error', 'garbage'] as const)(
    'is asked for again when it is gone: %s',
    async (answer) => {
      owner.phone.uploadsAgain = answer
      const id = await contact.phone.sendFile(owner.pn, 'document', bytes)
      const message = await new Promise<WAMessage>((resolve) =>
        client.sock.ev.on('messages.upsert', ({ messages }) => {
          const found = messages.find(({ key }) => key.id === id)
          if (found) resolve(found)
        }),
      )
      const mediaKey = message.message?.documentMessage?.mediaKey ?? new Uint8Array()
      const path = message.message?.documentMessage?.directPath ?? ''
      wa.media.remove(path)
      const answered = new Promise<
        Pick<WAMessageUpdate, 'key'> & { media?: { ciphertext: Uint8Array; iv: Uint8Array }; error?: Error }
      >((resolve) => client.sock.ev.on('messages.media-update', ([update]) => update?.key.id === id && resolve(update)))
      const updating = client.sock.updateMediaMessage(message).catch((error: Error) => error)
      const { media, error } = await answered
      if (answer === 'not-found') expect(error).toBeInstanceOf(Error)
      else if (answer === 'garbage') expect(() => media && decryptMediaRetryData(media, mediaKey, id)).toThrow()
      else {
        const { result, directPath } = media ? decryptMediaRetryData(media, mediaKey, id) : {}
        expect(result).toBe(answer === 'upload' ? 1 : 0)
        if (answer === 'upload') expect((await fetch(`${wa.mediaUrl}${directPath}`)).status).toBe(200)
      }
      await updating
    },
  )
})
