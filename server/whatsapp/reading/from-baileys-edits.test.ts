import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import { group, incoming, live, me, member, memberPhone, peer, peerLid, timestamp } from './test-facts.ts'

describe('edits and revokes', () => {
  const { MESSAGE_EDIT, REVOKE, EPHEMERAL_SETTING } = proto.Message.ProtocolMessage.Type
  const inGroup = (content: proto.IMessage) =>
    incoming(content, { key: { remoteJid: group, fromMe: false, id: 'E1', participant: member } })

  const edit = (text: string, timestampMs: unknown = timestamp + 500): proto.IMessage => ({
    editedMessage: {
      message: {
        protocolMessage: {
          type: MESSAGE_EDIT,
          key: { remoteJid: peer, fromMe: true, id: 'T1' },
          editedMessage: { conversation: text },
          timestampMs: timestampMs as number,
        },
      },
    },
  })

  const revoke = (key: proto.IMessageKey): proto.IMessage => ({ protocolMessage: { type: REVOKE, key } })

  test('an edit is its author’s new text', () => {
    expect(live(incoming(edit('better')))).toEqual([
      {
        kind: 'edit',
        target: { chat: peer, id: 'T1', fromMe: false, sender: peer },
        by: peer,
        body: 'better',
        at: timestamp + 500,
      },
    ])
  })

  test('an own edit from the phone', () => {
    const message = incoming(edit('better'), { key: { remoteJid: peer, fromMe: true, id: 'E1' } })
    expect(live(message)).toMatchObject([{ kind: 'edit', target: { chat: peer, id: 'T1', fromMe: true }, by: 'me' }])
  })

  test('an edit is its author’s new mentions too', () => {
    const editedMessage = { extendedTextMessage: { text: '@22222', contextInfo: { mentionedJid: [peerLid, me.lid] } } }
    const protocolMessage = { type: MESSAGE_EDIT, key: { fromMe: true, id: 'T1' }, editedMessage }
    expect(live(incoming({ protocolMessage }))).toMatchObject([{ body: '@22222', mentions: [peerLid, me.lid] }])
    expect(live(incoming(edit('nobody')))[0]).not.toHaveProperty('mentions')
  })

  test('an edit of a caption is the new caption', () => {
    const editedMessage = { imageMessage: { caption: 'new', contextInfo: { mentionedJid: [member] } } }
    const protocolMessage = { type: MESSAGE_EDIT, key: { fromMe: true, id: 'T1' }, editedMessage }
    expect(live(incoming({ protocolMessage }))).toMatchObject([{ kind: 'edit', body: 'new', mentions: [member] }])
  })

  test.each<[string, unknown]>([
    ['far ahead', timestamp + 86_400_000],
    ['far behind', 1],
    ['absent', null],
  ])('an edit’s own time counts for nothing when it is %s', (_, timestampMs) => {
    expect(live(incoming(edit('better', timestampMs)))).toMatchObject([{ at: timestamp }])
  })

  test('an edit cannot name another chat', () => {
    const message = incoming({
      protocolMessage: {
        type: MESSAGE_EDIT,
        key: { remoteJid: group, fromMe: true, id: 'T1' },
        editedMessage: { conversation: 'x' },
      },
    })
    expect(live(message)).toMatchObject([{ target: { chat: peer } }])
  })

  test('a revoke by the author', () => {
    expect(live(incoming(revoke({ remoteJid: peer, fromMe: true, id: 'T1' })))).toEqual([
      { kind: 'revoke', target: { chat: peer, id: 'T1', fromMe: false, sender: peer }, by: peer, at: timestamp },
    ])
  })

  describe('how long messages stay', () => {
    const timer = (ephemeralExpiration?: number | null): proto.IMessage => ({
      protocolMessage: { type: EPHEMERAL_SETTING, ...(ephemeralExpiration !== undefined && { ephemeralExpiration }) },
    })

    test.each([
      ['the other side', false],
      ['the phone', true],
    ])('%s sets it, and takes it back', (_, fromMe) => {
      const key = { remoteJid: peer, fromMe, id: 'S1' }
      const set = (seconds?: number) => live(incoming({ ephemeralMessage: { message: timer(seconds) } }, { key }))
      expect(set(604_800)).toEqual([{ kind: 'timer', chat: peer, seconds: 604_800, at: timestamp }])
      expect(set(0)).toEqual([{ kind: 'timer', chat: peer, seconds: 0, at: timestamp }])
      expect(set()).toEqual(set(0))
    })

    test('an impossible time, and one that a member of a group says, is none', () => {
      for (const seconds of [-1, 1.5, 4e9]) expect(live(incoming(timer(seconds)))).toEqual([])
      expect(live(inGroup(timer(604_800)))).toEqual([])
    })
  })

  test('a revoke by a group admin names the author', () => {
    expect(live(inGroup(revoke({ remoteJid: group, fromMe: false, id: 'T1', participant: memberPhone })))).toEqual([
      {
        kind: 'revoke',
        target: { chat: group, id: 'T1', fromMe: false, sender: memberPhone },
        by: member,
        at: timestamp,
      },
    ])
  })

  test('a revoke of an own message by a group admin', () => {
    expect(live(inGroup(revoke({ remoteJid: group, id: 'T1', participant: me.lid })))).toMatchObject([
      { kind: 'revoke', target: { chat: group, id: 'T1', fromMe: true }, by: member },
    ])
  })

  test('a peer’s claim to revoke an own message says so, for the store to refuse', () => {
    expect(live(incoming(revoke({ remoteJid: peer, fromMe: false, id: 'T1' })))).toMatchObject([
      { kind: 'revoke', target: { chat: peer, id: 'T1', fromMe: true }, by: peer },
    ])
  })

  const read = [MESSAGE_EDIT, REVOKE, EPHEMERAL_SETTING]

  test.each(
    Object.entries(proto.Message.ProtocolMessage.Type)
      .filter(([, type]) => typeof type === 'number' && !read.includes(type))
      .map(([name, type]) => [name, type as number] as const),
  )('%s is not believed, and no message', (_, type) => {
    const message = incoming({ protocolMessage: { type, key: { id: 'T1', fromMe: true } } })
    expect(live(message)).toEqual([])
  })

  test('without a target are left out', () => {
    expect(live(incoming({ protocolMessage: { type: REVOKE } }))).toEqual([])
  })
})
