import { describe, expect, test } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import { farFuture } from './plain.ts'
import { group, member, peer, peerLid, read, seconds, timestamp } from './test-facts.ts'

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
  test('have names, and an alias where two addresses are known', () => {
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

  test('a new pair of a phone number and a LID is an alias, whichever comes first', () => {
    expect(read('lid-mapping.update', { lid: peerLid, pn: peer }).facts).toEqual([
      { kind: 'alias', lid: peerLid, pn: peer },
    ])
    expect(read('lid-mapping.update', { lid: peer, pn: peerLid }).facts).toEqual([
      { kind: 'alias', lid: peerLid, pn: peer },
    ])
    expect(read('lid-mapping.update', { lid: peerLid, pn: member }).facts).toEqual([])
  })
})
