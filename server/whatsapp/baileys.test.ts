import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Loopback, startLoopback } from '../../loopback/index.ts'
import { createBaileysWhatsApp } from './baileys.ts'
import { NotConnected } from './client.ts'
import {
  createTestCredentials,
  createTestLog,
  createTestSealer,
  type Owned,
  own,
  type TestCredentials,
} from './test-support.ts'

let wa: Loopback
let credentials: TestCredentials
let log: ReturnType<typeof createTestLog>
let clients: Owned[]
let account: ReturnType<Loopback['account']>
let numbers = 0

beforeAll(async () => {
  wa = await startLoopback()
})

afterAll(() => wa.close())

beforeEach(() => {
  numbers += 1
  credentials = createTestCredentials()
  log = createTestLog()
  clients = []
  account = wa.account({ pn: `62812000000${numbers}`, lid: `9876500000${numbers}`, name: 'Reader' })
})

afterEach(async () => {
  wa.faults.clear()
  await Promise.all(clients.map(({ client }) => client.close()))
  expect(wa.unhandled).toEqual([])
})

const sealer = createTestSealer()

const whatsapp = (options: Partial<Parameters<typeof createBaileysWhatsApp>[0]> = {}) =>
  createBaileysWhatsApp({
    store: credentials,
    sealer,
    clock: Date.now,
    log,
    url: wa.url,
    testRootKey: Buffer.from(wa.rootPublicKey, 'hex'),
    retry: { attempts: 2, delayMs: 5 },
    ...options,
  })

const connect = (options: Parameters<typeof whatsapp>[0] = {}, ingest?: Parameters<typeof own>[2]) => {
  const owned = own(whatsapp(options), 'sess_1', ingest)
  clients.push(owned)
  return owned
}

const pair = async () => {
  const pairing = connect()
  const { code } = await pairing.event('qr')
  const companion = await account.phone.scanQR(code)
  await pairing.event('closed')
  return { pairing, companion }
}

const pairAndOpen = async (options: Parameters<typeof whatsapp>[0] = {}, ingest?: Parameters<typeof own>[2]) => {
  const { companion } = await pair()
  const owned = connect(options, ingest)
  await owned.event('open')
  return { ...owned, companion }
}

describe('pairing', () => {
  test('a scanned code ends in a restart, with the credentials stored', async () => {
    const { pairing, companion } = await pair()

    expect(pairing.events.map(({ type }) => type)).toEqual(['qr', 'paired', 'closed'])
    expect(pairing.events[1]).toEqual({ type: 'paired', me: { jid: account.pn, lid: account.lid } })
    expect(pairing.events[2]).toMatchObject({ reason: 'restart' })
    expect(credentials.creds.has('sess_1')).toBe(true)
    expect(companion.jid).toContain(account.pn.split('@')[0])
  })

  test('stored credentials log in without a code', async () => {
    const { events } = await pairAndOpen()

    expect(events).toEqual([{ type: 'open', me: { jid: account.pn, lid: account.lid } }])
  })
})

describe('presence', () => {
  test.each(['composing', 'recording', 'paused'] as const)('%s reaches WhatsApp', async (state) => {
    const { client, companion } = await pairAndOpen()

    await client.sendChatPresence('6281111111111@s.whatsapp.net', state)

    const seen = await wa.next('chatstate', (event) => event.companion === companion.jid)
    expect(seen).toMatchObject({ state, to: '6281111111111@s.whatsapp.net' })
  })

  test('a client that is not open sends nothing', async () => {
    const { client, event } = connect()
    await event('qr')
    const before = wa.stats.stanzasIn

    await expect(client.sendChatPresence('6281111111111@s.whatsapp.net', 'composing')).rejects.toThrow(NotConnected)
    expect(wa.stats.stanzasIn).toBe(before)
  })
})
