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

test.each([
  ['6285550001111@s.whatsapp.net', 'composing', { tag: 'composing', attrs: {} }],
  ['98765432100001@lid', 'recording', { tag: 'composing', attrs: { media: 'audio' } }],
  ['120363041234567890@g.us', 'paused', { tag: 'paused', attrs: {} }],
] as const)('a chatstate to %s that says %s is captured with its stanza', async (jid, state, child) => {
  await client.sock.sendPresenceUpdate(state, jid)
  const chatstate = await wa.next('chatstate', ({ to }) => to === jid)
  expect(chatstate).toMatchObject({
    account: '6281234567890@s.whatsapp.net',
    companion: '6281234567890:1@s.whatsapp.net',
    state,
    stanza: { tag: 'chatstate', content: [child] },
  })
})

test('chatstates are kept in the order in which they were sent', async () => {
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => client.sock.sendPresenceUpdate('composing', `${10000 + i}@lid`)),
  )
  await wa.next('chatstate', ({ to }) => to === '10019@lid')
  expect(wa.chatstates.map(({ to }) => to).filter((to) => /^100\d\d@lid$/.test(to))).toEqual(
    Array.from({ length: 20 }, (_, i) => `${10000 + i}@lid`),
  )
})
