import { beforeEach, describe, expect, test } from 'vitest'
import type { Account, Loopback } from '../../loopback/index.ts'
import type { Fact, MessageFact } from '../model/facts.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { inLoopback } from './test-client.ts'
import type { TestCredentials } from './test-support.ts'

let wa: Loopback
let account: Account
let credentials: TestCredentials
const { connect, pair, pairAndOpen } = inLoopback((made) => {
  ;({ wa, account, credentials } = made)
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

  let contact: Account
  let contacts = 0

  beforeEach(() => {
    contacts += 1
    contact = wa.account({ pn: `62855500000${contacts}`, lid: `5550000${contacts}`, name: 'Ani' })
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

  test('in a group have the chat of the group, and their sender', async () => {
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

  test('of the account are read when their receiver’s phone sends a receipt', async () => {
    const { fact } = await pairAndOpen()
    const id = await account.phone.send(contact.pn, 'seen?')
    await fact(withId(id))

    contact.phone.sendReceipt(account.pn, [id], 'read')

    const isRead = (it: Fact): it is Extract<Fact, { kind: 'receipt' }> => it.kind === 'receipt' && it.status === 'read'
    expect(await fact(isRead)).toMatchObject({ target: { chat: contact.pn, id, fromMe: true } })
  })

  test('are marked as read by a receipt to WhatsApp', async () => {
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
