import { describe, expect, test } from 'vitest'
import type { FactEvent } from './reading.ts'
import { incoming, member, peer, read } from './test-facts.ts'

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
