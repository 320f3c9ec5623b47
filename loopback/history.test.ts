import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Account, type Loopback, startLoopback } from './index.ts'
import { pair } from './test-client.ts'

let wa: Loopback
let owner: Account
let client: Awaited<ReturnType<typeof pair>>

beforeEach(async () => {
  wa = await startLoopback()
  owner = wa.account({ pn: '6281234567890', lid: '98765432101234' })
  client = await pair(wa, owner)
})

afterEach(async () => {
  await client.end()
  await wa.close()
  expect(wa.unhandled).toEqual([])
})

test('the first history brings chats with unread counts, messages, names and pairs of addresses', async () => {
  const contact = wa.account({ pn: '6285550001111', name: 'Ani' })
  await owner.phone.sendHistory({
    chats: [
      {
        jid: contact.pn,
        name: 'Ani (work)',
        unreadCount: 2,
        messages: [
          { id: 'B', at: 1_700_000_002_000, content: 'newest' },
          { id: 'A', at: 1_700_000_001_000, fromMe: true, content: 'oldest', status: 4 },
        ],
      },
      { jid: '120363041234567890@g.us', name: 'Team', messages: [] },
    ],
  })
  const history = await client.next('messaging-history.set')
  expect(history.chats).toMatchObject([
    { id: contact.pn, name: 'Ani (work)', unreadCount: 2, lidJid: contact.lid },
    { id: '120363041234567890@g.us', name: 'Team', unreadCount: 0 },
  ])
  expect(history.messages.map(({ key, message }) => [key.id, key.fromMe, message?.conversation])).toEqual([
    ['B', false, 'newest'],
    ['A', true, 'oldest'],
  ])
  expect(history.contacts[0]).toMatchObject({ id: contact.pn, name: 'Ani (work)', lid: contact.lid })
  await wa.next('receipt', ({ type }) => type === 'hist_sync')
  expect(await client.sock.signalRepository.lidMapping.getLIDForPN(contact.pn)).toBe(contact.lid)
})

test('push names come as contacts', async () => {
  await owner.phone.sendHistory({ type: 'push-names', pushNames: { '6285550001111@s.whatsapp.net': 'Ani' } })
  const { contacts } = await client.next('messaging-history.set')
  expect(contacts).toEqual([{ id: '6285550001111@s.whatsapp.net', notify: 'Ani' }])
})

test('an empty history is enough to end the first wait', async () => {
  await owner.phone.sendHistory()
  expect(await client.next('messaging-history.set')).toMatchObject({ chats: [], messages: [], progress: 100 })
})
