import { describe, expect, test } from 'vitest'
import { type Account, type Companion, isIq, type Loopback, startLoopback } from '../../loopback/index.ts'
import type { MessageFact } from '../model/facts.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { NotConnected } from '../ports/whatsapp/calls.ts'
import type { CloseReason } from '../ports/whatsapp/connection.ts'
import { createBaileysWhatsApp } from './baileys.ts'
import { inLoopback, type Made } from './test-client.ts'
import { createTestSealer, type TestCredentials } from './test-support.ts'

let wa: Loopback
let account: Account
let credentials: TestCredentials
let log: Made['log']
const { connect, pair, pairAndOpen, whatsapp } = inLoopback((made) => {
  ;({ wa, account, credentials, log } = made)
})

describe('the end of a connection', () => {
  test.each<[string, (companion: Companion) => void, CloseReason, string]>([
    ['a stream error 503', (it) => it.streamError({ code: '503' }), 'lost', 'WhatsApp ended the connection (503)'],
    ['a stream error 500', (it) => it.streamError({ code: '500' }), 'lost', 'WhatsApp ended the connection (500)'],
    [
      'a stream error 515',
      (it) => it.streamError({ code: '515' }),
      'restart',
      'WhatsApp asked for a new connection (515)',
    ],
    ['an unlinked device', (it) => it.unlink(), 'logged_out', 'WhatsApp unlinked the device (401)'],
    ['failure 403', (it) => it.fail(403), 'logged_out', 'WhatsApp unlinked the device (403)'],
    [
      'failure 405',
      (it) => it.fail(405),
      'outdated',
      'WhatsApp refuses this client version (405): set WHATSAPP_VERSION',
    ],
    ['a dropped TCP connection', (it) => it.drop(), 'lost', 'the connection was dropped (428)'],
    ['a closed WebSocket', (it) => it.closeSocket(), 'lost', 'the connection was dropped (428)'],
    ['the end of the stream', (it) => it.endStream(), 'lost', 'the connection was dropped (428)'],
  ])('%s', async (_, fault, reason, detail) => {
    const { client, companion, event, events } = await pairAndOpen()

    fault(companion)

    expect(await event('closed')).toEqual({ type: 'closed', reason, detail })
    expect(events.map(({ type }) => type)).toEqual(['open', 'closed'])
    expect(credentials.creds.has('sess_1')).toBe(true)
    await expect(client.sendChatPresence('6281111111111@s.whatsapp.net', 'paused')).rejects.toThrow(NotConnected)
  })

  test('a ban says how long it lasts', async () => {
    const { companion } = await pair()
    companion.fail(402)
    companion.failNextLogin(402, { code: '101', expire: '3600' })

    const closed = await connect().event('closed')

    expect(closed).toEqual({
      type: 'closed',
      reason: 'banned',
      detail: 'WhatsApp refuses this account for now (402), ban code 101, for 3600 s',
    })
  })

  test('the same credentials elsewhere replace this connection', async () => {
    const first = await pairAndOpen()

    const second = connect()

    expect(await first.event('closed')).toMatchObject({ reason: 'replaced' })
    await second.event('open')
  })

  test.each(['close', 'keep-open'] as const)('an upgrade that is refused (%s) is not waited for', async (how) => {
    wa.faults.refuseUpgrades(how)

    const closed = await connect().event('closed', 2_000)

    expect(closed).toEqual({
      type: 'closed',
      reason: 'lost',
      detail: 'WhatsApp answered HTTP 503 instead of opening a connection',
    })
  })

  test('a server that never answers is given up', async () => {
    wa.faults.refuseUpgrades('silent')

    const closed = await connect({ timeouts: { watchdogMs: 200 } }).event('closed')

    expect(closed).toEqual({ type: 'closed', reason: 'lost', detail: 'no answer from WhatsApp in time' })
  })

  test('a server that does not answer is given up before a login would be', async () => {
    wa.faults.refuseUpgrades('silent')

    const closed = await connect({ timeouts: { connectMs: 200 } }).event('closed')

    expect(closed).toEqual({ type: 'closed', reason: 'lost', detail: 'no answer from WhatsApp in time' })
  })

  test('a login that stops half-way is given up', async () => {
    await pair()
    wa.faults.onIq(isIq('passive'), 'ignore')

    const closed = await connect({ timeouts: { watchdogMs: 300 } }).event('closed')

    expect(closed).toMatchObject({ reason: 'lost', detail: 'no answer from WhatsApp in time' })
  })

  test('a server that cannot be reached is lost', async () => {
    const closed = await connect({ url: 'ws://127.0.0.1:1/ws/chat' }).event('closed')

    expect(closed).toEqual({ type: 'closed', reason: 'lost', detail: 'WhatsApp could not be reached (ECONNREFUSED)' })
  })

  test('a server with another certificate is refused', async () => {
    const stranger = await startLoopback({ rootSerial: 99 })

    const closed = await connect({ url: stranger.url }).event('closed')

    expect(closed).toMatchObject({ reason: 'refused' })
    await stranger.close()
  })

  test('close ends it, once, and says nothing after', async () => {
    const { client, events, companion } = await pairAndOpen()

    await Promise.all([client.close(), client.close()])

    expect(events.map(({ type }) => type)).toEqual(['open', 'closed'])
    expect(events[1]).toEqual({ type: 'closed', reason: 'closed', detail: 'closed by the gateway' })
    await wa.next('offline', (event) => event.companion === companion.jid)
  })

  test('close before anything has happened ends it too', async () => {
    const { client, events } = connect()

    await client.close()

    expect(events).toEqual([{ type: 'closed', reason: 'closed', detail: 'closed by the gateway' }])
  })

  test('logout unlinks the device at WhatsApp and keeps the stored credentials for its owner to delete', async () => {
    const { client, event, companion } = await pairAndOpen()

    await client.logout()

    await wa.next('unpaired', ({ companion: jid }) => jid === companion.jid)
    expect(await event('closed')).toMatchObject({ reason: 'logged_out' })
    expect(credentials.creds.has('sess_1')).toBe(true)
  })
})

describe('a connection on which nothing is heard', () => {
  test('ends as silent, though pings are answered', async () => {
    const live = await pairAndOpen({ timeouts: { silentMs: 300, keepAliveMs: 50 } })
    live.companion.mute()
    expect(await live.event('closed')).toMatchObject({ reason: 'silent' })
  })

  test('goes on while anything is heard', async () => {
    const live = await pairAndOpen({ timeouts: { silentMs: 1_000 } })
    const contact = wa.account({ pn: '628333000001', name: 'Talker' })
    for (const end = performance.now() + 2_000; performance.now() < end; ) {
      contact.phone.showChatstate(account.pn, 'composing')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(live.events.map(({ type }) => type)).not.toContain('closed')
  })

  test('goes on without a limit when the timeout is 0', async () => {
    const live = await pairAndOpen({ timeouts: { silentMs: 0 } })
    const contact = wa.account({ pn: '628333000002', name: 'Talker' })
    const id = await contact.phone.send(account.pn, 'still there?')
    await live.fact((fact): fact is MessageFact => fact.kind === 'message' && fact.id === id)
    expect(live.events.map(({ type }) => type)).not.toContain('closed')
  })
})

test('a stanza that the library does not expect ends neither the process nor the connection', async () => {
  const { client, companion, events } = await pairAndOpen()

  companion.show({ tag: 'chatstate', attrs: { from: '6281111111111@s.whatsapp.net' }, content: [] })
  await account.phone.sendHistory()
  await wa.next('receipt', (it) => it.companion === companion.jid && it.type === 'hist_sync')

  await client.sendChatPresence('6281111111111@s.whatsapp.net', 'paused')
  expect(events.map(({ type }) => type)).toEqual(['open'])
  expect(log.text()).toContain('WhatsApp sent something that was not understood')
})

describe('credentials', () => {
  test('garbled credentials end the connection and stay as they are', async () => {
    await pair()
    const garbled = Buffer.from(credentials.creds.get('sess_1') ?? [])
    garbled[20] = (garbled[20] ?? 0) ^ 1
    credentials.creds.set('sess_1', garbled)

    const closed = await connect().event('closed')

    expect(closed).toEqual({
      type: 'closed',
      reason: 'credentials_unreadable',
      detail: 'the stored credentials do not open with this encryption key',
    })
    expect(credentials.creds.get('sess_1')).toEqual(garbled)
  })

  test('nothing of a pairing that nobody finished is stored', async () => {
    const { client, event } = connect()
    await event('qr')

    await client.close()

    expect(credentials.creds.size).toBe(0)
    expect(credentials.keys.size).toBe(0)
  })

  test('a store that does not take the credentials ends the pairing', async () => {
    const { event, events } = connect()
    const { code } = await event('qr')
    credentials.failure = new Error('disk full')

    await account.phone.scanQR(code)

    expect(await event('closed')).toMatchObject({ detail: 'the store does not take credentials and keys' })
    expect(events.map(({ type }) => type)).toEqual(['qr', 'closed'])
  })

  test('a store that cannot be read is no reason for a new identity', async () => {
    await pair()
    credentials.failure = new StoreUnavailable('database is locked')

    const closed = await connect().event('closed')

    expect(closed).toEqual({ type: 'closed', reason: 'lost', detail: 'the store is not available' })
  })
})

describe('configuration', () => {
  test.each(['ws://example.com/ws/chat', 'wss://127.0.0.1.example.com', 'http://127.0.0.1', 'nonsense'])(
    'the WhatsApp URL %s is refused',
    (url) => {
      expect(() => whatsapp({ url })).toThrow('loopback')
    },
  )

  test('a test root key is refused for the real WhatsApp', () => {
    const options = { store: credentials, sealer: createTestSealer(), clock: Date.now, log }
    expect(() => createBaileysWhatsApp({ ...options, testRootKey: Buffer.alloc(32) })).toThrow('loopback')
  })
})
