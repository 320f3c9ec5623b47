import { describe, expect, test } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import { group, me, member, peer, read, seconds, timestamp } from './test-facts.ts'

const facts = (index: unknown, value: object = {}) => read('sync-action', { index, syncAction: { value } })

const range = { lastMessageTimestamp: { low: seconds, high: 0, unsigned: false } }

describe('what another device of the account has deleted', () => {
  test.each<[string, unknown, object, Fact[]]>([
    [
      'a message of the other side',
      ['deleteMessageForMe', peer, 'A1', '0', '0'],
      { deleteMessageForMeAction: {} },
      [{ kind: 'remove', target: { chat: peer, id: 'A1', fromMe: false, sender: peer } }],
    ],
    [
      'an own message',
      ['deleteMessageForMe', peer, 'A1', '1', '0'],
      {},
      [{ kind: 'remove', target: { chat: peer, id: 'A1', fromMe: true } }],
    ],
    [
      'a member’s message in a group',
      ['deleteMessageForMe', group, 'A1', '0', member],
      {},
      [{ kind: 'remove', target: { chat: group, id: 'A1', fromMe: false, sender: member } }],
    ],
    [
      'an own message in a group, named by its author',
      ['deleteMessageForMe', group, 'A1', '0', me.lid],
      {},
      [{ kind: 'remove', target: { chat: group, id: 'A1', fromMe: true } }],
    ],
    [
      'somebody’s message in a group',
      ['deleteMessageForMe', group, 'A1', '0', '0'],
      {},
      [{ kind: 'remove', target: { chat: group, id: 'A1', fromMe: false } }],
    ],
    [
      'what was in a chat',
      ['clearChat', peer, '1', '0'],
      { clearChatAction: { messageRange: range }, timestamp: timestamp + 9_000 },
      [{ kind: 'clear', chat: peer, until: timestamp, gone: false }],
    ],
    [
      'a chat',
      ['deleteChat', group, '1'],
      { deleteChatAction: { messageRange: { ...range, lastSystemMessageTimestamp: seconds + 5 } } },
      [{ kind: 'clear', chat: group, until: timestamp + 5_000, gone: true }],
    ],
    [
      'a chat of which only the time of the deletion is known',
      ['deleteChat', peer, '1'],
      { deleteChatAction: {}, timestamp: timestamp + 9_000 },
      [{ kind: 'clear', chat: peer, until: timestamp + 9_000, gone: true }],
    ],
  ])('%s', (_, index, value, expected) => {
    expect(facts(index, value)).toEqual({ facts: expected, unreadable: [] })
  })

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['no chat', ['deleteChat', 'nonsense']],
    ['no message', ['deleteMessageForMe', peer, '']],
    ['no time', ['clearChat', peer]],
    ['another setting', ['pin_v1', peer]],
  ])('with %s is left out', (_, index) => {
    expect(facts(index)).toEqual({ facts: [], unreadable: [] })
    for (const data of [undefined, null, 7, []]) expect(read('sync-action', data).facts).toEqual([])
  })
})
