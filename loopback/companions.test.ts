import { connect as connectTcp } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type Account, type Loopback, startLoopback } from './index.ts'
import { connect, pair, type TestClient } from './test-client.ts'

let wa: Loopback
let owner: Account
let contact: Account
let expected: string[]
const clients: TestClient[] = []

beforeEach(async () => {
  wa = await startLoopback()
  owner = wa.account({ pn: '6281234567890', lid: '98765432101234', name: 'Owner' })
  contact = wa.account({ pn: '6285550001111', name: 'Ani' })
  expected = []
})

afterEach(async () => {
  for (const client of clients.splice(0)) await client.end()
  await wa.close()
  expect(wa.unhandled.map(({ reason }) => reason)).toEqual(expected)
})

async function linked(account: Account, options?: Parameters<typeof pair>[2]) {
  const client = await pair(wa, account, options)
  clients.push(client)
  await account.phone.sendHistory({}, client.companion)
  await client.next('messaging-history.set')
  return client
}

async function received(by: TestClient, id: string) {
  const { messages } = await by.next('messages.upsert', (upsert) =>
    upsert.messages.some(({ key, message }) => key.id === id && message),
  )
  return messages.find(({ key }) => key.id === id)
}

test('two companions of one account both get what comes, and copies of what the other sends', async () => {
  const first = await linked(owner)
  const second = await linked(owner)
  const id = await contact.phone.send(owner.pn, 'to both of you')
  expect((await received(first, id))?.message?.conversation).toBe('to both of you')
  expect((await received(second, id))?.message?.conversation).toBe('to both of you')
  const sent = await first.sock.sendMessage(contact.pn, { text: 'from the first' })
  const copy = await received(second, sent?.key.id ?? '')
  expect(copy).toMatchObject({ key: { remoteJid: contact.pn, fromMe: true } })
  expect(copy?.message?.extendedTextMessage?.text).toBe('from the first')
})

test('a companion that is linked later gets what is sent from then on', async () => {
  const first = await linked(owner)
  const other = await linked(contact)
  await other.sock.sendMessage(owner.pn, { text: 'before' })
  await first.next('messages.upsert')
  const second = await linked(owner)
  await wa.next('receipt', ({ companion, type }) => companion === second.companion.jid && type === 'hist_sync')
  const sent = await other.sock.sendMessage(owner.pn, { text: 'after' })
  expect((await received(second, sent?.key.id ?? ''))?.message?.extendedTextMessage?.text).toBe('after')
})

test('a client that cannot read another client is sent the message again', async () => {
  const reader = await linked(contact)
  const sent: Record<string, string> = {}
  const writer = await linked(owner, {
    getMessage: async ({ id }) => (id && sent[id] ? { conversation: sent[id] } : undefined),
  })
  const first = await writer.sock.sendMessage(contact.pn, { text: 'in a session' })
  await received(reader, first?.key.id ?? '')
  // The reader forgets the session: the next message of the writer goes on in one that is gone.
  const sessions = await reader.auth.keys.get('session', [`98765432101234_1.${writer.companion.id}`])
  expect(Object.keys(sessions)).toHaveLength(1)
  await reader.sock.signalRepository.deleteSession([writer.companion.lid])
  const id = 'RETRIED0000000000000'
  sent[id] = 'once more'
  await writer.sock.sendMessage(contact.pn, { text: 'once more' }, { messageId: id })
  expect((await received(reader, id))?.message?.conversation).toBe('once more')
})

test('what was not receipted is delivered again after the connection broke', async () => {
  const client = await linked(owner)
  const { companion } = client
  companion.silence()
  const ids = [await contact.phone.send(owner.pn, 'one'), await contact.phone.send(owner.pn, 'two')]
  companion.drop()
  await client.closed()
  const again = connect(wa, client.auth)
  clients.push(again)
  const { messages } = await again.next('messages.upsert')
  expect(messages.map(({ key, message }) => [key.id, message?.conversation])).toEqual([
    [ids[0], 'one'],
    [ids[1], 'two'],
  ])
  for (const id of ids) await wa.next('receipt', ({ messageId }) => messageId === id)
  expect([...companion.queue].filter(({ tag }) => tag === 'message')).toEqual([])
})

test('a client with few pre-keys left brings more', async () => {
  const { companion } = await linked(owner)
  for (const id of [...companion.preKeys.keys()].slice(5)) companion.preKeys.delete(id)
  const before = [...companion.preKeys.keys()].slice(1)
  const uploaded = new Promise((resolve) => {
    wa.on('stanza', ({ direction, stanza }) => {
      const [first] = Array.isArray(stanza.content) ? stanza.content : []
      if (direction === 'in' && first?.tag === 'registration') resolve(undefined)
    })
  })
  await contact.phone.send(owner.pn, 'hello')
  await uploaded
  await wa.next('receipt', ({ type }) => type === 'inactive')
  expect(companion.preKeys.size).toBe(before.length + 5)
})

test('a thousand stanzas of twenty clients are all seen, each in its order', async () => {
  const linking = Array.from({ length: 20 }, (_, i) => wa.account({ pn: `62877700${1000 + i}` }))
  const all: Awaited<ReturnType<typeof pair>>[] = []
  for (const account of linking) all.push(await pair(wa, account))
  clients.push(...all)
  await Promise.all(
    all.map(async ({ sock }) => {
      for (let i = 0; i < 50; i++) await sock.sendPresenceUpdate('composing', `${10_000 + i}@lid`)
    }),
  )
  await Promise.all(
    all.map(({ companion }) => wa.next('chatstate', (c) => c.companion === companion.jid && c.to === '10049@lid')),
  )
  for (const { companion } of all) {
    const seen = wa.chatstates.filter((chatstate) => chatstate.companion === companion.jid).map(({ to }) => to)
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => `${10_000 + i}@lid`))
  }
}, 20_000)

describe('what is no client', () => {
  test('is reported and dropped', async () => {
    const socket = new WebSocket(wa.url)
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send('hello, is this WhatsApp?')
    await new Promise((resolve) => socket.once('close', resolve))
    expected = ['not a WhatsApp client: it began with 68656c6c']
  })

  test('gets 404 when it speaks HTTP, and does not hold up the end', async () => {
    const response = await fetch(wa.url.replace('ws:', 'http:'))
    expect(response.status).toBe(404)
    const idle = connectTcp(wa.port, '127.0.0.1')
    await new Promise((resolve) => idle.once('connect', resolve))
    const closed = new Promise((resolve) => idle.once('close', resolve))
    await wa.close()
    await closed
  })
})
