import { describe, expect, test } from 'vitest'
import { group, me, member, peer, read, seconds, timestamp } from './test-facts.ts'

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
