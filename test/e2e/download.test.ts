/** downloadMedia with the real client library, phones that send files, and a media host that spoils them. */
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import type { Account, MediaFault } from '../../loopback/index.ts'
import { becomes, full, inSandbox, linked, manage, sandbox } from '../support/in-sandbox.ts'

inSandbox()

afterEach(() => {
  sandbox.loopback.faults.clear()
  sandbox.phone.phone.uploadsAgain = 'upload'
})

interface Shown {
  id: string
  waMessageId: string
  hasMedia: boolean
}

let numbers = 0
const person = (): Account => {
  numbers += 1
  return sandbox.loopback.account({ pn: `62844400${String(numbers).padStart(4, '0')}`, name: `Person ${numbers}` })
}

const live = () => sandbox.target.fixtures.liveSession

/** The stored message with this id of WhatsApp. */
const stored = (session: string, chat: string, waMessageId: string): Promise<Shown> =>
  vi.waitFor(async () => {
    const page = (await full('GET', `/sessions/${session}/chats/${chat}/messages`)).body as { data?: Shown[] }
    const found = page.data?.find((message) => message.waMessageId === waMessageId)
    if (found === undefined) throw new Error('the message is not stored yet')
    return found
  }, 15_000)

interface Sending {
  to?: Account
  session?: string
  about?: object
  /** What happens to the first download, which the gateway does by itself. */
  first?: MediaFault
}

/** Somebody sends a file. Resolves when the gateway has tried to fetch it. */
const sendFile = async (plain: Buffer, { to = sandbox.phone, session = live(), about = {}, first }: Sending = {}) => {
  const rina = person()
  const reference = sandbox.loopback.media.put(plain, 'image')
  const { directPath } = reference
  if (first !== undefined) sandbox.loopback.faults.onMedia((path) => path === directPath, first, 1)
  const waId = await rina.phone.send(to.pn, { imageMessage: { mimetype: 'image/png', ...reference, ...about } })
  await sandbox.loopback.next('download', ({ path }) => path === directPath)
  const { id, waMessageId } = await stored(session, rina.pn, waId)
  return { rina, waMessageId, directPath, mid: id, path: `/sessions/${session}/messages/${id}/media` }
}

const get = async (path: string, headers: Record<string, string> = {}, token = sandbox.target.tokens.readOnly) => {
  const answer = await fetch(sandbox.url + path, { headers: { Authorization: `Bearer ${token}`, ...headers } })
  const bytes = Buffer.from(await answer.arrayBuffer())
  return { status: answer.status, headers: answer.headers, bytes }
}

const errorOf = ({ bytes }: { bytes: Buffer }) =>
  (JSON.parse(bytes.toString()) as { error: { code: string; message: string; details?: { reason?: string } } }).error

/** The stored files of a session. */
const filesOf = (session = live()) => sandbox.gateway.media.list(session, 'message')

test('an attachment is fetched when its message arrives, and served byte for byte when WhatsApp no longer has it', async () => {
  const plain = randomBytes(100_003)
  const { path, mid, directPath } = await sendFile(plain, { about: { mimetype: 'image/jpeg' } })
  await vi.waitFor(async () => expect(await filesOf()).toContain(mid), 10_000)
  sandbox.loopback.media.remove(directPath)
  sandbox.phone.phone.uploadsAgain = 'not-found'
  const { status, headers, bytes } = await get(path)
  expect(status).toBe(200)
  expect(bytes.equals(plain)).toBe(true)
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'image/jpeg',
    'content-length': '100003',
    'content-disposition': `attachment; filename="image-${mid}.jpg"`,
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'accept-ranges': 'bytes',
    etag: `"${createHash('sha256').update(plain).digest('hex')}"`,
  })
})

test('ranges, conditions and HEAD', async () => {
  const plain = randomBytes(10_000)
  const { path } = await sendFile(plain)
  const etag = `"${createHash('sha256').update(plain).digest('hex')}"`
  for (const [start, end] of [
    [0, 0],
    [15, 16],
    [4_097, 8_191],
    [9_990, 9_999],
  ] as const) {
    const part = await get(path, { Range: `bytes=${start}-${end}` })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes ${start}-${end}/10000`])
    expect(part.bytes.equals(plain.subarray(start, end + 1))).toBe(true)
  }
  const past = await get(path, { Range: 'bytes=10000-' })
  expect([past.status, past.headers.get('content-range')]).toEqual([416, 'bytes */10000'])
  const known = await get(path, { 'If-None-Match': etag })
  expect([known.status, known.headers.get('etag'), known.bytes.length]).toEqual([304, etag, 0])
  const changed = await get(path, { Range: 'bytes=0-0', 'If-Range': '"other"' })
  expect([changed.status, changed.bytes.length]).toEqual([200, 10_000])
})

test('no byte of the file is on the disk unencrypted', async () => {
  const plain = Buffer.alloc(300_000, 'a text that can be found again ')
  const { path } = await sendFile(plain)
  expect((await get(path)).bytes.equals(plain)).toBe(true)
  const folder = String(sandbox.env.DATA_DIR)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const bytes = Buffer.concat(await Promise.all(files.map((file) => readFile(file))))
  expect(bytes.length).toBeGreaterThan(plain.length)
  expect(bytes.includes('can be found')).toBe(false)
})

test('the phone is asked for what WhatsApp no longer has, and what it uploads is served', async () => {
  const plain = randomBytes(5_000)
  const { path, directPath } = await sendFile(plain, { first: 503 })
  sandbox.loopback.media.remove(directPath)
  const { status, bytes } = await get(path)
  expect([status, bytes.equals(plain)]).toEqual([200, true])
})

test.each(['not-found', 'error', 'garbage'] as const)('the phone answers %s: 410', async (answer) => {
  const { path, directPath } = await sendFile(randomBytes(100), { first: 503 })
  sandbox.loopback.media.remove(directPath)
  sandbox.phone.phone.uploadsAgain = answer
  const refused = await get(path)
  expect(refused.status).toBe(410)
  expect(errorOf(refused)).toMatchObject({ code: 'gone', details: { reason: 'expired' } })
})

test('what is not what the message says is never served: a damaged file is asked for again, and then 410', async () => {
  const plain = randomBytes(5_000)
  const { path } = await sendFile(plain, { first: 503 })
  sandbox.loopback.faults.onMedia(() => true, 'corrupt', 1)
  expect((await get(path)).bytes.equals(plain)).toBe(true)

  const other = await sendFile(plain, { first: 503 })
  sandbox.loopback.faults.onMedia(() => true, 'corrupt')
  const refused = await get(other.path)
  expect([refused.status, errorOf(refused).details?.reason]).toEqual([410, 'broken'])
  expect(await filesOf()).not.toContain(other.mid)
})

test('a transfer that breaks off is 503, and the next call succeeds', async () => {
  const plain = randomBytes(5_000)
  const { path } = await sendFile(plain, { first: 'reset' })
  sandbox.loopback.faults.onMedia(() => true, 'reset', 1)
  const late = await get(path)
  expect([late.status, late.headers.get('retry-after')]).toEqual([503, '5'])
  expect((await get(path)).bytes.equals(plain)).toBe(true)
})

test.each(['@evil.example/x', '.evil.example/'])(
  'the path %s of a message leads to no other host',
  async (directPath) => {
    const rina = person()
    const reference = sandbox.loopback.media.put(randomBytes(100), 'image')
    const imageMessage = { ...reference, mimetype: 'image/png', url: `${sandbox.loopback.mediaUrl}/x`, directPath }
    const waId = await rina.phone.send(sandbox.phone.pn, { imageMessage })
    const { id } = await stored(live(), rina.pn, waId)
    const refused = await get(`/sessions/${live()}/messages/${id}/media`)
    expect([refused.status, errorOf(refused).details?.reason]).toEqual([410, 'unusable'])
  },
)

test('404: no attachment, an unknown message, another organization', async () => {
  const rina = person()
  const waId = await rina.phone.send(sandbox.phone.pn, 'words only')
  const { id } = await stored(live(), rina.pn, waId)
  expect(await get(`/sessions/${live()}/messages/${id}/media`).then(errorOf)).toMatchObject({
    code: 'not_found',
    message: 'attachment not found',
  })
  const unknown = `/sessions/${live()}/messages/${sandbox.target.fixtures.unknownSession.replace('sess', 'msg')}/media`
  expect(errorOf(await get(unknown)).message).toBe('message not found')
  const { path } = await sendFile(randomBytes(10))
  const foreign = await get(path, {}, sandbox.target.tokens.otherOrg)
  expect([foreign.status, errorOf(foreign).message]).toEqual([404, 'session not found'])
})

test('a message that is deleted for everyone loses its file', async () => {
  const { path, mid, rina, waMessageId } = await sendFile(randomBytes(100))
  expect((await get(path)).status).toBe(200)
  await rina.phone.revoke(sandbox.phone.pn, waMessageId)
  await vi.waitFor(async () => expect((await get(path)).status).toBe(404), 10_000)
  await vi.waitFor(async () => expect(await filesOf()).not.toContain(mid), 10_000)
})

test('not connected: what was fetched is served, what was not is 503; a deleted session leaves no file', async () => {
  const owner = sandbox.loopback.account({ pn: '6284449999', name: 'Owner' })
  const { id: session } = await linked(owner)
  await becomes(session, { status: 'working' })
  const plain = randomBytes(1_000)
  const there = await sendFile(plain, { to: owner, session })
  const missing = await sendFile(plain, { to: owner, session, first: 503 })
  await vi.waitFor(async () => expect(await filesOf(session)).toEqual([there.mid]), 10_000)
  await manage('POST', `/sessions/${session}:stop`)
  expect((await get(there.path)).bytes.equals(plain)).toBe(true)
  const late = await get(missing.path)
  expect([late.status, errorOf(late).code]).toEqual([503, 'gateway_unavailable'])
  expect(errorOf(late).message).toContain('no connected WhatsApp client')
  await manage('DELETE', `/sessions/${session}`)
  expect(await sandbox.gateway.media.sessions()).not.toContain(session)
})
