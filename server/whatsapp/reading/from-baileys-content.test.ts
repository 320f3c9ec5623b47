import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import type { MessageFact } from '../../model/facts.ts'
import { maxBodyLength } from '../../model/text.ts'
import { group, incoming, live, me, member, peer, timestamp } from './test-facts.ts'

/** What a content becomes, without its envelope. */
const said = (content: proto.IMessage) => {
  const [fact] = live(incoming(content)) as MessageFact[]
  if (fact === undefined) return undefined
  const { kind, chat, id, fromMe, sender, timestamp, live: isLive, pushName, ...rest } = fact
  return rest
}

describe('the content of a message', () => {
  const contextInfo = {
    stanzaId: 'Q1',
    mentionedJid: ['6281111111111:3@s.whatsapp.net', member, member, 'nonsense'],
  }
  const context = { quoted: { id: 'Q1', fromMe: false, type: 'unknown' }, mentions: [peer, member] }

  test.each<[string, proto.IMessage, object]>([
    ['text', { conversation: 'hello' }, { type: 'text', body: 'hello' }],
    [
      'text with context',
      { extendedTextMessage: { text: 'hello', contextInfo } },
      { type: 'text', body: 'hello', ...context },
    ],
    [
      'image',
      { imageMessage: { caption: 'look', mimetype: 'image/jpeg', fileLength: 1024, contextInfo } },
      { type: 'image', body: 'look', media: { mimetype: 'image/jpeg', size: 1024 }, ...context },
    ],
    ['image without anything', { imageMessage: {} }, { type: 'image', media: {} }],
    [
      'video with a poll and a place, which no app sends',
      {
        videoMessage: { mimetype: 'video/mp4' },
        pollCreationMessage: { name: 'Lunch?', options: [{ optionName: 'yes' }] },
        locationMessage: { degreesLatitude: 1, degreesLongitude: 2 },
      },
      { type: 'video', body: 'Lunch?', media: { mimetype: 'video/mp4' } },
    ],
    ['video', { videoMessage: { mimetype: 'video/mp4' } }, { type: 'video', media: { mimetype: 'video/mp4' } }],
    ['round video', { ptvMessage: { mimetype: 'video/mp4' } }, { type: 'video', media: { mimetype: 'video/mp4' } }],
    [
      'voice',
      { audioMessage: { mimetype: 'audio/ogg', ptt: true } },
      { type: 'audio', media: { mimetype: 'audio/ogg', voice: true } },
    ],
    [
      'document',
      { documentMessage: { fileName: 'a.pdf', mimetype: 'application/pdf', caption: 'read' } },
      { type: 'document', body: 'read', media: { mimetype: 'application/pdf', filename: 'a.pdf' } },
    ],
    ['sticker', { stickerMessage: { mimetype: 'image/webp' } }, { type: 'sticker', media: { mimetype: 'image/webp' } }],
    ['location', { locationMessage: { name: 'Monas', address: 'Jakarta' } }, { type: 'location', body: 'Monas' }],
    ['live location', { liveLocationMessage: { caption: 'here' } }, { type: 'location', body: 'here' }],
    [
      'contact',
      { contactMessage: { displayName: 'Bob', vcard: 'x'.repeat(1e6) } },
      { type: 'contact', body: 'Bob', contacts: [{ name: 'Bob' }] },
    ],
    ['contacts', { contactsArrayMessage: { displayName: '2 contacts' } }, { type: 'contact', body: '2 contacts' }],
    [
      'poll',
      { pollCreationMessageV3: { name: 'Lunch?', options: [{ optionName: 'yes' }] } },
      { type: 'poll', body: 'Lunch?', poll: { name: 'Lunch?', options: ['yes'], selectableCount: 0 } },
    ],
    ['buttons', { buttonsMessage: { contentText: 'choose' } }, { type: 'text', body: 'choose' }],
    ['chosen button', { buttonsResponseMessage: { selectedDisplayText: 'yes' } }, { type: 'text', body: 'yes' }],
    ['list', { listMessage: { title: 'menu', description: 'choose' } }, { type: 'text', body: 'menu\nchoose' }],
    [
      'template',
      { templateMessage: { hydratedTemplate: { hydratedContentText: 'your code' } } },
      { type: 'text', body: 'your code' },
    ],
    ['interactive', { interactiveMessage: { body: { text: 'choose' } } }, { type: 'text', body: 'choose' }],
    ['product', { productMessage: { body: 'buy' } }, { type: 'unknown', body: 'buy' }],
    ['something newer', { sendPaymentMessage: {} }, { type: 'unknown' }],
    ['disappearing', { ephemeralMessage: { message: { conversation: 'gone' } } }, { type: 'text', body: 'gone' }],
    [
      'view once',
      { viewOnceMessageV2: { message: { imageMessage: { caption: 'once' } } } },
      { type: 'image', body: 'once', media: {}, viewOnce: true },
    ],
    [
      'document with caption in a disappearing chat',
      {
        ephemeralMessage: {
          message: { documentWithCaptionMessage: { message: { documentMessage: { title: 't', caption: 'c' } } } },
        },
      },
      { type: 'document', body: 'c', media: { filename: 't' } },
    ],
    [
      'own message from the phone',
      { deviceSentMessage: { message: { ephemeralMessage: { message: { conversation: 'hi' } } } } },
      { type: 'text', body: 'hi' },
    ],
    [
      'text beside key distribution',
      { senderKeyDistributionMessage: { groupId: group }, conversation: 'hi' },
      { type: 'text', body: 'hi' },
    ],
  ])('%s', (_, content, expected) => {
    expect(said(content)).toEqual(expected)
  })

  test.each<[string, object, object, object]>([
    // As the library gives them: from the account's view.
    ['one by a peer, to an own message', {}, { fromMe: true }, { fromMe: true }],
    ['one by a peer, to a message of the peer', {}, { fromMe: false }, { fromMe: false, sender: peer }],
    ['an own one, to a message of the peer', { fromMe: true }, { fromMe: false }, { fromMe: false, sender: peer }],
    [
      'one in a group, to an own message',
      { remoteJid: group, participant: peer },
      { fromMe: true, participant: me.lid },
      { chat: group, fromMe: true },
    ],
    [
      'one in a group, to a message of a member',
      { remoteJid: group, participant: peer },
      { participant: member },
      { chat: group, fromMe: false, sender: member },
    ],
  ])('a reaction: %s', (_, by, key, target) => {
    const message = incoming({ reactionMessage: { key: { id: 'T1', ...key }, text: '👍' } })
    const facts = live({ ...message, key: { ...message.key, ...by } })
    expect(facts).toMatchObject([
      { kind: 'reaction', target: { chat: peer, id: 'T1', ...target }, emoji: '👍', by: 'fromMe' in by ? 'me' : peer },
    ])
  })

  test.each<[string, proto.IMessage, object]>([
    [
      'a place',
      { locationMessage: { degreesLatitude: -6.17, degreesLongitude: 106.8, name: 'Monas', address: 'Jakarta' } },
      { location: { latitude: -6.17, longitude: 106.8, name: 'Monas', address: 'Jakarta' } },
    ],
    [
      'a live place',
      { liveLocationMessage: { degreesLatitude: 1, degreesLongitude: 0 } },
      { location: { latitude: 1, longitude: 0, live: true } },
    ],
    [
      'cards, without pictures',
      {
        contactsArrayMessage: {
          contacts: [
            { displayName: 'Ann', vcard: 'BEGIN:VCARD\nPHOTO;BASE64:xx\n yy\nFN:Ann\nEND:VCARD' },
            { vcard: 'FN:Bob' },
          ],
        },
      },
      {
        contacts: [
          { name: 'Ann', vcard: 'BEGIN:VCARD\nFN:Ann\nEND:VCARD' },
          { name: 'Bob', vcard: 'FN:Bob' },
        ],
      },
    ],
    [
      'a picture',
      { imageMessage: { width: 1280, height: 960, fileSha256: Buffer.alloc(32, 1) } },
      { media: { width: 1280, height: 960, sha256: '01'.repeat(32) } },
    ],
    ['a film as a GIF', { videoMessage: { seconds: 3, gifPlayback: true } }, { media: { seconds: 3, animated: true } }],
    ['a picture to be opened once', { imageMessage: { viewOnce: true } }, { viewOnce: true }],
    [
      'a forwarded text that disappears',
      { extendedTextMessage: { text: 'x', contextInfo: { forwardingScore: 2, expiration: 86_400 } } },
      { forwarded: true, expiresAt: timestamp + 86_400_000 },
    ],
    [
      'an answer to an own picture',
      {
        extendedTextMessage: {
          text: 'x',
          contextInfo: {
            stanzaId: 'Q1',
            participant: me.jid,
            quotedMessage: { ephemeralMessage: { message: { imageMessage: { caption: 'look' } } } },
          },
        },
      },
      { quoted: { id: 'Q1', fromMe: true, type: 'image', body: 'look' } },
    ],
  ])('%s carries more than words', (_, content, expected) => {
    expect(live(incoming(content))).toMatchObject([expected])
  })

  test.each<[string, proto.IMessage | null | undefined]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty message', {}],
    ['empty text', { conversation: '' }],
    ['key distribution alone', { senderKeyDistributionMessage: { groupId: group }, messageContextInfo: {} }],
    ['a poll vote', { pollUpdateMessage: { pollCreationMessageKey: { id: 'P1' } } }],
    ['an encrypted reaction', { encReactionMessage: { targetMessageKey: { id: 'T1' } } }],
    ['a pin', { pinInChatMessage: { key: { id: 'T1' } } }],
    ['a wrapper around nothing', { ephemeralMessage: { message: {} } }],
  ])('%s is no message', (_, content) => {
    expect(live(incoming(content))).toEqual([])
  })

  test('wrapped without end is no message', () => {
    let content: proto.IMessage = { conversation: 'deep' }
    for (let depth = 0; depth < 1_000; depth += 1) content = { viewOnceMessage: { message: content } }

    expect(live(incoming(content))).toEqual([])
  })

  test('of any length is cut at WhatsApp’s own limit', () => {
    expect(said({ conversation: 'x'.repeat(1_000_000) })).toMatchObject({ body: 'x'.repeat(maxBodyLength) })
  })

  test('has at most 1,024 mentions', () => {
    const mentionedJid = Array.from({ length: 5_000 }, (_, n) => `${n + 1}@lid`)
    expect(
      (said({ extendedTextMessage: { text: '@all', contextInfo: { mentionedJid } } }) as MessageFact).mentions,
    ).toHaveLength(1_024)
  })

  test.each<[string, object]>([
    ['negative', { fileLength: -1 }],
    ['beyond counting', { fileLength: { low: 0, high: -2_147_483_648, unsigned: true } }],
    ['text', { fileLength: 'many' }],
  ])('has no size when it is %s', (_, image) => {
    expect(said({ imageMessage: image as proto.Message.IImageMessage })).toEqual({ type: 'image', media: {} })
  })

  test('that was not decrypted is the envelope alone, whatever else came with it', () => {
    const message = incoming(
      { senderKeyDistributionMessage: { groupId: group }, conversation: 'pretended' },
      { messageStubType: proto.WebMessageInfo.StubType.CIPHERTEXT, messageStubParameters: ['Bad MAC'] },
    )
    expect(live(message)).toEqual([
      {
        kind: 'message',
        chat: peer,
        id: 'A1',
        fromMe: false,
        sender: peer,
        timestamp,
        type: 'unknown',
        undecryptable: true,
        live: true,
        pushName: 'Ada',
      },
    ])
  })

  test('that only the phone shows is the envelope alone', () => {
    const key = { remoteJid: peer, id: 'A1', isViewOnce: true }
    expect(live(incoming(null, { key }))).toMatchObject([{ type: 'unknown', undecryptable: true }])
  })

  test.each<[string, proto.WebMessageInfo.StubType, string[], string]>([
    ['a missed call', proto.WebMessageInfo.StubType.CALL_MISSED_VOICE, [], 'Missed voice call'],
    ['a new subject', proto.WebMessageInfo.StubType.GROUP_CHANGE_SUBJECT, ['Lunch'], 'The group is now called Lunch'],
    ['new members', proto.WebMessageInfo.StubType.GROUP_PARTICIPANT_ADD, [`{"id":"${member}"}`], 'Members were added'],
  ])('that tells of %s is a system message', (_, messageStubType, messageStubParameters, body) => {
    expect(live(incoming(null, { messageStubType, messageStubParameters }))).toMatchObject([{ type: 'system', body }])
  })

  test('that tells of a changed security code is left out', () => {
    const { E2E_IDENTITY_CHANGED } = proto.WebMessageInfo.StubType
    expect(live(incoming(null, { messageStubType: E2E_IDENTITY_CHANGED }))).toEqual([])
  })
})
