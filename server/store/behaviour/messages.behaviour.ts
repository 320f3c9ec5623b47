import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import {
  budi,
  chatOf,
  chatsOf,
  freshSession,
  group,
  inGroup,
  message,
  messagesOf,
  now,
  type OpenCopy,
  only,
  own,
  owned,
  quoting,
  rina,
  rinaLid,
  rinasAlias,
  type Shown,
  type StoredCopy,
} from './examples.behaviour.ts'

const day = 24 * 60 * 60 * 1000

export const messagesBehaviour = (openCopy: OpenCopy) =>
  describe('chats and messages', () => {
    let store: StoredCopy
    let id: string
    beforeAll(async () => {
      store = await openCopy()
    })
    beforeEach(async () => {
      id = await freshSession(store)
    })
    afterAll(() => store.close())

    const tell = (...facts: Fact[]) => store.ingest(owned(id), facts, now)
    const unread = async (cid = rina) => (await chatOf(store, id, cid))?.unreadCount

    describe('what is shown', () => {
      test('an incoming text, whole', async () => {
        await tell(rinasAlias, message('A', { pushName: 'Rina W' }))
        expect(await messagesOf(store, id, rina)).toEqual([
          {
            id: expect.stringMatching(/^msg_[0-9A-HJKMNP-TV-Z]{26}$/),
            waMessageId: 'A',
            sessionId: id,
            chatJid: rina,
            direction: 'in',
            fromMe: false,
            senderJid: rina,
            senderLid: rinaLid,
            senderName: 'Rina W',
            type: 'text',
            body: 'text of A',
            hasMedia: false,
            edited: false,
            deleted: false,
            timestamp: now - 1000,
            createdAt: now,
          },
        ])
      })

      test('an own image in a group that answers and mentions, whole', async () => {
        await tell(
          { kind: 'contact', jid: rina, name: 'Rina Wijaya' },
          inGroup('A', rina, { timestamp: now - 2000 }),
          own('B', {
            chat: group,
            type: 'image',
            body: 'look, @6281398765432',
            media: { mimetype: 'image/jpeg', size: 1234 },
            quoted: quoting('A', { sender: rina }),
            mentions: [rina, budi],
            status: 'delivered',
          }),
        )
        const [shown, quoted] = await messagesOf(store, id, group)
        expect([shown]).toEqual([
          {
            id: expect.any(String),
            waMessageId: 'B',
            sessionId: id,
            chatJid: group,
            direction: 'out',
            fromMe: true,
            type: 'image',
            body: 'look, @6281398765432',
            hasMedia: true,
            media: { mimetype: 'image/jpeg', size: 1234 },
            quoted: {
              id: quoted?.id,
              waMessageId: 'A',
              fromMe: false,
              senderJid: rina,
              type: 'text',
              body: 'text of A',
            },
            mentions: [rina, budi],
            mentionNames: { '6281398765432': 'Rina Wijaya' },
            status: 'delivered',
            ackLevel: 3,
            edited: false,
            deleted: false,
            timestamp: now - 1000,
            createdAt: now,
          },
        ])
      })

      test('a mute only until it ends, at the time of reading', async () => {
        await tell({ kind: 'chat', jid: rina, mutedUntil: now + 1 }, { kind: 'chat', jid: budi, mutedUntil: now - day })
        const shownAt = async (at: number) => {
          const chats = JSON.parse(String((await store.listChats(id, { limit: 9 }, at)).data)) as Shown[]
          const others = [await store.getChat(id, rina, at), await store.markChatRead(id, rina, at)]
          const hers = [chats.find(({ jid }) => jid === rina), ...others.map((text) => JSON.parse(text ?? ''))]
          return [...hers, chats.find(({ jid }) => jid === budi)].map((chat) => chat?.mutedUntil)
        }
        expect(await shownAt(now)).toEqual([now + 1, now + 1, now + 1, undefined])
        expect(await shownAt(now + 1)).toEqual([undefined, undefined, undefined, undefined])
      })

      test('a chat, whole, and what is not known is absent', async () => {
        await tell(
          { kind: 'chat', jid: group, name: 'Family', archived: true, pinned: true, mutedUntil: now + day },
          { kind: 'chat', jid: group, unreadCount: 7, lastMessageAt: now - 5 },
          { kind: 'chat', jid: rina },
        )
        expect(await chatOf(store, id, group)).toEqual({
          jid: group,
          sessionId: id,
          type: 'group',
          name: 'Family',
          archived: true,
          pinned: true,
          unreadCount: 7,
          lastMessageAt: now - 5,
          mutedUntil: now + day,
        })
        expect(await chatOf(store, id, rina)).toEqual({
          jid: rina,
          sessionId: id,
          type: 'dm',
          archived: false,
          pinned: false,
          unreadCount: 0,
        })
        await tell({ kind: 'chat', jid: group, mutedUntil: null, archived: false, pinned: false })
        expect(await chatOf(store, id, group)).toEqual({
          jid: group,
          sessionId: id,
          type: 'group',
          name: 'Family',
          archived: false,
          pinned: false,
          unreadCount: 7,
          lastMessageAt: now - 5,
        })
      })

      test('the JID says what kind of chat it is', async () => {
        const types = {
          [rina]: 'dm',
          [rinaLid]: 'dm',
          [group]: 'group',
          '120363000000000001@newsletter': 'newsletter',
          '1650000000@broadcast': 'broadcast',
          'status@broadcast': 'status',
        }
        for (const [jid, type] of Object.entries(types)) {
          await tell(message('A', { chat: jid }))
          expect((await chatOf(store, id, jid))?.type).toBe(type)
        }
      })

      test('names are those known when it is read: address book first, then the own name', async () => {
        await tell(message('A', { pushName: 'rw' }), inGroup('B', rina), { kind: 'chat', jid: group, name: 'Family' })
        expect((await chatOf(store, id, rina))?.name).toBe('rw')
        await tell({ kind: 'contact', jid: rina, name: 'Rina Wijaya' })
        expect((await chatOf(store, id, rina))?.name).toBe('Rina Wijaya')
        expect(only(await messagesOf(store, id, group), 'senderName')).toEqual([{ senderName: 'Rina Wijaya' }])
        expect((await chatOf(store, id, group))?.name).toBe('Family')
      })

      test('history does not take back a newer own name', async () => {
        await tell(message('B', { pushName: 'new' }), message('A', { pushName: 'old', live: false, timestamp: 1 }))
        expect((await chatOf(store, id, rina))?.name).toBe('new')
      })

      test('the last activity of a chat is its newest message', async () => {
        await tell(message('B', { timestamp: now - 5 }), message('A', { timestamp: now - 50 }))
        expect((await chatOf(store, id, rina))?.lastMessageAt).toBe(now - 5)
      })

      test('chats are listed latest activity first, those without any last', async () => {
        await tell(
          { kind: 'chat', jid: group },
          message('A', { timestamp: now - 9 }),
          message('B', { chat: budi, timestamp: now - 3 }),
        )
        expect(only(await chatsOf(store, id), 'jid')).toEqual([{ jid: budi }, { jid: rina }, { jid: group }])
      })

      test('what is not stored is not found', async () => {
        await tell({ kind: 'contact', jid: budi, name: 'Budi' }, { kind: 'read', chat: budi })
        expect(await store.getChat(id, budi, now)).toBeUndefined()
        expect(await store.listMessages(id, budi, { limit: 5 })).toBeUndefined()
        expect(await store.markChatRead(id, budi, now)).toBeUndefined()
        expect(await store.getChat(id, "' OR 1=1 --", now)).toBeUndefined()
        expect(await store.listMessages(id, "' OR 1=1 --", { limit: 5 })).toBeUndefined()
        expect(await chatsOf(store, id)).toEqual([])
      })

      test('a page of very long messages is shorter, and a walk shows each of them once', async () => {
        const long = '€'.repeat(65_536)
        const ids = Array.from({ length: 60 }, (_, n) => `L${n}`)
        await tell(...ids.map((each, n) => message(each, { body: long, timestamp: now - 1_000 + n })))
        const page = await store.listMessages(id, rina, { limit: 200 })
        expect(page?.data.length).toBeLessThanOrEqual(4 * 1024 * 1024)
        expect(page?.last).toBeDefined()
        expect((await messagesOf(store, id, rina)).map(({ waMessageId }) => waMessageId)).toEqual(ids.toReversed())
      })

      test('sessions do not see each other', async () => {
        const other = await freshSession(store)
        await tell(message('A'))
        const page = await store.listMessages(id, rina, { limit: 5 })
        expect(await store.getChat(other, rina, now)).toBeUndefined()
        expect(await store.listMessages(other, rina, { limit: 5 })).toBeUndefined()
        expect(await store.isSameChat(other, page?.chatId ?? 0, 0)).toBe(false)
      })
    })

    describe('groups without a name', () => {
      const other = '120363041234567891@g.us'

      test('are found until they have one, or were asked about', async () => {
        await tell(inGroup('A', rina), inGroup('B', rina, { chat: other }), message('C'), {
          kind: 'chat',
          jid: 'x@g.us',
        })
        await tell({ kind: 'chat', jid: group, name: 'Family' })
        expect((await store.namelessGroups(id, now, 9)).sort()).toEqual([other, 'x@g.us'])
        expect(await store.namelessGroups(id, now, 1)).toHaveLength(1)
        await store.noteGroupAsked(owned(id), other, now)
        expect(await store.namelessGroups(id, now, 9)).toEqual(['x@g.us'])
        expect(await store.namelessGroups(id, now + 1, 9)).toEqual(['x@g.us', other])
        await store.noteGroupAsked(owned(id), other, null)
        expect((await store.namelessGroups(id, now, 9)).sort()).toEqual([other, 'x@g.us'])
        await store.noteGroupAsked(owned(id), 'unknown@g.us', now)
        await tell(
          { kind: 'chat', jid: other, lastMessageAt: now - 1 },
          { kind: 'chat', jid: 'x@g.us', lastMessageAt: now },
        )
        expect(await store.namelessGroups(id, now, 1)).toEqual(['x@g.us'])
        await tell({ kind: 'chat', jid: other, lastMessageAt: now + 1 })
        expect(await store.namelessGroups(id, now, 1)).toEqual([other])
        expect(await store.namelessGroups('sess_nobody', now, 9)).toEqual([])
      })
    })

    describe('a message is one row', () => {
      test('however often it comes', async () => {
        expect(await tell(message('A'), message('A'))).toMatchObject({ messages: 1 })
        expect(await tell(message('A', { body: 'something else', live: false }))).toMatchObject({ messages: 0 })
        expect(only(await messagesOf(store, id, rina), 'body')).toEqual([{ body: 'text of A' }])
        expect(await unread()).toBe(1)
      })

      test('but the same id of two senders, of two chats, and of both sides is not the same message', async () => {
        await tell(inGroup('A', rina), inGroup('A', budi), own('A', { chat: group }), message('A'), own('A'))
        expect(await messagesOf(store, id, group)).toHaveLength(3)
        expect(await messagesOf(store, id, rina)).toHaveLength(2)
      })

      test('calls at the same time with the same messages store each once', async () => {
        const facts = Array.from({ length: 20 }, (_, n) => message(`M${n}`))
        const results = await Promise.all(Array.from({ length: 10 }, () => tell(...facts)))
        expect(results.reduce((sum, { messages }) => sum + messages, 0)).toBe(20)
        expect(await messagesOf(store, id, rina)).toHaveLength(20)
        expect(await unread()).toBe(20)
      })

      test('calls of one session are stored in call order', async () => {
        const calls = Array.from({ length: 30 }, (_, n) => tell(message(`M${n}`)))
        await Promise.all(calls)
        const ids = (await messagesOf(store, id, rina)).map(({ waMessageId }) => waMessageId)
        expect(ids).toEqual(Array.from({ length: 30 }, (_, n) => `M${29 - n}`))
      })
    })

    describe('a message that could not be decrypted', () => {
      const placeholder = message('A', { type: 'unknown', body: undefined, undecryptable: true })

      test('is shown as unknown, without a body', async () => {
        await tell({ ...placeholder, body: 'ignored' })
        expect(only(await messagesOf(store, id, rina), 'type', 'body')).toEqual([{ type: 'unknown' }])
      })

      test('is replaced by its content, keeps its place and counts once', async () => {
        await tell(placeholder)
        const [before] = await messagesOf(store, id, rina)
        await tell(message('B'))
        expect(await tell(message('A', { timestamp: now }))).toMatchObject({ messages: 1 })
        const shown = await messagesOf(store, id, rina)
        expect(only(shown, 'waMessageId', 'body')).toEqual([
          { waMessageId: 'B', body: 'text of B' },
          { waMessageId: 'A', body: 'text of A' },
        ])
        expect(shown[1]).toEqual({ ...before, type: 'text', body: 'text of A' })
        expect(await unread()).toBe(2)
      })

      test('never replaces content', async () => {
        await tell(message('A'))
        const before = await messagesOf(store, id, rina)
        expect(await tell(placeholder, placeholder)).toMatchObject({ messages: 0 })
        expect(await messagesOf(store, id, rina)).toEqual(before)
      })
    })

    describe('unread', () => {
      test('counts new incoming live messages', async () => {
        await tell(message('A'), message('B'))
        expect(await unread()).toBe(2)
      })

      test('does not count own ones, history, reactions and system messages', async () => {
        await tell(
          own('A'),
          message('B', { live: false }),
          { kind: 'reaction', target: message('B'), by: rina, emoji: '👍', at: now },
          message('D', { type: 'system' }),
        )
        expect(await unread()).toBe(0)
      })

      test('is what the phone says when it says it', async () => {
        await tell(message('A'), { kind: 'chat', jid: rina, unreadCount: 41 })
        expect(await unread()).toBe(41)
      })

      test('does not count what the gateway marks as read', async () => {
        await tell(message('A', { read: true }), message('B'), inGroup('C', rina, { read: true }))
        expect(await unread()).toBe(1)
        expect(await chatOf(store, id, group)).toMatchObject({ unreadCount: 0 })
      })

      test('no longer counts what could not be decrypted once it is marked as read', async () => {
        await tell(message('A', { undecryptable: true }), message('B'))
        await tell(message('A', { read: true }), message('A', { read: true }))
        expect(await unread()).toBe(1)
      })

      test('ends when the account reads the chat elsewhere', async () => {
        await tell(message('A'), { kind: 'read', chat: rina })
        expect(await unread()).toBe(0)
      })

      test('ends when the chat is marked as read, which may be repeated', async () => {
        await tell(message('A'), message('B'))
        const first = await store.markChatRead(id, rina, now)
        expect(JSON.parse(first ?? '')).toMatchObject({ jid: rina, unreadCount: 0 })
        expect(await store.markChatRead(id, rina, now)).toBe(first)
        expect(await store.getChat(id, rina, now)).toBe(first)
      })
    })

    describe('what strangers chose', () => {
      test('a time that makes no sense is the time of arrival', async () => {
        const times = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, now + 2 * day, now * 1000]
        await tell(...times.map((timestamp, n) => message(`M${n}`, { timestamp })))
        expect(only(await messagesOf(store, id, rina), 'timestamp')).toEqual(times.map(() => ({ timestamp: now })))
        await tell(message('soon', { timestamp: now + day / 2 }), { kind: 'chat', jid: rina, lastMessageAt: now * 9 })
        expect((await chatOf(store, id, rina))?.lastMessageAt).toBe(now + day / 2)
      })

      test('text is cut between characters, and NUL and broken characters are taken out', async () => {
        await tell(
          message('long', { body: `${'x'.repeat(65_535)}\u{1F600}y` }),
          message('nul', { body: 'a\0b' }),
          message('half', { body: 'a\ud800b' }),
          message('quotes', { body: '"\\\n\u2028</script>' }),
        )
        const bodies = new Map((await messagesOf(store, id, rina)).map((shown) => [shown.waMessageId, shown.body]))
        expect(bodies.get('long')).toBe(`${'x'.repeat(65_535)}\u{1F600}`)
        expect(bodies.get('nul')).toBe('ab')
        expect(bodies.get('half')).toBe('a\ufffdb')
        expect(bodies.get('quotes')).toBe('"\\\n\u2028</script>')
      })

      test('an empty body is a body', async () => {
        await tell(message('A', { body: '' }))
        expect(only(await messagesOf(store, id, rina), 'body')).toEqual([{ body: '' }])
      })

      test('ids are cut at 256 characters', async () => {
        await tell(message('x'.repeat(9999)))
        expect(only(await messagesOf(store, id, rina), 'waMessageId')).toEqual([{ waMessageId: 'x'.repeat(256) }])
      })

      test('what is no address is not stored', async () => {
        const jids = ['', '@', 'rina', '@s.whatsapp.net', 'a b@g.us', `${'1'.repeat(200)}@g.us`, 'a\0@g.us', 'a@b@c']
        expect(await tell(...jids.map((chat) => message('A', { chat })), message(''))).toMatchObject({ messages: 0 })
        expect(await chatsOf(store, id)).toEqual([])
      })

      test('devices and hosted servers are the person', async () => {
        await tell(
          message('A', { chat: '6281398765432:12@s.whatsapp.net' }),
          message('B', { chat: '6281398765432@c.us' }),
          message('C', { chat: '6281398765432_1:99@hosted' }),
        )
        expect(await messagesOf(store, id, rina)).toHaveLength(3)
      })

      test('nothing is ever null', async () => {
        await tell(
          message('A', { media: { mimetype: undefined, size: Number.NaN }, mentions: [], quoted: quoting('') }),
          own('B', { status: undefined, body: undefined }),
          { kind: 'contact', jid: rina },
        )
        const text = JSON.stringify([await messagesOf(store, id, rina), await chatsOf(store, id)])
        expect(text).not.toContain('null')
        expect(text).not.toContain('""')
      })
    })
  })
