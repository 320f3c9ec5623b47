import { describe, expect, test } from 'vitest'
import { farFuture } from './plain.ts'
import { group, incoming, live, me, member, memberPhone, now, peer, peerLid, seconds, timestamp } from './test-facts.ts'

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
