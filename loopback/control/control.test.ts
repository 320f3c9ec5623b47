import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Loopback, startLoopback } from '../index.ts'
import { connect, type TestClient } from '../test-client.ts'
import { type Control, startControl } from './control.ts'

let wa: Loopback
let control: Control
let client: TestClient
let companion: string

const owner = '6281234567890@s.whatsapp.net'
const contact = '6285550001111@s.whatsapp.net'

beforeAll(async () => {
  wa = await startLoopback()
  control = await startControl(wa)
  const first = connect(wa)
  const { qr } = await first.next('connection.update', (update) => update.qr !== undefined)
  await call('POST /accounts', { pn: '6281234567890', lid: '98765432101234', name: 'Owner' })
  const scanned = await call('POST /scan', { pn: owner, qr })
  companion = String(scanned.body.companion)
  await first.closed()
  client = connect(wa, first.auth)
  await client.opened()
})

afterAll(async () => {
  await client.end()
  await control.close()
  await wa.close()
  expect(wa.unhandled).toEqual([])
})

async function call(verb: string, fields: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
  const [method = 'GET', path = '/'] = verb.split(' ')
  const query = method === 'GET' ? `?${new URLSearchParams(fields as Record<string, string>)}` : ''
  const response = await fetch(`${control.url}${path}${query}`, {
    method,
    headers: { ...(method === 'POST' && { 'content-type': 'application/json' }), ...headers },
    ...(method === 'POST' && { body: JSON.stringify(fields) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test('what a phone seals under an earlier message, and a message that is asked for again', async () => {
  const secret = '11'.repeat(32)
  const target = { from: contact, to: owner, messageId: 'UNDER', secret, fromMe: true }
  for (const [what, fields, part] of [
    ['edit', { content: 'new' }, 'secretEncryptedMessage'],
    ['reaction', { emoji: '👍' }, 'encReactionMessage'],
    ['comment', { content: 'a thought' }, 'encCommentMessage'],
    ['event-answer', { response: 1 }, 'encEventResponseMessage'],
  ] as const) {
    const { status, body } = await call('POST /sealed', { ...target, what, ...fields })
    expect(status).toBe(200)
    const { messages } = await client.next('messages.upsert', (upsert) => upsert.messages[0]?.key.id === body.id)
    expect(messages[0]?.message).toHaveProperty(part)
  }
  const asked = await call('POST /retries', { from: contact, to: owner, messageId: 'UNKNOWN' })
  expect(asked.status).toBe(200)
  expect((await call('POST /sealed', { ...target, what: 'nothing' })).status).toBe(400)
})

test('accounts show their companions', async () => {
  const { body } = await call('GET /accounts')
  expect(body).toContainEqual({
    pn: owner,
    lid: '98765432101234@lid',
    name: 'Owner',
    companions: [{ jid: companion, lid: '98765432101234:1@lid', online: true, unacknowledged: expect.any(Number) }],
  })
})

test('a message from a contact, one from the phone, and history reach the client', async () => {
  await call('POST /history', {
    pn: owner,
    chats: [{ jid: contact, unreadCount: 1, messages: [{ at: 1_700_000_000_000, content: 'old' }] }],
  })
  expect(await client.next('messaging-history.set')).toMatchObject({ chats: [{ id: contact, unreadCount: 1 }] })
  for (const [from, to, fromMe] of [
    [contact, owner, false],
    [owner, contact, true],
  ] as const) {
    const { body } = await call('POST /messages', { from, to, content: { imageMessage: { caption: 'sea' } } })
    const upsert = await client.next('messages.upsert', ({ messages }) => messages[0]?.key.id === body.id)
    expect(upsert.messages[0]).toMatchObject({
      key: { remoteJid: contact, fromMe },
      message: { imageMessage: { caption: 'sea' } },
    })
  }
})

test('what the client sends can be waited for, and is kept', async () => {
  const next = call('GET /next', { type: 'chatstate', companion })
  await client.sock.sendPresenceUpdate('recording', contact)
  expect((await next).body).toMatchObject({ account: owner, companion, to: contact, state: 'recording' })
  expect((await call('GET /chatstates')).body).toContainEqual((await next).body)
  expect((await call('GET /stats')).body).toMatchObject({ chatstates: expect.any(Number), online: 1, unhandled: 0 })
  expect((await call('GET /unhandled')).body).toEqual([])
})

test('a fault is done to the companion, and the client comes back', async () => {
  expect(await call('POST /faults', { fault: 'streamError', companion, code: '503' })).toEqual({
    status: 200,
    body: {},
  })
  expect(await client.closed()).toBe(503)
  client = connect(wa, client.auth)
  await client.opened()
})

test('what cannot be understood is refused with a reason', async () => {
  expect(await call('GET /nothing')).toMatchObject({ status: 404, body: { error: expect.stringContaining('no verb') } })
  expect(await call('POST /scan', { pn: owner })).toEqual({ status: 400, body: { error: 'qr is missing' } })
  expect(await call('POST /scan', { pn: owner, qr: 'hello' })).toMatchObject({ status: 409 })
  expect(await call('POST /stats', {}, { 'content-type': 'text/plain' })).toMatchObject({ status: 404 })
  expect(await call('POST /scan', {}, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 })
  expect(await call('POST /faults', { fault: 'flood', companion })).toMatchObject({ status: 400 })
})

test('what is sent can be refused, repeated and made unreadable, and a phone shows what it got', async () => {
  await call('POST /faults', { fault: 'message', code: 463, times: 1 })
  await client.sock.sendMessage(contact, { text: 'no' }, { messageId: 'NO' })
  expect((await call('GET /next', { type: 'submitted', id: 'NO' })).body).toMatchObject({
    outcome: 'refused',
    error: 463,
  })
  await call('POST /repeats', { policy: 'drop' })
  await call('POST /faults', { fault: 'arrival', pn: contact, times: 1 })
  await call('POST /faults', { fault: 'message', how: 'hold-ack', times: 1 })
  await client.sock.sendMessage(contact, { text: 'yes' }, { messageId: 'YES' })
  expect((await call('GET /next', { type: 'unreadable', id: 'YES' })).body).toMatchObject({ count: 1, asks: true })
  await call('POST /acks')
  for (let copies = 0; copies < 2; copies += 1) await call('GET /next', { type: 'message', id: 'YES' })
  const shown = await call('GET /shown', { pn: contact, id: 'YES' })
  expect(shown.body).toMatchObject([{ chat: owner, arrivals: 1, unreadable: 1, message: { extendedTextMessage: {} } }])
  expect((await call('GET /submissions', { id: 'NO' })).body).toMatchObject([{ outcome: 'refused' }])
  expect((await call('POST /repeats', { policy: 'refuse' })).status).toBe(400)
  await call('POST /repeats', { policy: 'deliver' })
})

test('people answer, vote and send files, and groups change', async () => {
  const asked = await call('POST /messages', { from: contact, to: owner, content: 'a question' })
  expect(
    (await call('POST /replies', { from: owner, to: contact, messageId: asked.body.id, text: 'yes' })).status,
  ).toBe(200)
  const poll = await call('POST /polls', { from: contact, to: owner, name: 'When?', options: ['Now', 'Later'] })
  await call('POST /votes', { from: owner, to: contact, messageId: poll.body.id, options: ['Later'] })
  expect((await call('GET /shown', { pn: contact, id: String(poll.body.id) })).body).toMatchObject([
    { votes: [{ from: owner, options: ['Later'] }] },
  ])
  const data = Buffer.from('a picture').toString('base64')
  const file = await call('POST /files', { from: contact, to: owner, kind: 'image', data, caption: 'look' })
  const id = String(file.body.id)
  expect((await call('GET /file', { pn: owner, id })).body).toMatchObject({ bytes: 9, data })
  await call('POST /files/removals', { pn: owner, id })
  expect((await call('GET /file', { pn: owner, id })).status).toBe(409)
  const { body } = await call('POST /groups', { subject: 'Team', members: [contact, owner], announceOnly: true })
  const changed = await call('POST /members', { group: body.jid, remove: [owner], announceOnly: false })
  expect(changed.body).toEqual({ members: [contact], announceOnly: false })
  expect((await call('POST /members', { group: 'x@g.us' })).status).toBe(400)
  expect((await call('POST /hosts', { names: ['a.example'], ttlSeconds: 1 })).body).toMatchObject({
    names: ['a.example'],
  })
  expect((await call('POST /phones', { pn: contact, uploadsAgain: 'silent', maxRetryRequests: 2 })).status).toBe(200)
  expect((await call('POST /accounts', { pn: '6285550009999', isMigrated: true })).body).toMatchObject({
    isMigrated: true,
  })
})
