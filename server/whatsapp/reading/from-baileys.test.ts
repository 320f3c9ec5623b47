import { createHash } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import type { Fact, MessageFact } from '../../model/facts.ts'
import { maxBodyLength } from '../../model/text.ts'
import { factsOf } from './from-baileys.ts'
import { farFuture } from './plain.ts'
import type { FactEvent } from './reading.ts'
import {
  group,
  incoming,
  live,
  me,
  member,
  memberPhone,
  now,
  peer,
  peerLid,
  read,
  seconds,
  timestamp,
} from './test-facts.ts'

/** What a content becomes, without its envelope. */
const said = (content: proto.IMessage) => {
  const [fact] = live(incoming(content)) as MessageFact[]
  if (fact === undefined) return undefined
  const { kind, chat, id, fromMe, sender, timestamp, live: isLive, pushName, ...rest } = fact
  return rest
}

describe('the envelope of a message', () => {
  test('in a direct chat', () => {
    expect(live(incoming({ conversation: 'hello' }))).toEqual([
      {
        kind: 'message',
        chat: peer,
        id: 'A1',
        fromMe: false,
        sender: peer,
        timestamp,
        type: 'text',
        body: 'hello',
        live: true,
        pushName: 'Ada',
      },
    ])
  })

  test('in a group, with the member’s two addresses', () => {
    const key = { remoteJid: group, fromMe: false, id: 'A1', participant: `33333:7@lid`, participantAlt: memberPhone }
    expect(live(incoming({ conversation: 'hello' }, { key }))).toEqual([
      { kind: 'alias', lid: member, pn: memberPhone },
      {
        kind: 'message',
        chat: group,
        id: 'A1',
        fromMe: false,
        sender: member,
        timestamp,
        type: 'text',
        body: 'hello',
        live: true,
        pushName: 'Ada',
      },
    ])
  })

  test('of an own message from the phone', () => {
    const key = { remoteJid: peerLid, remoteJidAlt: peer, fromMe: true, id: 'A1' }
    const message = { deviceSentMessage: { destinationJid: peer, message: { conversation: 'hi' } } }
    expect(live(incoming(message, { key, status: 2 }))).toEqual([
      { kind: 'alias', lid: peerLid, pn: peer },
      {
        kind: 'message',
        chat: peerLid,
        id: 'A1',
        fromMe: true,
        timestamp,
        type: 'text',
        body: 'hi',
        live: true,
        status: 'sent',
      },
    ])
  })

  test('of an own message names nobody as this account’s alias', () => {
    const key = { remoteJid: peer, remoteJidAlt: me.lid, fromMe: true, id: 'A1' }
    expect(live(incoming({ conversation: 'hi' }, { key })).map(({ kind }) => kind)).toEqual(['message'])
  })

  test('over a broadcast list is a message of its sender', () => {
    const key = { remoteJid: '1600000000@broadcast', fromMe: false, id: 'A1', participant: peer, remoteJidAlt: peerLid }
    expect(live(incoming({ conversation: 'news' }, { key }))).toMatchObject([
      { kind: 'alias', lid: peerLid, pn: peer },
      { kind: 'message', chat: peer, sender: peer },
    ])
  })

  test('of a group message whose participant stands outside the key', () => {
    const message = incoming({ conversation: 'x' }, { key: { remoteJid: group, id: 'A1' }, participant: member })
    expect(live(message)).toMatchObject([{ chat: group, sender: member, fromMe: false }])
  })

  test('of a group message without participant has no sender', () => {
    const [fact] = live(incoming({ conversation: 'x' }, { key: { remoteJid: group, id: 'A1' } }))
    expect(fact).not.toHaveProperty('sender')
  })

  test('of a group message by this account under its LID is an own one', () => {
    const key = { remoteJid: group, id: 'A1', fromMe: false, participant: '11111:3@lid' }
    expect(live(incoming({ conversation: 'x' }, { key }))).toMatchObject([{ fromMe: true, status: 'sent' }])
  })

  test.each<[string, unknown, number]>([
    ['seconds', seconds, timestamp],
    ['64 bits in two halves', { low: seconds, high: 0, unsigned: true }, timestamp],
    ['text', String(seconds), timestamp],
    ['milliseconds', timestamp + 5, timestamp + 5],
    ['zero', 0, now],
    ['nothing', null, now],
    ['no number', Number.NaN, now],
    ['the far future', 1e30, farFuture],
  ])('with a time of %s', (_, messageTimestamp, expected) => {
    expect(live(incoming({ conversation: 'x' }, { messageTimestamp }))).toMatchObject([{ timestamp: expected }])
  })

  test.each<[string, object]>([
    ['a status post', { remoteJid: 'status@broadcast', id: 'A1', participant: peer }],
    ['no chat', { id: 'A1' }],
    ['a chat that is no address', { remoteJid: 'nonsense', id: 'A1' }],
    ['no id', { remoteJid: peer }],
    ['an empty id', { remoteJid: peer, id: '' }],
    ['an id without end', { remoteJid: peer, id: 'x'.repeat(257) }],
  ])('with %s is left out', (_, key) => {
    expect(live(incoming({ conversation: 'x' }, { key }))).toEqual([])
  })

  test('from the account’s own phone to this device is left out', () => {
    const key = { remoteJid: me.jid, fromMe: true, id: 'A1' }
    expect(live(incoming(null, { key, category: 'peer', messageStubType: 2 }))).toEqual([])
  })

  test('keeps an id with quotes', () => {
    expect(live(incoming({ conversation: 'x' }, { key: { remoteJid: peer, id: `'";--` } }))).toMatchObject([
      { id: `'";--` },
    ])
  })

  test('keeps no control characters of a name', () => {
    expect(live(incoming({ conversation: 'x' }, { pushName: '\u001b[2JAda' }))).toMatchObject([{ pushName: '[2JAda' }])
  })
})

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

describe('receipts', () => {
  const update = (key: object, status: number, more: object = {}) =>
    read('messages.update', [{ key: { id: 'A1', ...key }, update: { status, messageTimestamp: seconds, ...more } }])
      .facts

  test.each([
    [1, 'pending'],
    [2, 'sent'],
    [3, 'delivered'],
    [4, 'read'],
    [5, 'played'],
  ])('status %i of an own message is %s', (status, expected) => {
    expect(update({ remoteJid: `6281111111111:2@s.whatsapp.net`, fromMe: true }, status)).toEqual([
      { kind: 'receipt', target: { chat: peer, id: 'A1', fromMe: true }, status: expected, at: timestamp },
    ])
  })

  test('that a message failed is said by WhatsApp’s answer alone', () => {
    expect(update({ remoteJid: peer, fromMe: true }, 0, { messageStubParameters: ['463'] })).toEqual([])
  })

  test('WhatsApp’s answer to a message: it has it, since then; or refuses it, with its number', () => {
    const answered = (attrs: object) =>
      read('ack', { tag: 'ack', attrs: { id: 'A1', class: 'message', ...attrs } }).facts
    expect(answered({ t: '1790000000' })).toEqual([{ kind: 'outcome', id: 'A1', at: 1_790_000_000_000 }])
    expect(answered({ t: '1790000000', error: '463' })).toMatchObject([
      { failure: { code: '463', words: expect.stringContaining('restricted') } },
    ])
    expect(answered({})).toMatchObject([{ kind: 'outcome', at: expect.any(Number) }])
    expect(answered({ id: '' })).toEqual([])
  })

  test('a read message of somebody else means that the account read the chat elsewhere', () => {
    expect(update({ remoteJid: peer, fromMe: false }, 4)).toEqual([{ kind: 'read', chat: peer }])
    expect(update({ remoteJid: peer, fromMe: false }, 3)).toEqual([])
  })

  test('updates that the library derives from messages say nothing', () => {
    const updates = [
      { key: { remoteJid: peer, id: 'A1' }, update: { message: null, messageStubType: 1 } },
      {
        key: { remoteJid: peer, id: 'A1' },
        update: { message: { editedMessage: { message: { conversation: 'x' } } } },
      },
      { key: { remoteJid: peer, id: 'A1' }, update: { starred: true } },
    ]
    expect(read('messages.update', updates)).toEqual({ facts: [], unreadable: [] })
  })

  const inGroup = (receipt: object, fromMe = true) =>
    read('message-receipt.update', [{ key: { remoteJid: group, id: 'A1', fromMe }, receipt }]).facts

  test('of group members', () => {
    const target = { chat: group, id: 'A1', fromMe: true }
    expect(inGroup({ userJid: member, receiptTimestamp: seconds })).toEqual([
      { kind: 'receipt', target, status: 'delivered', at: timestamp },
    ])
    expect(inGroup({ userJid: member, readTimestamp: seconds })).toEqual([
      { kind: 'receipt', target, status: 'read', at: timestamp },
    ])
    expect(inGroup({ userJid: member, readTimestamp: seconds }, false)).toEqual([])
  })

  test('of this account in a group mean that it read the group elsewhere', () => {
    expect(inGroup({ userJid: '11111:2@lid', readTimestamp: seconds })).toEqual([{ kind: 'read', chat: group }])
    expect(inGroup({ userJid: me.jid, receiptTimestamp: seconds })).toEqual([])
  })
})

describe('chats', () => {
  const update = (data: object) => read('chats.update', [{ id: peer, ...data }]).facts

  test.each<[string, object, Fact[]]>([
    ['archived', { archived: true }, [{ kind: 'chat', jid: peer, archived: true }]],
    ['pinned', { pinned: seconds }, [{ kind: 'chat', jid: peer, pinned: true }]],
    ['unpinned', { pinned: null }, [{ kind: 'chat', jid: peer, pinned: false }]],
    ['muted', { muteEndTime: timestamp }, [{ kind: 'chat', jid: peer, mutedUntil: timestamp }]],
    ['muted forever', { muteEndTime: -1 }, [{ kind: 'chat', jid: peer, mutedUntil: farFuture }]],
    ['not muted', { muteEndTime: null }, [{ kind: 'chat', jid: peer, mutedUntil: null }]],
    ['read elsewhere', { unreadCount: 0 }, [{ kind: 'read', chat: peer }]],
    ['one more unread', { unreadCount: 1, conversationTimestamp: seconds, messages: [] }, []],
    ['marked as unread', { unreadCount: -1 }, []],
    ['unread unchanged', { unreadCount: null }, []],
    ['a name of the address book', { name: 'Ada' }, []],
  ])('%s', (_, data, facts) => {
    expect(update(data)).toEqual(facts)
  })

  test('a new group has a name', () => {
    expect(read('chats.upsert', [{ id: group, name: 'Lunch', conversationTimestamp: seconds }]).facts).toEqual([
      { kind: 'chat', jid: group, name: 'Lunch', lastMessageAt: timestamp },
    ])
    expect(
      read('groups.update', [
        { id: group, subject: 'Dinner' },
        { id: group, announce: true },
      ]).facts,
    ).toEqual([{ kind: 'chat', jid: group, name: 'Dinner' }])
  })

  test('status posts are no chat', () => {
    expect(read('chats.update', [{ id: 'status@broadcast', archived: true }]).facts).toEqual([])
  })
})

describe('people', () => {
  test('names, and two addresses', () => {
    const contacts = [
      { id: peer, lid: '22222:1@lid', name: 'Ada L.', notify: 'Ada' },
      { id: peerLid, phoneNumber: peer },
      { id: member, verifiedName: 'Shop' },
      { id: member, imgUrl: 'changed' },
      { id: group, name: 'Lunch' },
    ]
    expect(read('contacts.upsert', contacts).facts).toEqual([
      { kind: 'alias', lid: peerLid, pn: peer },
      { kind: 'contact', jid: peer, name: 'Ada L.', pushName: 'Ada' },
      { kind: 'alias', lid: peerLid, pn: peer },
      { kind: 'contact', jid: member, pushName: 'Shop' },
    ])
  })

  test('a new mapping, whichever way round', () => {
    expect(read('lid-mapping.update', { lid: peerLid, pn: peer }).facts).toEqual([
      { kind: 'alias', lid: peerLid, pn: peer },
    ])
    expect(read('lid-mapping.update', { lid: peer, pn: peerLid }).facts).toEqual([
      { kind: 'alias', lid: peerLid, pn: peer },
    ])
    expect(read('lid-mapping.update', { lid: peerLid, pn: member }).facts).toEqual([])
  })
})

describe('history', () => {
  /** Through the wire format, as the library decodes it: absent members are null, times are 64-bit. */
  const conversation = (value: proto.IConversation) =>
    proto.Conversation.decode(proto.Conversation.encode(value).finish())
  const webMessage = (value: proto.IWebMessageInfo) =>
    proto.WebMessageInfo.decode(proto.WebMessageInfo.encode(value).finish())

  test('people, chats and messages, in this order; counters are absolute; nothing is live', () => {
    const { facts, unreadable } = read('messaging-history.set', {
      lidPnMappings: [{ lid: peerLid, pn: peer }],
      contacts: [{ id: peer, name: 'Ada' }],
      chats: [
        conversation({
          id: peer,
          name: 'Ada',
          unreadCount: 2,
          conversationTimestamp: seconds,
          archived: true,
          pinned: 0,
          muteEndTime: 0,
          ephemeralExpiration: 604_800,
          ephemeralSettingTimestamp: seconds,
        }),
        conversation({ id: group, name: 'Lunch', ephemeralExpiration: 86_400, ephemeralSettingTimestamp: seconds }),
      ],
      messages: [
        // The newest first, as phones send them.
        webMessage({
          key: { remoteJid: group, id: 'H2', fromMe: true },
          message: { conversation: 'mine' },
          messageTimestamp: seconds,
          status: 4,
        }),
        webMessage({
          key: { remoteJid: peer, id: 'H1' },
          message: { conversation: 'old' },
          messageTimestamp: seconds,
          pushName: 'A',
        }),
      ],
    })

    expect(unreadable).toEqual([])
    expect(facts).toEqual([
      { kind: 'alias', lid: peerLid, pn: peer, history: true },
      { kind: 'contact', jid: peer, name: 'Ada', history: true },
      {
        kind: 'chat',
        jid: peer,
        unreadCount: 2,
        archived: true,
        pinned: false,
        mutedUntil: null,
        lastMessageAt: timestamp,
        history: true,
      },
      { kind: 'timer', chat: peer, seconds: 604_800, at: timestamp, history: true },
      { kind: 'chat', jid: group, name: 'Lunch', history: true },
      {
        kind: 'message',
        chat: peer,
        id: 'H1',
        fromMe: false,
        sender: peer,
        timestamp,
        type: 'text',
        body: 'old',
        live: false,
        pushName: 'A',
      },
      {
        kind: 'message',
        chat: group,
        id: 'H2',
        fromMe: true,
        timestamp,
        type: 'text',
        body: 'mine',
        live: false,
        status: 'read',
      },
    ])
  })

  const history = (message: proto.IWebMessageInfo) =>
    read('messaging-history.set', { chats: [], contacts: [], messages: [webMessage(message)] }).facts

  test('a revoked message', () => {
    const facts = history({ key: { remoteJid: peer, id: 'H1' }, messageTimestamp: seconds, messageStubType: 1 })
    expect(facts).toMatchObject([
      { kind: 'message', id: 'H1', type: 'unknown', live: false },
      { kind: 'revoke', target: { id: 'H1' }, by: peer },
    ])
  })

  test('reactions kept with their message', () => {
    const facts = history({
      key: { remoteJid: peer, id: 'H1' },
      messageTimestamp: seconds,
      message: { conversation: 'old' },
      reactions: [
        { key: { remoteJid: peer, fromMe: true, id: 'R1' }, text: '👍', senderTimestampMs: timestamp },
        { key: { remoteJid: peer, id: 'H1' }, text: '?' },
      ],
    })
    const target = { chat: peer, id: 'H1', fromMe: false, sender: peer }
    const carrier = { chat: peer, id: 'R1', fromMe: true }
    expect(facts.slice(1)).toEqual([
      { kind: 'reaction', target, by: 'me', emoji: '👍', at: timestamp, carrier, history: true },
    ])
  })

  test('votes kept with their poll', () => {
    const hash = createHash('sha256').update('yes').digest()
    const facts = history({
      key: { remoteJid: group, participant: member, id: 'H1' },
      messageTimestamp: seconds,
      message: { pollCreationMessage: { name: 'Lunch?', options: [{ optionName: 'yes' }] } },
      pollUpdates: [
        {
          pollUpdateMessageKey: { remoteJid: group, participant: member, id: 'V1' },
          vote: { selectedOptions: [hash] },
          senderTimestampMs: timestamp,
        },
        { pollUpdateMessageKey: { remoteJid: group, participant: member, id: 'V2' }, senderTimestampMs: timestamp },
      ],
    })
    expect(facts.slice(1)).toMatchObject([
      { kind: 'vote', target: { chat: group, id: 'H1', sender: member }, by: member, options: [hash.toString('hex')] },
    ])
  })

  test('a message without a time is the oldest', () => {
    expect(history({ key: { remoteJid: peer, id: 'H1' }, message: { conversation: 'x' } })).toMatchObject([
      { timestamp: 0 },
    ])
  })

  test('is read one message at a time', () => {
    let asked = 0
    const messages = Array.from({ length: 1_000 }, (_, n) => ({
      get key() {
        asked += 1
        return { remoteJid: peer, id: `H${n}` }
      },
      message: { conversation: 'x' },
    }))
    const facts = factsOf(
      'messaging-history.set',
      { chats: [], contacts: [], messages },
      { me, now, onUnreadable: () => {} },
    )

    facts.next()

    expect(asked).toBeLessThan(10)
  })
})

describe('what breaks the reader', () => {
  test('is reported by id and left out; the rest is read', () => {
    const broken = {
      key: { remoteJid: peer, id: 'B1' },
      get message(): never {
        throw new Error('boom')
      },
    }
    const { facts, unreadable } = read('messages.upsert', {
      messages: [broken, null, incoming({ conversation: 'fine' })],
      type: 'notify',
    })

    expect(unreadable).toEqual(['B1', ''])
    expect(facts).toMatchObject([{ body: 'fine' }])
  })

  test.each<[FactEvent, unknown]>([
    ['messages.upsert', { type: 'notify' }],
    ['messages.update', undefined],
    ['messages.update', [{}]],
    ['message-receipt.update', [{ key: {}, receipt: {} }]],
    ['messaging-history.set', {}],
    ['messaging-history.set', { chats: [null], contacts: [null], messages: [{}], lidPnMappings: [{}] }],
    ['chats.update', [{}]],
    ['contacts.update', [{}, { id: '__proto__' }]],
    ['groups.upsert', [{ participants: Array.from({ length: 10_000 }, () => ({ id: member })) }]],
  ])('%s without what it should have gives nothing', (event, data) => {
    expect(read(event, data).facts).toEqual([])
  })
})
