import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isIq, type Loopback, node, startLoopback } from './index.ts'
import { connect, pair, type TestClient } from './test-client.ts'

let wa: Loopback
const clients: TestClient[] = []

beforeEach(async () => {
  wa = await startLoopback()
})

afterEach(async () => {
  for (const client of clients.splice(0)) await client.end()
  await wa.close()
  expect(wa.unhandled).toEqual([])
})

async function linked(options?: Parameters<typeof pair>[2]) {
  const client = await pair(wa, wa.account({ pn: '6281234567890', lid: '98765432101234' }), options)
  clients.push(client)
  return client
}

describe('what a logged-in client closes with', () => {
  test.each([
    ['stream error 515', 515, (c) => c.streamError({ code: '515' })],
    ['stream error 503', 503, (c) => c.streamError({ code: '503' })],
    ['stream error without a code', 500, (c) => c.streamError({})],
    ['device removed', 401, (c) => c.streamError({ code: '401' }, node('conflict', { type: 'device_removed' }))],
    ['replaced', 440, (c) => c.streamError({}, node('conflict', { type: 'replaced' }))],
    ['failure 403', 403, (c) => c.fail(403)],
    ['the end of the stream', 428, (c) => c.endStream()],
    ['a TCP reset', 428, (c) => c.drop()],
    ['a closed WebSocket', 428, (c) => c.closeSocket()],
  ] satisfies [string, number, (c: Awaited<ReturnType<typeof pair>>['companion']) => void][])(
    '%s: %i',
    async (_name, code, fault) => {
      const client = await linked()
      fault(client.companion)
      expect(await client.closed()).toBe(code)
    },
  )

  test('a path that went dead: 408, from the unanswered ping', async () => {
    const client = await linked({ keepAliveIntervalMs: 100 })
    client.companion.silence()
    expect(await client.closed()).toBe(408)
  }, 10_000)
})

test('a connection that only looks alive: pings are answered, messages wait for the next login', async () => {
  const client = await linked()
  const contact = wa.account({ pn: '6285550001111', name: 'Ani' })
  client.companion.mute()
  const id = await contact.phone.send('6281234567890@s.whatsapp.net', 'are you there?')
  const ping = node('iq', { to: 's.whatsapp.net', type: 'get', xmlns: 'w:p' }, [node('ping')])
  await client.sock.query(ping, 1_000)
  expect([...client.companion.queue].map(({ attrs }) => attrs.id)).toContain(id)
  expect(wa.ledger.of(client.companion.jid, id)).toEqual([])
  await client.end()
  const again = connect(wa, client.auth)
  clients.push(again)
  await wa.next('receipt', ({ messageId }) => messageId === id)
})

test('a receipt that is lost on its way: the message comes again', async () => {
  const client = await linked()
  const contact = wa.account({ pn: '6285550001111', name: 'Ani' })
  wa.faults.loseReceipts(({ tag }) => tag === 'receipt', 1)
  const id = await contact.phone.send('6281234567890@s.whatsapp.net', 'hello')
  await client.next('messages.upsert', ({ messages }) => messages.some(({ key }) => key.id === id))
  await client.end()
  expect(wa.ledger.of(client.companion.jid, id)).toEqual([])
  const again = connect(wa, client.auth)
  clients.push(again)
  await wa.next('receipt', ({ messageId }) => messageId === id)
})

describe('at the next login', () => {
  test.each([401, 402, 405, 503])('failure %i, once', async (reason) => {
    const client = await linked()
    await client.end()
    client.companion.failNextLogin(reason)
    const refused = connect(wa, client.auth)
    expect(await refused.closed()).toBe(reason)
    const accepted = connect(wa, client.auth)
    clients.push(refused, accepted)
    await accepted.opened()
  })

  test('an unlinked client is refused with 401 ever after', async () => {
    const client = await linked()
    client.companion.unlink()
    expect(await client.closed()).toBe(401)
    const again = connect(wa, client.auth)
    clients.push(again)
    expect(await again.closed()).toBe(401)
  })
})

describe('connecting', () => {
  test('an upgrade refused with 503 on a connection that stays open: 408 at the deadline', async () => {
    wa.faults.refuseUpgrades('keep-open', 1)
    const client = connect(wa, undefined, { connectTimeoutMs: 200 })
    clients.push(client)
    expect(await client.closed()).toBe(408)
  })

  test('an upgrade refused with 503 and closed: Baileys says nothing, only its WebSocket does', async () => {
    wa.faults.refuseUpgrades('close')
    const client = connect(wa)
    clients.push(client)
    const status = await new Promise((resolve) => {
      client.sock.ws.on('unexpected-response', (_request, response) => resolve(response.statusCode))
    })
    expect(status).toBe(503)
  })

  test('a handshake that is never answered: 408 at the deadline', async () => {
    wa.faults.refuseUpgrades('silent', 1)
    const client = connect(wa, undefined, { connectTimeoutMs: 200 })
    clients.push(client)
    expect(await client.closed()).toBe(408)
  })

  test('a certificate of another root: 400', async () => {
    const other = await startLoopback({ rootSerial: 99 })
    const client = connect(other)
    clients.push(client)
    expect(await client.closed()).toBe(400)
    await other.close()
  })

  test('the loopback binds to 127.0.0.1 and nothing else', async () => {
    await expect(startLoopback({ host: '0.0.0.0' })).rejects.toThrow('binds to 127.0.0.1 only')
  })
})

describe('iqs', () => {
  test('are answered late or never while other stanzas go on', async () => {
    const client = await linked()
    wa.faults.onIq(isIq('w:g2'), { delayMs: 50 }, 1)
    const groups = client.sock.groupFetchAllParticipating()
    await client.sock.sendPresenceUpdate('composing', '6285550001111@s.whatsapp.net')
    await wa.next('chatstate')
    expect(await groups).toEqual({})
    wa.faults.onIq(isIq('w:p', 'ping'), 'ignore', 1)
    const ping = node('iq', { to: 's.whatsapp.net', type: 'get', xmlns: 'w:p' }, [node('ping')])
    await expect(client.sock.query(ping, 100)).rejects.toThrow('Timed Out')
  })

  test('that nobody knows are answered with 501 and reported', async () => {
    const client = await linked()
    const unknown = node('iq', { to: 's.whatsapp.net', type: 'get', xmlns: 'w:teapot' }, [node('brew')])
    await expect(client.sock.query(unknown)).rejects.toMatchObject({ data: 501 })
    expect(await wa.next('unhandled')).toMatchObject({
      companion: client.companion.jid,
      reason: 'no handler for iq w:teapot get brew',
    })
    expect(wa.stats.unhandled).toBe(1)
    ;(wa.unhandled as unknown[]).length = 0
  })
})
