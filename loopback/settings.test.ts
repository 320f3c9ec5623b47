import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Account, type Loopback, startLoopback } from './index.ts'
import { pair } from './test-client.ts'

let wa: Loopback
let owner: Account
let client: Awaited<ReturnType<typeof pair>>

beforeAll(async () => {
  wa = await startLoopback()
  owner = wa.account({ pn: '6281234567890', lid: '98765432101234' })
  client = await pair(wa, owner)
  await owner.phone.shareSettingsKey()
  await wa.next('receipt', ({ type }) => type === 'peer_msg')
  await owner.phone.sendHistory()
  await client.next('connection.update', ({ receivedPendingNotifications }) => receivedPendingNotifications === true)
  await client.next('messaging-history.set')
})

afterAll(async () => {
  await client.end()
  await wa.close()
  expect(wa.unhandled).toEqual([])
})

test('a chat that is archived on the phone is archived at the client', async () => {
  await owner.phone.changeSetting('6285550001111@s.whatsapp.net', { archive: true, lastMessages: [] })
  const [chat] = await client.next('chats.update', ([first]) => first?.archived !== undefined)
  expect(chat).toMatchObject({ id: '6285550001111@s.whatsapp.net', archived: true })
})

test('phone and client change the same collection one after the other', async () => {
  const jid = '6285550002222@s.whatsapp.net'
  await owner.phone.changeSetting(jid, { pin: true })
  expect((await client.next('chats.update', ([first]) => first?.id === jid))[0]?.pinned).toBeGreaterThan(0)
  await client.sock.chatModify({ pin: false }, jid)
  await owner.phone.changeSetting(jid, { pin: true })
  expect(
    (await client.next('chats.update', ([first]) => (first?.id === jid && first.pinned ? first.pinned > 0 : false)))[0]
      ?.id,
  ).toBe(jid)
})

test('a name that the owner gives a contact on the phone is known to the client', async () => {
  const jid = '6285550003333@s.whatsapp.net'
  await owner.phone.changeSetting(jid, { contact: { fullName: 'Ani Wijaya', firstName: 'Ani' } })
  expect(await client.next('contacts.upsert')).toMatchObject([{ id: jid, name: 'Ani Wijaya' }])
})
