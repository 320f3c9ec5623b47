/**
 * What later operations make of a stored message can be made of its protobuf alone, whichever way the message came: a reply
 * quotes it, a forward repeats it, a download needs its keys, a vote its options and secret, an edit its secret, a receiver who
 * could not read it asks for it again.
 */
import { randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Group, HistoryMessage, Loopback } from '../../../loopback/index.ts'
import { pair } from '../../../loopback/test-client.ts'
import type { MessageKey } from '../../model/message.ts'
import { inWorlds, sessionId, type World } from '../test-world.ts'

let wa: Loopback
let world: World
let group: Group

inWorlds(
  (...made) => {
    ;[wa, world] = made
  },
  { shared: true },
)

const messageContextInfo = { messageSecret: randomBytes(32) }
const thumbnail = { jpegThumbnail: randomBytes(900) }

const file = (mimetype: string) => ({
  url: 'https://mmg.whatsapp.net/v/t62.7118-24/1_2.enc?oe=1',
  directPath: '/v/t62.7118-24/1_2.enc',
  mediaKey: randomBytes(32),
  mediaKeyTimestamp: 1_790_000_000,
  fileSha256: randomBytes(32),
  fileEncSha256: randomBytes(32),
  fileLength: 298_820,
  mimetype,
})
const preview = {
  ...thumbnail,
  thumbnailDirectPath: '/v/t62.36145-24/3_4.enc',
  thumbnailSha256: randomBytes(32),
  thumbnailEncSha256: randomBytes(32),
}
const timer = { expiration: 604_800, ephemeralSettingTimestamp: 1_790_000_000 }
const poll = (selectableOptionsCount: number) => ({
  name: 'Lunch?',
  options: [{ optionName: 'soup' }, { optionName: 'rice' }],
  selectableOptionsCount,
})
const quoting = {
  stanzaId: '3EB0AAAA',
  participant: '628999@s.whatsapp.net',
  quotedMessage: { conversation: 'soup or rice?' },
  mentionedJid: ['628999@s.whatsapp.net'],
}

/** By what it is needed for. */
const kinds: Record<string, proto.IMessage> = {
  'vote: a poll with one answer': { pollCreationMessageV3: poll(1), messageContextInfo },
  'vote: a poll with several answers': { pollCreationMessage: poll(0), messageContextInfo },
  'download, forward: a picture': {
    imageMessage: { ...file('image/jpeg'), ...preview, caption: 'look', width: 640, height: 480 },
    messageContextInfo,
  },
  'download, forward: a video': {
    videoMessage: {
      ...file('video/mp4'),
      ...preview,
      seconds: 9,
      gifPlayback: true,
      streamingSidecar: randomBytes(40),
    },
  },
  'download, forward: a voice note': {
    audioMessage: { ...file('audio/ogg; codecs=opus'), seconds: 4, ptt: true, waveform: randomBytes(64) },
  },
  'download, forward: a document with a caption': {
    documentWithCaptionMessage: {
      message: {
        documentMessage: { ...file('application/pdf'), ...preview, fileName: 'list.pdf', caption: 'the list' },
      },
    },
  },
  'download, forward: a sticker': {
    stickerMessage: { ...file('image/webp'), isAnimated: true, width: 512, height: 512 },
  },
  'download: a picture to be viewed once': {
    viewOnceMessageV2: { message: { imageMessage: { ...file('image/jpeg'), viewOnce: true } } },
  },
  'quote: a reply that mentions somebody': { extendedTextMessage: { text: '@628999 rice', contextInfo: quoting } },
  'quote, forward: a link': {
    extendedTextMessage: {
      text: 'see https://a.b',
      matchedText: 'https://a.b',
      title: 'A',
      description: 'B',
      ...thumbnail,
    },
  },
  'forward: a location': {
    locationMessage: {
      degreesLatitude: -6.25,
      degreesLongitude: 106.75,
      name: 'Jakarta',
      address: 'here',
      ...thumbnail,
    },
  },
  'forward: a contact': { contactMessage: { displayName: 'Ani', vcard: 'BEGIN:VCARD\nFN:Ani\nEND:VCARD' } },
  'forward: contacts': {
    contactsArrayMessage: {
      displayName: '2 contacts',
      contacts: [
        { displayName: 'A', vcard: 'A' },
        { displayName: 'B', vcard: 'B' },
      ],
    },
  },
  'expiry: a text in a chat with a timer': {
    ephemeralMessage: { message: { extendedTextMessage: { text: 'soon gone', contextInfo: timer } } },
    messageContextInfo,
  },
  'edit, reaction in an announcement group: a text': { conversation: 'as it was', messageContextInfo },
  'event edit and answer: an event': {
    eventMessage: { name: 'Lunch', description: 'together', startTime: 1_790_000_000, location: { name: 'here' } },
    messageContextInfo,
  },
}

/** As it is read again, and numbers as numbers. */
const plain = (message: proto.IMessage) =>
  proto.Message.toObject(proto.Message.decode(proto.Message.encode(message).finish()), { longs: Number })

/** A received message is kept without the pictures that stand for what is downloaded. */
const slim = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(slim)
    : typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
      ? Object.fromEntries(
          Object.entries(value).flatMap(([name, inner]) => (name in thumbnail ? [] : [[name, slim(inner)]])),
        )
      : value

interface Way {
  /** Brings all kinds; `idOf` gives the id that each has to have. */
  bring(send: (each: (content: proto.IMessage, id: string) => Promise<unknown>) => Promise<void>): Promise<void>
  where(): Omit<MessageKey, 'id'>
}

const direct = (fromMe: boolean) => (): Omit<MessageKey, 'id'> => ({ chat: world.contact.pn, fromMe })
const inGroup = (fromMe: boolean) => (): Omit<MessageKey, 'id'> => ({
  chat: group.jid,
  fromMe,
  ...(!fromMe && { sender: world.contact.lid }),
})
const history =
  (fromMe: boolean, { blob = false, secretBeside = false } = {}): Way['bring'] =>
  async (send) => {
    const messages: HistoryMessage[] = []
    await send(async (content, id) => {
      messages.push({ id, at: Date.now() - 60_000, fromMe, content, secretBeside })
    })
    const chats = [{ jid: world.contact.pn, messages }]
    await world.account.phone.sendHistory({ type: 'recent', chats }, world.companion, { blob })
  }

const ways: Record<string, Way> = {
  'from somebody, by number': {
    bring: (send) => send((content, id) => world.contact.phone.send(world.account.pn, content, { id })),
    where: direct(false),
  },
  'from somebody, by LID': {
    bring: (send) => send((content, id) => world.contact.phone.send(world.account.lid, content, { id })),
    where: direct(false),
  },
  'from somebody, on the second try': {
    bring: (send) => send((content, id) => world.contact.phone.send(world.account.pn, content, { id, corrupt: true })),
    where: direct(false),
  },
  'in a group': {
    bring: (send) => send((content, id) => world.contact.phone.send(group.jid, content, { id })),
    where: inGroup(false),
  },
  'own, from the phone': {
    bring: (send) => send((content, id) => world.account.phone.send(world.contact.pn, content, { id })),
    where: direct(true),
  },
  'own, from the phone, its secret beside it alone': {
    bring: (send) =>
      send((content, id) => world.account.phone.send(world.contact.lid, content, { id, contextBeside: true })),
    where: direct(true),
  },
  'own, from the phone, in a group': {
    bring: (send) => send((content, id) => world.account.phone.send(group.jid, content, { id })),
    where: inGroup(true),
  },
  'own, from another linked client': {
    bring: async (send) => {
      const client = await pair(wa, world.account)
      await send((content, id) => client.sock.relayMessage(world.contact.pn, content, { messageId: id }))
      await client.end()
    },
    where: direct(true),
  },
  'in a history': { bring: history(false), where: direct(false) },
  'in a history that is downloaded': { bring: history(false, { blob: true }), where: direct(false) },
  'own, in a history': { bring: history(true), where: direct(true) },
  'own, in a history that is downloaded, its secret beside it': {
    bring: history(true, { blob: true, secretBeside: true }),
    where: direct(true),
  },
}

const idOf = (kind: string, way: string) =>
  `${Object.keys(kinds).indexOf(kind)}X${Object.keys(ways).indexOf(way)}`.padStart(12, 'K')

/** Ids of messages to which something happens after they came. */
const later = { edited: 'EDITED', revoked: 'REVOKED', merged: 'MERGED', large: 'LARGE' }
const picture = { imageMessage: { ...file('image/jpeg'), caption: 'look' }, messageContextInfo }
/** Two addresses of one person; nothing says so when the message comes. */
const twice = { pn: '628777000111@s.whatsapp.net', lid: '777000111222333@lid' }

const changeAfterwards = async () => {
  const { contact, account } = world
  await contact.phone.send(account.pn, picture, { id: later.edited })
  await contact.phone.edit(account.pn, later.edited, 'look again')
  await contact.phone.send(account.pn, picture, { id: later.revoked })
  await contact.phone.revoke(account.pn, later.revoked)
  const large = { ...picture, imageMessage: { ...picture.imageMessage, caption: 'x'.repeat(1_100_000) } }
  await account.phone.send(contact.pn, large, { id: later.large })
  const message = { id: later.merged, at: Date.now() - 60_000, content: picture }
  await account.phone.sendHistory({ type: 'recent', chats: [{ jid: twice.lid, messages: [message] }] }, world.companion)
  await account.phone.sendHistory({ type: 'recent', mappings: [twice] }, world.companion)
}

beforeAll(async () => {
  group = wa.group({ subject: 'Team', members: [world.account, world.contact], byLid: true })
  for (const [way, { bring }] of Object.entries(ways))
    await bring(async (each) => {
      for (const [kind, content] of Object.entries(kinds)) await each(content, idOf(kind, way))
    })
  await changeAfterwards()
  await world.settle()
})

const keptOf = async (key: MessageKey) => {
  const raw = await world.store.findRaw(sessionId, key)
  return raw && plain(proto.Message.decode(raw))
}

describe.each(Object.keys(ways))('%s', (way) => {
  test.each(Object.keys(kinds))('%s', async (kind) => {
    const where = ways[way]?.where() ?? { chat: '', fromMe: false }
    const sent = plain(kinds[kind] ?? {})
    expect(await keptOf({ ...where, id: idOf(kind, way) })).toEqual(where.fromMe ? sent : slim(sent))
  })
})

describe('what is kept', () => {
  test('stays when the message is edited; the words since are those of the message', async () => {
    const key = { ...direct(false)(), id: later.edited }
    expect(await keptOf(key)).toEqual(plain(picture))
    expect(await world.messagesOf(world.contact.pn)).toContainEqual({
      id: later.edited,
      type: 'image',
      body: 'look again',
    })
  })

  test('goes when the message is deleted for everyone', async () => {
    expect(await keptOf({ ...direct(false)(), id: later.revoked })).toBeUndefined()
  })

  test('is found under both addresses once they are known to be one person', async () => {
    for (const chat of [twice.pn, twice.lid])
      expect(await keptOf({ chat, id: later.merged, fromMe: false })).toEqual(plain(picture))
  })

  test('of a message over 1 MiB are its keys, hashes and secret', async () => {
    const { caption: _, ...rest } = picture.imageMessage
    const kept = await keptOf({ ...direct(true)(), id: later.large })
    expect(kept).toEqual(plain({ ...picture, imageMessage: rest }))
  })
})
