import { describe, expect, test } from 'vitest'
import {
  budi,
  group,
  inGroup,
  message,
  now,
  type OpenCopy,
  only,
  own,
  rina,
  rinaLid,
  rinasAlias,
  walk,
} from './examples.behaviour.ts'
import { sessionForEachTest } from './session-for-each-test.behaviour.ts'

export const aliasesBehaviour = (openCopy: OpenCopy) =>
  describe('phone JID and LID of one person', () => {
    const current = sessionForEachTest(openCopy)
    const { shownChat, shownChats, shownMessages, tell } = current

    test.each([
      ['before both', [0, 1, 2]],
      ['between', [1, 0, 2]],
      ['after both', [1, 2, 0]],
      ['after both, LID first', [2, 1, 0]],
    ])('are one chat when the alias comes %s', async (_, order) => {
      const facts = [
        rinasAlias,
        message('A', { timestamp: now - 2 }),
        message('B', { chat: rinaLid, timestamp: now - 1 }),
      ]
      for (const index of order) await tell(facts[index] ?? rinasAlias)

      expect(only(await shownChats(), 'jid', 'aliases', 'unreadCount')).toEqual([
        { jid: rina, aliases: [rinaLid], unreadCount: 2 },
      ])
      expect(await current.store.getChat(current.id, rinaLid, now)).toBe(
        await current.store.getChat(current.id, rina, now),
      )
      expect(only(await shownMessages(rinaLid), 'waMessageId', 'chatJid', 'senderJid', 'senderLid')).toEqual([
        { waMessageId: 'B', chatJid: rina, senderJid: rina, senderLid: rinaLid },
        { waMessageId: 'A', chatJid: rina, senderJid: rina, senderLid: rinaLid },
      ])
    })

    test('a chat is shown under its LID until the phone JID is known', async () => {
      await tell(message('A', { chat: rinaLid }))
      expect(only(await shownChats(), 'jid', 'aliases')).toEqual([{ jid: rinaLid }])
      expect(only(await shownMessages(rinaLid), 'senderJid', 'senderLid')).toEqual([
        { senderJid: rinaLid, senderLid: rinaLid },
      ])
      await tell(rinasAlias)
      expect(only(await shownChats(), 'jid', 'aliases')).toEqual([{ jid: rina, aliases: [rinaLid] }])
    })

    test('a message that both chats had becomes one message, and was counted once', async () => {
      await tell(message('A'), message('B'), message('A', { chat: rinaLid }), message('C', { chat: rinaLid }))
      await tell({ kind: 'edit', target: message('A', { chat: rinaLid }), by: rinaLid, body: 'better', at: now })
      await tell(rinasAlias)
      expect(only(await shownMessages(rina), 'waMessageId', 'body')).toEqual([
        { waMessageId: 'C', body: 'text of C' },
        { waMessageId: 'B', body: 'text of B' },
        { waMessageId: 'A', body: 'better' },
      ])
      expect((await shownChat(rina))?.unreadCount).toBe(3)
    })

    test('1,200 messages that both chats had are each one, and were counted once', async () => {
      const ids = Array.from({ length: 1_200 }, (_, n) => `M${n}`)
      await tell(...ids.map((each, n) => message(each, { timestamp: now - 5_000 + n })))
      await tell(...ids.map((each, n) => message(each, { chat: rinaLid, timestamp: now - 5_000 + n })))
      await tell(rinasAlias)
      expect((await shownMessages(rina)).map(({ waMessageId }) => waMessageId)).toEqual(ids.toReversed())
      expect(await shownChat(rina)).toMatchObject({ unreadCount: 1_200 })
    })

    test('a placeholder in one chat is filled by the content in the other', async () => {
      await tell(message('A', { undecryptable: true }), message('A', { chat: rinaLid }), rinasAlias)
      await tell(message('B', { undecryptable: true }))
      await tell(message('B', { chat: rinaLid }))
      expect(only(await shownMessages(rina), 'body')).toEqual([{ body: 'text of B' }, { body: 'text of A' }])
    })

    test('messages that were read in one of the chats stay read', async () => {
      await tell(message('A'), message('A', { chat: rinaLid }))
      await current.store.markChatRead(current.id, rina, now)
      await tell(message('B'))
      await tell(rinasAlias)
      expect((await shownChat(rina))?.unreadCount).toBe(1)
    })

    test('the chat keeps what was known of either', async () => {
      await tell(
        { kind: 'chat', jid: rinaLid, pinned: true, archived: true, mutedUntil: now + 5, lastMessageAt: now - 1 },
        { kind: 'chat', jid: rina, name: 'Rina', lastMessageAt: now - 9 },
        { kind: 'contact', jid: rinaLid, pushName: 'rw' },
      )
      await tell(rinasAlias)
      expect(await shownChat(rina)).toMatchObject({
        name: 'Rina',
        pinned: true,
        archived: false,
        mutedUntil: now + 5,
        lastMessageAt: now - 1,
      })
    })

    test('the row numbers of both chats name the one chat, and an unrelated row number does not', async () => {
      const { store, id } = current
      await tell(message('A'), message('B', { chat: rinaLid }), message('C', { chat: budi }))
      const rowOf = async (cid: string) => (await store.listMessages(id, cid, { limit: 1 }))?.chatId ?? 0
      const before = [await rowOf(rina), await rowOf(rinaLid)]
      expect(new Set(before).size).toBe(2)
      await tell(rinasAlias)
      const [joint, unrelated] = [await rowOf(rina), await rowOf(budi)]
      expect(await rowOf(rinaLid)).toBe(joint)
      for (const row of before) {
        expect(await store.isSameChat(id, row, joint)).toBe(true)
        expect(await store.isSameChat(id, row, unrelated)).toBe(false)
      }
    })

    test.each([
      ['phone JID', rina],
      ['LID', rinaLid],
    ])('a walk that began in the chat of the %s loses nothing when the chats become one', async (_, cid) => {
      for (let n = 0; n < 20; n += 1) {
        await tell(
          message(`P${n}`, { timestamp: now - 2 * n }),
          message(`L${n}`, { chat: rinaLid, timestamp: now - n }),
        )
      }
      const expected = (await shownMessages(cid)).map(({ waMessageId }) => waMessageId)
      let merged = false
      const walked = await walk(
        (request) => current.store.listMessages(current.id, cid, request),
        7,
        async () => {
          if (!merged) await tell(rinasAlias)
          merged = true
        },
      )
      const seen = walked.map(({ waMessageId }) => waMessageId)
      expect(seen.filter((one) => expected.includes(one))).toEqual(expected)
      expect(new Set(seen).size).toBe(seen.length)
    })

    test('a group message from both addresses is one, and was counted once', async () => {
      await tell(inGroup('A', rina), inGroup('A', rinaLid), inGroup('A', budi), inGroup('B', rinaLid))
      await tell(rinasAlias)
      expect(only(await shownMessages(group), 'waMessageId', 'senderJid')).toEqual([
        { waMessageId: 'B', senderJid: rina },
        { waMessageId: 'A', senderJid: budi },
        { waMessageId: 'A', senderJid: rina },
      ])
      expect((await shownChat(group))?.unreadCount).toBe(3)
      expect(await tell(inGroup('A', rinaLid), inGroup('B', rina))).toMatchObject({ messages: 0 })
    })

    test('the author may edit from the other address, and the edit waits until that is known', async () => {
      await tell(inGroup('A', rina), {
        kind: 'edit',
        target: inGroup('A', rinaLid),
        by: rinaLid,
        body: 'better',
        at: now,
      })
      expect(only(await shownMessages(group), 'body')).toEqual([{ body: 'text of A' }])
      await tell(rinasAlias)
      expect(only(await shownMessages(group), 'body')).toEqual([{ body: 'better' }])
    })

    test('names are found through either address', async () => {
      await tell(
        { kind: 'contact', jid: rina, name: 'Rina Wijaya' },
        inGroup('A', rinaLid, { mentions: [rinaLid] }),
        rinasAlias,
      )
      expect(only(await shownMessages(group), 'senderName', 'mentionNames')).toEqual([
        { senderName: 'Rina Wijaya', mentionNames: { '71234567890123': 'Rina Wijaya' } },
      ])
    })

    test('a new number of the same person is the one that is shown; every address resolves', async () => {
      const newNumber = '6289999999999@s.whatsapp.net'
      await tell(message('A'), rinasAlias, own('B', { chat: newNumber }), {
        kind: 'alias',
        lid: rinaLid,
        pn: newNumber,
      })
      expect(only(await shownChats(), 'jid', 'aliases')).toEqual([
        { jid: newNumber, aliases: expect.arrayContaining([rina, rinaLid]) },
      ])
      for (const cid of [rina, rinaLid, newNumber]) expect(await shownMessages(cid)).toHaveLength(2)
      await tell(rinasAlias)
      expect(only(await shownChats(), 'jid')).toEqual([{ jid: newNumber }])
    })

    test('an alias that is not a pair of a LID and a phone JID is ignored', async () => {
      await tell(message('A'), message('B', { chat: budi }), { kind: 'alias', lid: budi, pn: rina })
      expect(await shownChats()).toHaveLength(2)
    })
  })
