import { createHash } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import { factsOf } from './from-baileys.ts'
import { group, me, member, now, peer, peerLid, read, seconds, timestamp } from './test-facts.ts'

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
