import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type BinaryNode, isIq, type Loopback, node, startLoopback } from '../../loopback/index.ts'
import type { Fact, MessageFact } from '../model/facts.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { type CallLimits, NoAnswer, NotConnected } from '../ports/whatsapp/calls.ts'
import type { CloseReason } from '../ports/whatsapp/connection.ts'
import { createBaileysWhatsApp } from './baileys.ts'
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
  const owned = own(whatsapp(options), 'sess_1', async (facts, settled) => {
    await ingest?.(facts, settled)
    credentials.settle(settled)
  })
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

type Companion = Awaited<ReturnType<typeof pairAndOpen>>['companion']

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

describe('codes that cannot be shown', () => {
  const unreadable = [
    { tag: 'ref', attrs: {} },
    { tag: 'ref', attrs: {}, content: Buffer.alloc(0) },
    { tag: 'ref', attrs: {}, content: [{ tag: 'ref', attrs: {} }] },
    { tag: 'ref', attrs: {}, content: Buffer.alloc(60_000, 'a') },
    { tag: 'other', attrs: {}, content: Buffer.from('2@other') },
  ]

  test('are passed over for those that can', async () => {
    wa.faults.onPairing((refs) => [...unreadable, ...refs], 1)
    const { event } = connect()

    const { code } = await event('qr')
    await account.phone.scanQR(code)

    expect(await event('closed')).toMatchObject({ reason: 'restart' })
  })

  test.each([['none', []] as const, ['only such', unreadable] as const])(
    '%s: the connection ends and says why',
    async (_, refs) => {
      wa.faults.onPairing(() => [...refs], 1)
      const { event, events } = connect()

      expect(await event('closed')).toMatchObject({
        reason: 'lost',
        detail: 'WhatsApp offered no code that can be shown',
      })
      expect(events.map(({ type }) => type)).toEqual(['closed'])
    },
  )
})

describe('what WhatsApp says to a session that is paired', () => {
  const from = 's.whatsapp.net'
  const iq = (content: BinaryNode) => node('iq', { id: '1', from, type: 'set', xmlns: 'md' }, [content])
  const toBePaired = {
    'an offer to pair': () => iq(node('pair-device', {}, [node('ref', {}, Buffer.from('2@x'))])),
    'an offer to pair without codes': () => iq(node('pair-device')),
    'the end of a pairing': () => iq(node('pair-success', {}, [node('device', { jid: account.pn })])),
    'the end of a pairing, empty': () => iq(node('pair-success')),
  }
  const settings = (attrs: Record<string, string>) =>
    node('notification', { id: '2', from: account.pn, type: 'server_sync' }, [node('collection', attrs)])

  test.each(Object.entries(toBePaired))('%s changes nothing', async (_, stanza) => {
    const { companion, events, fact } = await pairAndOpen()

    companion.show(stanza())

    await account.phone.send(account.pn, 'after')
    await fact((each): each is MessageFact => each.kind === 'message' && each.body === 'after')
    expect(events.map(({ type }) => type)).toEqual(['open'])
  })

  test.each([[{}], [{ name: 'unknown', version: '3' }], [{ name: '' }]])(
    'a change of settings that nobody knows (%j): what comes after it is told, and no question is asked without end',
    async (attrs) => {
      const { companion, fact } = await pairAndOpen()
      let questions = 0
      const stop = wa.on('stanza', ({ direction, stanza }) => {
        if (direction === 'in' && stanza.attrs.xmlns === 'w:sync:app:state') questions += 1
      })

      companion.deliver(settings(attrs))

      await account.phone.send(account.pn, 'after')
      await fact((each): each is MessageFact => each.kind === 'message' && each.body === 'after')
      stop()
      expect(questions).toBeLessThan(5)
      await expect.poll(() => [...companion.queue].map(({ tag }) => tag)).not.toContain('notification')
    },
  )
})

describe('pairing by code', () => {
  const isCodeRequest = isIq('md', 'link_code_companion_reg')

  test('a code that is typed in on the phone ends in a restart, and then logs in', async () => {
    const { client, event, events } = connect()

    const code = await client.requestPairingCode(account.pn.split('@')[0] ?? '')
    await account.phone.enterCode(code)

    expect(code).toMatch(/^[0-9A-Z]{8}$/)
    expect(await event('closed')).toMatchObject({ reason: 'restart' })
    expect(events.map(({ type }) => type)).toEqual(['qr', 'paired', 'closed'])
    expect(await connect().event('open')).toEqual({ type: 'open', me: { jid: account.pn, lid: account.lid } })
  })

  test('names a computer that WhatsApp knows, and nobody else', async () => {
    const shown: string[] = []
    const stop = wa.on('stanza', ({ stanza }) => {
      if (isCodeRequest(stanza)) shown.push(JSON.stringify(stanza).includes('Parley') ? 'Parley' : 'a known name')
    })
    const { client } = connect()

    await client.requestPairingCode(account.pn.split('@')[0] ?? '')

    stop()
    expect(shown).toEqual(['a known name'])
  })

  test('a connection that ends before pairing has begun says so at once', async () => {
    wa.faults.refuseUpgrades('silent')
    const { client } = connect()

    const code = client.requestPairingCode('6281234567890')
    await client.close()

    await expect(code).rejects.toThrow(NotConnected)
  })

  test('an abandoned code does not spoil the next pairing', async () => {
    const abandoned = connect()
    await abandoned.client.requestPairingCode('6289999999999')
    await abandoned.client.close()

    await connect().event('qr')
    expect(credentials.creds.size).toBe(0)
  })

  test('there is none before pairing has begun, and none for a paired session', async () => {
    wa.faults.refuseUpgrades('silent')
    const waiting = connect({ timeouts: { pairingMs: 50 } })
    await expect(waiting.client.requestPairingCode('6281234567890')).rejects.toThrow(NotConnected)
    wa.faults.clear()

    const { client } = await pairAndOpen({ timeouts: { pairingMs: 50 } })
    await expect(client.requestPairingCode('6281234567890')).rejects.toThrow(NotConnected)
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

describe('a call in flight', () => {
  const isGroupQuestion = isIq('w:g2')

  /** An open connection, and a question about a group that WhatsApp has received and does not answer. */
  const unanswered = async (limits?: CallLimits) => {
    wa.faults.onIq(isGroupQuestion, 'ignore')
    const owned = await pairAndOpen()
    const asked = Promise.withResolvers<void>()
    const stop = wa.on('stanza', ({ stanza }) => isGroupQuestion(stanza) && asked.resolve())
    const call = owned.client.groupName('120363041234567890@g.us', limits)
    call.catch(() => {})
    await asked.promise
    stop()
    return { ...owned, call }
  }

  /** What comes first. */
  const first = (call: Promise<unknown>, { event }: Pick<Owned, 'event'>) =>
    Promise.race([call.catch((error: unknown) => error), event('closed')])

  test('ends when we begin to end the connection', async () => {
    const { call, client, event } = await unanswered()

    const closed = client.close()

    expect(await first(call, { event })).toBeInstanceOf(NotConnected)
    await closed
  })

  test.each<[string, (companion: Companion) => void]>([
    ['is dropped', (companion) => companion.drop()],
    ['is ended by WhatsApp', (companion) => companion.streamError({ code: '503' })],
    ['is taken by another client', (companion) => companion.streamError({ code: '440' })],
  ])('ends when the connection %s', async (_, fault) => {
    const { call, companion, event } = await unanswered()

    fault(companion)

    expect(await first(call, { event })).toBeInstanceOf(NotConnected)
    await event('closed')
  })

  test('ends when its caller does not wait any more, and the connection goes on', async () => {
    const caller = new AbortController()
    const { call, events, client } = await unanswered({ signal: caller.signal })

    caller.abort(new Error('the caller has gone'))

    await expect(call).rejects.toThrow('the caller has gone')
    await client.sendChatPresence('6281111111111@s.whatsapp.net', 'paused')
    expect(events.map(({ type }) => type)).toEqual(['open'])
  })

  test('ends when its time is up: nobody knows whether WhatsApp has done it', async () => {
    const { call } = await unanswered({ withinMs: 100 })

    await expect(call).rejects.toThrow(NoAnswer)
  })

  test('for a pairing code ends with the connection', async () => {
    wa.faults.onIq(isIq('md', 'link_code_companion_reg'), 'ignore')
    const { client, event } = connect()
    await event('qr')
    const asked = Promise.withResolvers<void>()
    const stop = wa.on('stanza', ({ stanza }) => isIq('md', 'link_code_companion_reg')(stanza) && asked.resolve())
    const call = client.requestPairingCode('6281234567890')
    call.catch(() => {})
    await asked.promise
    stop()

    const closed = client.close()

    expect(await first(call, { event })).toBeInstanceOf(NotConnected)
    await closed
  })
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

  test('goes on while there is anything', async () => {
    const live = await pairAndOpen({ timeouts: { silentMs: 1_000 } })
    const contact = wa.account({ pn: '628333000001', name: 'Talker' })
    for (const end = performance.now() + 2_000; performance.now() < end; ) {
      contact.phone.showChatstate(account.pn, 'composing')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(live.events.map(({ type }) => type)).not.toContain('closed')
  })

  test('may go on forever when it is asked to', async () => {
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

describe('messages', () => {
  const withId =
    (id: string) =>
    (fact: Fact): fact is MessageFact =>
      fact.kind === 'message' && fact.id === id
  const ofKind =
    <K extends Fact['kind']>(kind: K) =>
    (fact: Fact): fact is Extract<Fact, { kind: K }> =>
      fact.kind === kind

  let contact: ReturnType<Loopback['account']>

  beforeEach(() => {
    contact = wa.account({ pn: `62855500000${numbers}`, lid: `5550000${numbers}`, name: 'Ani' })
  })

  test('from a contact, by number and by LID', async () => {
    const { fact } = await pairAndOpen()

    const byNumber = await contact.phone.send(account.pn, 'hello')
    const byLid = await contact.phone.send(account.lid, 'hello again')

    expect(await fact(withId(byNumber))).toEqual({
      kind: 'message',
      chat: contact.pn,
      id: byNumber,
      fromMe: false,
      sender: contact.pn,
      timestamp: expect.closeTo(Date.now(), -5),
      type: 'text',
      body: 'hello',
      live: true,
      pushName: 'Ani',
      raw: expect.any(Uint8Array),
    })
    expect(await fact(withId(byLid))).toMatchObject({ chat: contact.lid, sender: contact.lid, body: 'hello again' })
    const isTheirs = (fact: Fact): fact is Fact => fact.kind === 'alias' && fact.lid === contact.lid
    expect(await fact(isTheirs)).toEqual({ kind: 'alias', lid: contact.lid, pn: contact.pn })
  })

  test('typed on the phone are own ones', async () => {
    const { fact } = await pairAndOpen()

    const id = await account.phone.send(contact.pn, 'typed on the phone')

    expect(await fact(withId(id))).toMatchObject({
      fromMe: true,
      body: 'typed on the phone',
      status: 'sent',
      live: true,
    })
  })

  test('in a group', async () => {
    const { fact } = await pairAndOpen()
    const group = wa.group({ subject: 'Team', members: [account, contact], byLid: true })

    const id = await contact.phone.send(group.jid, 'hi all')

    expect(await fact(withId(id))).toMatchObject({ chat: group.jid, sender: contact.lid, body: 'hi all' })
  })

  test('are edited, revoked and reacted to', async () => {
    const { fact } = await pairAndOpen()
    const own = await account.phone.send(contact.pn, 'hello yourself')
    const id = await contact.phone.send(account.pn, 'helo')

    await contact.phone.edit(account.pn, id, 'hello')
    await contact.phone.react(account.pn, { id, fromMe: true }, '👍')
    await contact.phone.revoke(account.pn, id)
    await contact.phone.react(account.pn, { id: own, fromMe: false }, '🙏')

    const target = { chat: contact.pn, id, fromMe: false, sender: contact.pn }
    expect(await fact(ofKind('edit'))).toMatchObject({ target, by: contact.pn, body: 'hello' })
    expect(await fact(ofKind('revoke'))).toMatchObject({ target, by: contact.pn })
    expect(await fact(ofKind('reaction'))).toMatchObject({ target, by: contact.pn, emoji: '👍' })
    const toOwn = (fact: Fact): fact is Extract<Fact, { kind: 'reaction' }> =>
      fact.kind === 'reaction' && fact.target.id === own
    expect(await fact(toOwn)).toMatchObject({ target: { id: own, fromMe: true }, by: contact.pn, emoji: '🙏' })
    expect(await fact(withId(id))).toMatchObject({ body: 'helo', type: 'text' })
  })

  test('that are edited before the offline queue has arrived keep their own text and time', async () => {
    await pair()
    const at = Date.now() - 3_600_000
    const id = await contact.phone.send(account.pn, 'helo', { at })
    await contact.phone.edit(account.pn, id, 'hello')

    const { fact } = connect()

    expect(await fact(ofKind('edit'))).toMatchObject({ body: 'hello' })
    expect(await fact(withId(id))).toMatchObject({
      body: 'helo',
      timestamp: Math.floor(at / 1_000) * 1_000,
      live: true,
    })
  })

  test('that could not be decrypted are replaced when their retry arrives', async () => {
    const { fact, facts } = await pairAndOpen()
    await contact.phone.send(account.pn, 'first')

    const id = await contact.phone.send(account.pn, 'second', { corrupt: true })

    expect(await fact(withId(id))).toMatchObject({ type: 'unknown', undecryptable: true })
    const decrypted = (it: Fact): it is MessageFact => withId(id)(it) && it.undecryptable === undefined
    expect(await fact(decrypted)).toMatchObject({ type: 'text', body: 'second' })
    expect(facts.filter(withId(id)).map(({ type }) => type)).toEqual(['unknown', 'text'])
  })

  test('of a history are not live, and its counters are absolute', async () => {
    const { fact, facts } = await pairAndOpen()
    const at = Date.now() - 86_400_000

    await account.phone.sendHistory({
      chats: [
        {
          jid: contact.pn,
          name: 'Ani',
          unreadCount: 2,
          messages: [
            { id: 'H2', at: at + 1_000, content: 'newer' },
            { id: 'H1', at, content: 'older', fromMe: true, status: 4 },
          ],
        },
      ],
    })

    expect(await fact(withId('H1'))).toMatchObject({ body: 'older', live: false, fromMe: true, status: 'read' })
    expect(await fact(withId('H2'))).toMatchObject({ body: 'newer', live: false, chat: contact.pn })
    expect(await fact(ofKind('chat'))).toMatchObject({ jid: contact.pn, unreadCount: 2 })
    expect(await fact(ofKind('contact'))).toMatchObject({ jid: contact.pn, name: 'Ani' })
    expect(facts.map(({ kind }) => kind).slice(-3)).toEqual(['chat', 'message', 'message'])
  })

  test('that the owner reads on the phone make the chat read', async () => {
    const { fact } = await pairAndOpen()
    const id = await contact.phone.send(account.pn, 'hello')
    await fact(withId(id))

    account.phone.readOwn(contact.pn, [id])

    expect(await fact(ofKind('read'))).toEqual({ kind: 'read', chat: contact.pn })
  })

  test('and settings that the owner changes on the phone change the chat', async () => {
    const { fact } = await pairAndOpen()
    await account.phone.shareSettingsKey()
    const id = await contact.phone.send(account.pn, 'hello')
    await fact(withId(id))
    const lastMessages = [{ key: { remoteJid: contact.pn, id, fromMe: false }, messageTimestamp: 1_700_000_000 }]

    await account.phone.changeSetting(contact.pn, { pin: true })
    await account.phone.changeSetting(contact.pn, { archive: true, lastMessages })
    await account.phone.changeSetting(contact.pn, { mute: 1_900_000_000_000 })
    await account.phone.changeSetting(contact.pn, { markRead: true, lastMessages })

    const chatWith =
      (name: string) =>
      (it: Fact): it is Extract<Fact, { kind: 'chat' }> =>
        it.kind === 'chat' && name in it
    expect(await fact(chatWith('pinned'))).toEqual({ kind: 'chat', jid: contact.pn, pinned: true })
    expect(await fact(chatWith('archived'))).toEqual({ kind: 'chat', jid: contact.pn, archived: true })
    expect(await fact(chatWith('mutedUntil'))).toMatchObject({ mutedUntil: 1_900_000_000_000 })
    expect(await fact(ofKind('read'))).toEqual({ kind: 'read', chat: contact.pn })
  })

  test('of the account get further when their receiver’s phone says so', async () => {
    const { fact } = await pairAndOpen()
    const id = await account.phone.send(contact.pn, 'seen?')
    await fact(withId(id))

    contact.phone.sendReceipt(account.pn, [id], 'read')

    const isRead = (it: Fact): it is Extract<Fact, { kind: 'receipt' }> => it.kind === 'receipt' && it.status === 'read'
    expect(await fact(isRead)).toMatchObject({ target: { chat: contact.pn, id, fromMe: true } })
  })

  test('are told to be read', async () => {
    const { client, fact } = await pairAndOpen()
    const id = await contact.phone.send(account.pn, 'hello')
    await fact(withId(id))

    await client.sendReadReceipts([{ chat: contact.pn, id }])

    await wa.next('receipt', (it) => it.messageId === id && it.type === 'read')
  })

  test('that WhatsApp has a receipt for are stored, wherever in the offline queue the connection drops', async () => {
    const { companion } = await pair()
    const sent = await sendMany(40)
    const { event, facts } = connect()
    const dropped = wa.on('receipt', () => {
      if (wa.ledger.of(companion.jid).filter(({ type }) => type !== undefined).length >= 15) companion.drop()
    })

    await event('closed')
    dropped()

    const stored = new Set(facts.filter(ofKind('message')).map(({ id }) => id))
    const receipted = sent.filter((id) => wa.ledger.of(companion.jid, id).some(({ error }) => error === undefined))
    expect(receipted.length).toBeGreaterThanOrEqual(15)
    expect(receipted.filter((id) => !stored.has(id))).toEqual([])
  })

  test('that are on their way into the store when the client is closed are stored before it has closed', async () => {
    await pair()
    const sent = await sendMany(20)
    const stored: string[] = []
    const disk = Promise.withResolvers<void>()
    const { client, event } = connect({}, async (batch) => {
      await disk.promise
      for (const fact of batch) if (fact.kind === 'message') stored.push(fact.id)
    })
    await event('open')
    await wa.next('receipt', ({ messageId }) => messageId === sent.at(-1))

    const closed = client.close()
    disk.resolve()
    await closed

    expect(stored).toEqual(sent)
  })

  test('whose keys cannot be stored are not acknowledged, and come again', async () => {
    const { event, companion } = await pairAndOpen()
    credentials.failure = new StoreUnavailable('disk full')

    const id = await contact.phone.send(account.pn, 'precious')

    expect(await event('closed')).toMatchObject({ detail: 'the store does not take credentials and keys' })
    expect(wa.ledger.of(companion.jid, id)).toEqual([])
    credentials.failure = undefined
    expect(await connect().fact(withId(id))).toMatchObject({ body: 'precious' })
  })

  /** While the session is not connected. */
  const sendMany = async (count: number) => {
    const ids: string[] = []
    for (let n = 0; n < count; n += 1) ids.push(await contact.phone.send(account.pn, `message ${n}`))
    return ids
  }
})

describe('configuration', () => {
  test.each(['ws://example.com/ws/chat', 'wss://127.0.0.1.example.com', 'http://127.0.0.1', 'nonsense'])(
    'the WhatsApp URL %s is refused',
    (url) => {
      expect(() => whatsapp({ url })).toThrow('loopback')
    },
  )

  test('a test root key is refused for the real WhatsApp', () => {
    const options = { store: credentials, sealer, clock: Date.now, log }
    expect(() => createBaileysWhatsApp({ ...options, testRootKey: Buffer.alloc(32) })).toThrow('loopback')
  })
})
