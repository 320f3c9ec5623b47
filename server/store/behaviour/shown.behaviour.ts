import { describe, expect, test } from 'vitest'
import {
  budi,
  freshSession,
  group,
  inGroup,
  message,
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
} from './examples.behaviour.ts'
import { sessionForEachTest } from './session-for-each-test.behaviour.ts'

const day = 24 * 60 * 60 * 1000

export const shownBehaviour = (openCopy: OpenCopy) =>
  describe('chats and messages as they are shown', () => {
    const current = sessionForEachTest(openCopy)
    const { shownChat, shownChats, shownMessages, tell } = current

    describe('what is shown', () => {
      test('an incoming text, whole', async () => {
        await tell(rinasAlias, message('A', { pushName: 'Rina W' }))
        expect(await shownMessages(rina)).toEqual([
          {
            id: expect.stringMatching(/^msg_[0-9A-HJKMNP-TV-Z]{26}$/),
            waMessageId: 'A',
            sessionId: current.id,
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
        const [shown, quoted] = await shownMessages(group)
        expect([shown]).toEqual([
          {
            id: expect.any(String),
            waMessageId: 'B',
            sessionId: current.id,
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
        const { store, id } = current
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
        expect(await shownChat(group)).toEqual({
          jid: group,
          sessionId: current.id,
          type: 'group',
          name: 'Family',
          archived: true,
          pinned: true,
          unreadCount: 7,
          lastMessageAt: now - 5,
          mutedUntil: now + day,
        })
        expect(await shownChat(rina)).toEqual({
          jid: rina,
          sessionId: current.id,
          type: 'dm',
          archived: false,
          pinned: false,
          unreadCount: 0,
        })
        await tell({ kind: 'chat', jid: group, mutedUntil: null, archived: false, pinned: false })
        expect(await shownChat(group)).toEqual({
          jid: group,
          sessionId: current.id,
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
          expect((await shownChat(jid))?.type).toBe(type)
        }
      })

      test('names are those known when it is read: address book first, then the own name', async () => {
        await tell(message('A', { pushName: 'rw' }), inGroup('B', rina), { kind: 'chat', jid: group, name: 'Family' })
        expect((await shownChat(rina))?.name).toBe('rw')
        await tell({ kind: 'contact', jid: rina, name: 'Rina Wijaya' })
        expect((await shownChat(rina))?.name).toBe('Rina Wijaya')
        expect(only(await shownMessages(group), 'senderName')).toEqual([{ senderName: 'Rina Wijaya' }])
        expect((await shownChat(group))?.name).toBe('Family')
      })

      test('history does not take back a newer own name', async () => {
        await tell(message('B', { pushName: 'new' }), message('A', { pushName: 'old', live: false, timestamp: 1 }))
        expect((await shownChat(rina))?.name).toBe('new')
      })

      test('the last activity of a chat is its newest message', async () => {
        await tell(message('B', { timestamp: now - 5 }), message('A', { timestamp: now - 50 }))
        expect((await shownChat(rina))?.lastMessageAt).toBe(now - 5)
      })

      test('chats are listed latest activity first, those without any last', async () => {
        await tell(
          { kind: 'chat', jid: group },
          message('A', { timestamp: now - 9 }),
          message('B', { chat: budi, timestamp: now - 3 }),
        )
        expect(only(await shownChats(), 'jid')).toEqual([{ jid: budi }, { jid: rina }, { jid: group }])
      })

      test('what is not stored is not found', async () => {
        const { store, id } = current
        await tell({ kind: 'contact', jid: budi, name: 'Budi' }, { kind: 'read', chat: budi })
        expect(await store.getChat(id, budi, now)).toBeUndefined()
        expect(await store.listMessages(id, budi, { limit: 5 })).toBeUndefined()
        expect(await store.markChatRead(id, budi, now)).toBeUndefined()
        expect(await store.getChat(id, "' OR 1=1 --", now)).toBeUndefined()
        expect(await store.listMessages(id, "' OR 1=1 --", { limit: 5 })).toBeUndefined()
        expect(await shownChats()).toEqual([])
      })

      test('a page of very long messages is shorter, and a walk shows each of them once', async () => {
        const long = '€'.repeat(65_536)
        const ids = Array.from({ length: 60 }, (_, n) => `L${n}`)
        await tell(...ids.map((each, n) => message(each, { body: long, timestamp: now - 1_000 + n })))
        const page = await current.store.listMessages(current.id, rina, { limit: 200 })
        expect(page?.data.length).toBeLessThanOrEqual(4 * 1024 * 1024)
        expect(page?.last).toBeDefined()
        expect((await shownMessages(rina)).map(({ waMessageId }) => waMessageId)).toEqual(ids.toReversed())
      })

      test('sessions do not see each other', async () => {
        const { store, id } = current
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
        const { store, id } = current
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
  })
