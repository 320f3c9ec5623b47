import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Account, type Loopback, startLoopback } from './index.ts'
import { connect, pair, type TestClient } from './test-client.ts'

let wa: Loopback
let owner: Account
let contact: Account
let client: Awaited<ReturnType<typeof pair>>

beforeAll(async () => {
  wa = await startLoopback()
  owner = wa.account({ pn: '6281234567890', lid: '98765432101234', name: 'Owner' })
  client = await pair(wa, owner)
  // Until its first history the client holds its events back, which the first test would have to wait for.
  await owner.phone.sendHistory({}, client.companion)
  await client.next('messaging-history.set')
})

afterAll(async () => {
  await client.end()
  await wa.close()
  expect(wa.unhandled).toEqual([])
})

let contacts = 0
beforeEach(() => {
  contact = wa.account({ pn: `62855500${1000 + ++contacts}`, name: `Contact ${contacts}` })
})

/** The next message with this id that the client emits with content. */
async function received(by: Pick<TestClient, 'next'>, id: string) {
  const { messages, type } = await by.next('messages.upsert', ({ messages }) =>
    messages.some(({ key, message }) => key.id === id && message),
  )
  const found = messages.find(({ key }) => key.id === id)
  return { type, key: found?.key, message: found?.message, pushName: found?.pushName, stub: found?.messageStubType }
}

/** Resolves when the client says that its message has this status: in an update, or, when both come at once, in the message. */
async function status(of: Pick<TestClient, 'next'>, id: string, wanted: number) {
  await Promise.any([
    of.next('messages.update', (updates) =>
      updates.some(({ key, update }) => key.id === id && update.status === wanted),
    ),
    of.next('messages.upsert', ({ messages }) =>
      messages.some(({ key, status }) => key.id === id && status === wanted),
    ),
  ])
}

describe('from a contact', () => {
  test('a text addressed by phone number arrives, and is receipted', async () => {
    const id = await contact.phone.send(owner.pn, 'good morning')
    expect(await received(client, id)).toMatchObject({
      type: 'notify',
      key: { remoteJid: contact.pn, remoteJidAlt: contact.lid, fromMe: false },
      message: { conversation: 'good morning' },
      pushName: contact.name,
    })
    const receipt = await wa.next('receipt', ({ messageId }) => messageId === id)
    expect(receipt).toMatchObject({ companion: client.companion.jid, type: 'inactive', to: contact.pn })
    expect(wa.ledger.of(client.companion.jid, id)).toEqual([receipt])
  })

  test('a text addressed by LID, then one by phone number, are from the same person', async () => {
    const first = await contact.phone.send(owner.lid, 'by LID')
    expect(await received(client, first)).toMatchObject({
      key: { remoteJid: contact.lid, remoteJidAlt: contact.pn, addressingMode: 'lid' },
      message: { conversation: 'by LID' },
    })
    const second = await contact.phone.send(owner.pn, 'by number')
    expect(await received(client, second)).toMatchObject({
      key: { remoteJid: contact.pn, remoteJidAlt: contact.lid, addressingMode: 'pn' },
      message: { conversation: 'by number' },
    })
  })

  test.each([
    ['image', { imageMessage: { mimetype: 'image/jpeg', caption: 'the sea', width: 4, height: 3 } }],
    ['document', { documentMessage: { mimetype: 'application/pdf', fileName: 'offer.pdf', title: 'offer' } }],
    ['location', { locationMessage: { degreesLatitude: -6.2, degreesLongitude: 106.8, name: 'Jakarta' } }],
    ['contact', { contactMessage: { displayName: 'Ani', vcard: 'BEGIN:VCARD\nVERSION:3.0\nFN:Ani\nEND:VCARD' } }],
    ['poll', { pollCreationMessage: { name: 'When?', options: [{ optionName: 'Now' }], selectableOptionsCount: 1 } }],
  ])('a message of kind %s arrives with its content', async (_kind, content) => {
    const id = await contact.phone.send(owner.pn, content)
    expect((await received(client, id)).message).toMatchObject(content)
  })

  test('an edit, a reaction and a revoke name the message that they are about', async () => {
    const id = await contact.phone.send(owner.pn, 'helo')
    await received(client, id)
    await contact.phone.edit(owner.pn, id, 'hello')
    const edited = await client.next('messages.update', ([update]) => update?.key.id === id)
    expect(edited[0]?.update.message?.editedMessage?.message).toMatchObject({ conversation: 'hello' })
    await contact.phone.react(owner.pn, { id, fromMe: true }, '👍')
    const [reaction] = await client.next('messages.reaction')
    expect(reaction).toMatchObject({ reaction: { text: '👍' }, key: { id } })
    await contact.phone.revoke(owner.pn, id)
    const revoked = await client.next('messages.update', ([update]) => update?.update.message === null)
    expect(revoked[0]?.key).toMatchObject({ id, remoteJid: contact.pn })
  })

  test('a message that cannot be read is asked for again, and then read', async () => {
    const id = await contact.phone.send(owner.pn, 'second try', { corrupt: true })
    const stub = await client.next('messages.upsert', ({ messages }) => messages.some(({ key }) => key.id === id))
    expect(stub.messages[0]).toMatchObject({ messageStubType: 2 })
    expect((await received(client, id)).message).toEqual(expect.objectContaining({ conversation: 'second try' }))
    const said = []
    for (let i = 0; i < 3; i++) said.push(await wa.next('receipt', ({ messageId }) => messageId === id))
    expect(said.map(({ type, error }) => [type, error])).toEqual([
      ['retry', undefined],
      ['ack', '500'],
      ['inactive', undefined],
    ])
    expect(client.companion.queue.size).toBe(0)
  })

  test('a message that is unreadable twice is asked for twice', async () => {
    const id = await contact.phone.send(owner.pn, 'third try', { corrupt: 2 })
    expect((await received(client, id)).message).toMatchObject({ conversation: 'third try' })
    await wa.next('receipt', (receipt) => receipt.messageId === id && receipt.type === 'inactive')
    const asked = wa.ledger.of(client.companion.jid, id).filter(({ type }) => type === 'retry')
    expect(asked).toHaveLength(2)
  })

  test('a phone that sends nothing again leaves what could not be read', async () => {
    contact.phone.sendsAgain = false
    const id = await contact.phone.send(owner.pn, 'only once', { corrupt: true })
    await wa.next('receipt', ({ messageId, type }) => messageId === id && type === 'ack')
    const next = await contact.phone.send(owner.pn, 'another')
    await received(client, next)
    expect(wa.ledger.of(client.companion.jid, id).map(({ type }) => type)).toEqual(['retry', 'ack'])
    expect([...client.companion.queue].map(({ attrs }) => attrs.id)).not.toContain(id)
  })

  test('what is sent again waits, though the client refuses what it could not read after it asked', async () => {
    const reader = wa.account({ pn: `62877800${contacts}` })
    const { companion, end } = await pair(wa, reader)
    contact.phone.sendsAgain = false
    const stop = wa.on('receipt', ({ type, messageId }) => {
      if (type !== 'retry') return
      companion.mute()
      void contact.phone.send(reader.pn, 'again', { id: messageId, plain: true })
    })
    const id = await contact.phone.send(reader.pn, 'at first', { corrupt: true })
    await wa.next('receipt', ({ messageId, type }) => messageId === id && type === 'ack')
    stop()
    expect([...companion.queue].map(({ attrs }) => attrs.id)).toEqual([id])
    await end()
  })

  test('a plain message arrives without encryption', async () => {
    const id = await contact.phone.send(owner.pn, 'plain', { plain: true })
    expect((await received(client, id)).message).toMatchObject({ conversation: 'plain' })
  })

  test('chatstates and presence are shown to who is online', async () => {
    contact.phone.showChatstate(owner.pn, 'recording')
    expect(await client.next('presence.update', ({ id }) => id === contact.pn)).toEqual({
      id: contact.pn,
      presences: { [contact.pn]: { lastKnownPresence: 'recording' } },
    })
    await client.sock.presenceSubscribe(contact.pn)
    await wa.next('presence', ({ type }) => type === 'subscribe')
    contact.phone.showPresence('unavailable', 1_700_000_000_000)
    expect(await client.next('presence.update', ({ id }) => id === contact.pn)).toMatchObject({
      presences: { [contact.pn]: { lastKnownPresence: 'unavailable', lastSeen: 1_700_000_000 } },
    })
  })
})

describe('from the client', () => {
  test('a text reaches the phone of the contact, and as a copy the own phone; receipts come back', async () => {
    const sent = await client.sock.sendMessage(contact.pn, { text: 'hello there' })
    const id = sent?.key.id ?? ''
    const atContact = await wa.next('message', (message) => message.id === id && !message.ownCopy)
    expect(atContact).toMatchObject({ phone: contact.pn, from: client.companion.jid, to: contact.pn })
    expect(atContact.message.extendedTextMessage?.text).toBe('hello there')
    expect(await wa.next('message', (message) => message.id === id)).toMatchObject({ phone: owner.pn, ownCopy: true })
    await status(client, id, 3)
    contact.phone.sendReceipt(owner.pn, [id])
    await status(client, id, 4)
  })

  test('a refused message is a failed message', async () => {
    const end = wa.faults.onMessage(({ attrs }) => attrs.to === contact.pn, 463)
    const sent = await client.sock.sendMessage(contact.pn, { text: 'too much' })
    await status(client, sent?.key.id ?? '', 0)
    end()
  })

  test('read messages are told to the contact, and to the ledger', async () => {
    const id = await contact.phone.send(owner.pn, 'read me')
    const { key } = await received(client, id)
    if (key) await client.sock.readMessages([key])
    await wa.next('receipt', ({ messageId, type }) => messageId === id && type === 'read')
  })

  test('a number exists on WhatsApp when it is an account', async () => {
    const found = await client.sock.onWhatsApp(contact.pn, '6280000000000')
    expect(found?.filter(({ exists }) => exists)).toEqual([{ jid: contact.pn, exists: true }])
  })
})

describe('from the own phone', () => {
  test('a copy of what the owner writes on the phone arrives', async () => {
    const id = await owner.phone.send(contact.pn, 'from my phone')
    expect(await received(client, id)).toMatchObject({
      key: { remoteJid: contact.pn, fromMe: true },
      message: { conversation: 'from my phone' },
    })
    expect(await wa.next('message', (message) => message.id === id)).toMatchObject({
      phone: contact.pn,
      from: owner.pn,
    })
  })

  test('a chat that the owner reads on the phone is told', async () => {
    const id = await contact.phone.send(owner.pn, 'look at the phone')
    await received(client, id)
    owner.phone.readOwn(contact.pn, [id])
    const [update] = await client.next('messages.update', ([first]) => first?.key.id === id)
    expect(update).toMatchObject({ key: { remoteJid: contact.pn, fromMe: false }, update: { status: 4 } })
  })
})

describe('two clients', () => {
  test('write to each other, by number and by LID', async () => {
    const other = await pair(wa, contact)
    const first = await client.sock.sendMessage(contact.pn, { text: 'ping' })
    expect(await received(other, first?.key.id ?? '')).toMatchObject({ key: { fromMe: false } })
    const second = await other.sock.sendMessage(owner.lid, { text: 'pong' })
    expect(await received(client, second?.key.id ?? '')).toMatchObject({
      key: { remoteJid: expect.stringMatching(/@lid$/) },
    })
    await other.end()
  })
})

describe('groups', () => {
  test.each([true, false])('messages go both ways (members by LID: %s)', async (byLid) => {
    const group = wa.group({ subject: 'Team', members: [owner, contact], byLid })
    const first = await contact.phone.send(group.jid, 'hello all')
    expect(await received(client, first)).toMatchObject({
      key: { remoteJid: group.jid, participant: byLid ? contact.lid : contact.pn },
      message: { conversation: 'hello all' },
    })
    const second = await contact.phone.send(group.jid, 'again')
    expect((await received(client, second)).message).toMatchObject({ conversation: 'again' })
    const sent = await client.sock.sendMessage(group.jid, { text: 'hello you' })
    const got = await wa.next('message', ({ id, phone }) => id === sent?.key.id && phone === contact.pn)
    expect(got).toMatchObject({ to: group.jid, message: { extendedTextMessage: { text: 'hello you' } } })
    expect(await client.sock.groupMetadata(group.jid)).toMatchObject({ subject: 'Team', size: 2 })
  })

  test('a message sent again brings the key: those after it are read at once', async () => {
    const group = wa.group({ subject: 'Team', members: [owner, contact] })
    const lost = vi.spyOn(client.companion, 'deliver').mockImplementationOnce(() => {})
    await contact.phone.send(group.jid, 'lost, and the key with it')
    lost.mockRestore()
    const second = await contact.phone.send(group.jid, 'asked for')
    expect((await received(client, second)).message).toMatchObject({ conversation: 'asked for' })
    const third = await contact.phone.send(group.jid, 'at once')
    expect((await received(client, third)).message).toMatchObject({ conversation: 'at once' })
    await wa.next('receipt', ({ messageId }) => messageId === third)
    expect(wa.ledger.of(client.companion.jid, third).map(({ type }) => type)).toEqual(['inactive'])
  })

  test('a member goes on by one with each message: nobody keeps keys for messages that never come', async () => {
    const group = wa.group({ subject: 'Team', members: [owner, contact] })
    const stored: unknown[] = []
    const set = client.auth.keys.set.bind(client.auth.keys)
    client.auth.keys.set = (data) => {
      stored.push(...Object.values(data['sender-key'] ?? {}))
      return set(data)
    }
    for (let n = 0; n < 5; n += 1) await received(client, await contact.phone.send(group.jid, `message ${n}`))
    const [record] = JSON.parse(Buffer.from(stored.at(-1) as Uint8Array).toString('utf8'))
    expect(record).toMatchObject({ senderChainKey: { iteration: 5 }, senderMessageKeys: [] })
  })
})

describe('the offline queue', () => {
  test('messages wait for a client that is away, and leave the queue only when receipted', async () => {
    const away = wa.account({ pn: `62877700${contacts}` })
    const first = await pair(wa, away)
    // Until its first history a client holds back what it gets.
    await away.phone.sendHistory()
    await first.next('messaging-history.set')
    await first.end()
    await wa.next('offline', ({ companion }) => companion === first.companion.jid)
    const id = await contact.phone.send(away.pn, 'while you were away')
    expect(first.companion.queue.size).toBe(1)
    const second = connect(wa, first.auth)
    expect(await received(second, id)).toMatchObject({
      type: 'append',
      message: { conversation: 'while you were away' },
    })
    await wa.next('receipt', ({ messageId }) => messageId === id)
    expect(first.companion.queue.size).toBe(0)
    await second.end()
  })
})
