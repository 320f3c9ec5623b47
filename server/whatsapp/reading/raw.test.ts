/** What is kept of messages, however they come: by the library, in a real database. */
import { randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test, vi } from 'vitest'
import type { Loopback } from '../../../loopback/index.ts'
import type { MessageFact } from '../../model/facts.ts'
import type { MessageKey } from '../../model/message.ts'
import { inWorlds, sessionId, stores, type World } from '../test-world.ts'

let wa: Loopback
let world: World

inWorlds((...made) => {
  ;[wa, world] = made
})

const secret = randomBytes(32)
const picture = {
  imageMessage: {
    mimetype: 'image/jpeg',
    mediaKey: randomBytes(32),
    directPath: '/v/1.enc',
    jpegThumbnail: randomBytes(900),
  },
  messageContextInfo: { messageSecret: secret },
}

const keptOf = async (key: MessageKey): Promise<proto.IMessage | undefined> => {
  const raw = await world.store.findRaw(sessionId, key)
  return raw && proto.Message.toObject(proto.Message.decode(raw), { longs: Number })
}

const received = {
  imageMessage: expect.not.objectContaining({ jpegThumbnail: expect.anything() }),
  messageContextInfo: { messageSecret: secret },
}
const whole = {
  imageMessage: expect.objectContaining(picture.imageMessage),
  messageContextInfo: { messageSecret: secret },
}

describe('the protobuf is kept', () => {
  test('of a message by number or LID, and in a group', async () => {
    const group = wa.group({ subject: 'Team', members: [world.account, world.contact], byLid: true })
    const { contact, account } = world
    const ids = {
      pn: await contact.phone.send(account.pn, picture),
      lid: await contact.phone.send(account.lid, picture),
      group: await contact.phone.send(group.jid, picture),
    }
    await world.settle()

    for (const chat of [contact.pn, contact.lid])
      for (const id of [ids.pn, ids.lid]) expect(await keptOf({ chat, id, fromMe: false })).toMatchObject(received)
    for (const sender of [contact.pn, contact.lid])
      expect(await keptOf({ chat: group.jid, id: ids.group, fromMe: false, sender })).toMatchObject(received)
  })

  test('of an own message from the phone, whole', async () => {
    const id = await world.account.phone.send(world.contact.pn, picture)
    await world.settle()
    expect(await keptOf({ chat: world.contact.pn, id, fromMe: true })).toMatchObject(whole)
  })

  test('of messages of a history, with a secret that came beside them', async () => {
    const at = Date.now() - 60_000
    await world.account.phone.sendHistory({
      chats: [
        {
          jid: world.contact.pn,
          messages: [
            { id: 'OWN', at, fromMe: true, content: picture },
            { id: 'HERS', at, content: picture },
          ],
        },
      ],
    })
    const life = world.begin()
    await vi.waitFor(async () => expect(await world.messagesOf(world.contact.pn)).toHaveLength(2), 5_000)
    await life.client.close()
    expect(await keptOf({ chat: world.contact.pn, id: 'OWN', fromMe: true })).toMatchObject(whole)
    expect(await keptOf({ chat: world.contact.pn, id: 'HERS', fromMe: false })).toMatchObject(received)
  })

  test('when the process dies between receipt and storing', async () => {
    const id = await world.contact.phone.send(world.account.pn, picture)
    world.cut = () => wa.next('receipt', ({ messageId }) => messageId === id).then(() => world.companion.drop())
    await world.begin({ diesAt: (moment) => moment.when === 'before' && stores(moment, id) }).dead
    await world.settle()
    expect(await keptOf({ chat: world.contact.pn, id, fromMe: false })).toMatchObject(received)
  })

  test('when it could only be read on the second try', async () => {
    const id = await world.contact.phone.send(world.account.pn, picture, { corrupt: true })
    await world.settle()
    expect(await keptOf({ chat: world.contact.pn, id, fromMe: false })).toMatchObject(received)
  })
})

describe('a receiver who could not read an own message', () => {
  test.each(['pn', 'lid'] as const)('is sent it again, whole, after a restart (by %s)', async (form) => {
    const id = await world.account.phone.send(world.contact[form], { conversation: 'precious', ...context })
    await world.settle()
    const life = world.begin()
    await life.event('open')

    world.contact.phone.askAgain(world.account[form], id)

    const again = await wa.next('message', (event) => event.id === id && event.from === world.companion.jid)
    expect(proto.Message.toObject(proto.Message.fromObject(again.message))).toMatchObject({
      conversation: 'precious',
      messageContextInfo: { messageSecret: new Uint8Array(secret) },
    })
  })

  test('gets nothing for a message of the receiver’s own, or of another chat', async () => {
    const { contact, account } = world
    const other = wa.account({ pn: '62877712345' })
    const theirs = await contact.phone.send(account.pn, 'theirs')
    const elsewhere = await account.phone.send(other.pn, 'elsewhere')
    await world.settle()
    const life = world.begin()
    await life.event('open')
    const sent: string[] = []
    const stop = wa.on('stanza', ({ direction, stanza }) => {
      if (direction === 'in' && stanza.tag === 'message') sent.push(stanza.attrs.id ?? '')
    })

    for (const id of [theirs, elsewhere]) contact.phone.askAgain(account.pn, id)

    const marker = await account.phone.send(contact.pn, 'a last one')
    await life.fact((fact): fact is MessageFact => fact.kind === 'message' && fact.id === marker)
    contact.phone.askAgain(account.pn, marker)
    await wa.next('message', (event) => event.id === marker && event.from === world.companion.jid)
    stop()
    expect(new Set(sent)).toEqual(new Set([marker]))
  })
})

const context = { messageContextInfo: { messageSecret: secret } }
