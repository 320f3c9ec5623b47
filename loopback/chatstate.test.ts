import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Loopback, startLoopback } from './index.ts'
import { pair, type TestClient } from './test-client.ts'

let wa: Loopback
let client: TestClient

beforeAll(async () => {
  wa = await startLoopback()
  client = await pair(wa, wa.account({ pn: '6281234567890', lid: '98765432101234', name: 'Sender' }))
})

afterAll(async () => {
  await client.end()
  await wa.close()
  expect(wa.unhandled).toEqual([])
})

const jid = '6285550001111@s.whatsapp.net'

test.each([
  ['composing', { tag: 'composing', attrs: {} }],
  ['recording', { tag: 'composing', attrs: { media: 'audio' } }],
  ['paused', { tag: 'paused', attrs: {} }],
] as const)('%s is captured with its stanza', async (state, child) => {
  await client.sock.sendPresenceUpdate(state, jid)
  const chatstate = await wa.next('chatstate')
  expect(chatstate).toMatchObject({
    account: '6281234567890@s.whatsapp.net',
    companion: '6281234567890:1@s.whatsapp.net',
    to: jid,
    state,
    stanza: { tag: 'chatstate', content: [child] },
  })
})

test('chatstates are kept in the order in which they were sent', async () => {
  const before = wa.chatstates.length
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => client.sock.sendPresenceUpdate('composing', `${10000 + i}@lid`)),
  )
  await wa.next('chatstate', ({ to }) => to === '10019@lid')
  expect(wa.chatstates.slice(before).map(({ to }) => to)).toEqual(
    Array.from({ length: 20 }, (_, i) => `${10000 + i}@lid`),
  )
})
