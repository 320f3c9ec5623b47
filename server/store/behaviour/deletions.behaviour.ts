import { describe, expect, test } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import {
  budi,
  chatsOf,
  freshSession,
  group,
  inGroup,
  message,
  messagesOf,
  now,
  type OpenCopy,
  own,
  owned,
  permutations,
  rina,
  rinaLid,
  rinasAlias,
} from './examples.behaviour.ts'
import { sessionForEachTest } from './session-for-each-test.behaviour.ts'

const remove = (target: ReturnType<typeof message>): Fact => ({ kind: 'remove', target })
const clear = (chat: string, until: number, gone = false): Fact => ({ kind: 'clear', chat, until, gone })

/** What the account deletes on its phone, for itself. */
export const deletionsBehaviour = (openCopy: OpenCopy) =>
  describe('deletions made elsewhere', () => {
    const current = sessionForEachTest(openCopy)
    const { shownChat, shownChats, shownMessages, tell } = current

    const idsOf = async (cid: string) => (await shownMessages(cid)).map(({ waMessageId }) => waMessageId)

    test('a message that was deleted is gone, and only that', async () => {
      await tell(message('A'), own('A'), message('B'), inGroup('C', rina), inGroup('C', budi))
      await tell(remove(message('A')), remove(inGroup('C', rina)))
      expect(await idsOf(rina)).toEqual(['B', 'A'])
      expect((await shownMessages(group)).map(({ senderJid }) => senderJid)).toEqual([budi])
    })

    test('a message in a group whose author was not said is gone', async () => {
      await tell(inGroup('A', rina), inGroup('B', rina), own('A', { chat: group }))
      await tell({ kind: 'remove', target: { chat: group, id: 'A', fromMe: false } })
      expect(await idsOf(group)).toEqual(['A', 'B'])
      expect((await shownMessages(group)).map(({ fromMe }) => fromMe)).toEqual([true, false])
    })

    test('it stays gone, whatever comes later and whichever came first', async () => {
      const { store, id } = current
      await tell(remove(message('A')), remove(message('A')))
      expect(await store.getChat(id, rina, now)).toBeUndefined()
      await tell(message('A'), message('A', { live: false }), message('B'))
      await tell({ kind: 'edit', target: message('A'), by: rina, body: 'x', at: now })
      expect(await idsOf(rina)).toEqual(['B'])
      expect(await store.findRaw(id, message('A'))).toBeUndefined()
    })

    test('pages of the messages that remain are full', async () => {
      const ids = Array.from({ length: 9 }, (_, n) => `M${n}`)
      await tell(...ids.map((one) => message(one)), ...['M0', 'M4', 'M5', 'M8'].map((one) => remove(message(one))))
      expect((await shownMessages(rina, 2)).map(({ waMessageId }) => waMessageId)).toEqual([
        'M7',
        'M6',
        'M3',
        'M2',
        'M1',
      ])
    })

    test('a chat that was cleared stays, with the messages that are newer', async () => {
      await tell(message('A', { timestamp: now - 9 }), message('B', { timestamp: now - 5 }), message('C'))
      await tell(message('D', { timestamp: now - 4 }), clear(rina, now - 5))
      expect(await idsOf(rina)).toEqual(['D'])
      expect(await shownChat(rina)).toMatchObject({ unreadCount: 1 })
      await tell(message('A', { timestamp: now - 9 }), message('E', { timestamp: now - 2 }))
      expect(await idsOf(rina)).toEqual(['E', 'D'])
    })

    test('a chat that was deleted comes back with what is newer', async () => {
      const { store, id } = current
      await tell(message('A', { timestamp: now - 9 }), message('B', { chat: budi }), clear(rina, now - 5, true))
      expect(await store.getChat(id, rina, now)).toBeUndefined()
      expect(await store.listMessages(id, rina, { limit: 9 })).toBeUndefined()
      expect(await store.markChatRead(id, rina, now)).toBeUndefined()
      expect((await shownChats()).map(({ jid }) => jid)).toEqual([budi])
      await tell(message('A', { timestamp: now - 9 }), { kind: 'chat', jid: rina, archived: true })
      expect((await shownChats()).map(({ jid }) => jid)).toEqual([budi])
      await tell(message('C', { timestamp: now - 4 }))
      expect(await idsOf(rina)).toEqual(['C'])
      expect((await shownChats()).map(({ jid }) => jid)).toEqual([rina, budi])
    })

    test.each<[string, Fact[]]>([
      ['clearing', [message('A', { timestamp: now - 9 }), message('B', { timestamp: now - 4 }), clear(rina, now - 5)]],
      [
        'clearing, by two addresses',
        [message('A', { timestamp: now - 9 }), message('B', { chat: rinaLid }), clear(rinaLid, now - 5), rinasAlias],
      ],
      ['deleting', [message('A', { timestamp: now - 9 }), clear(rina, now - 7), clear(rina, now - 5, true)]],
      [
        'deleting one message',
        [message('A', { chat: rinaLid }), remove(message('A')), { ...message('A'), undecryptable: true }, rinasAlias],
      ],
    ])('%s leads to the same result in every order', async (_, facts) => {
      const results = await Promise.all(
        [...permutations(facts)].map(async (order) => {
          const session = await freshSession(current.store)
          for (const fact of order) await current.store.ingest(owned(session), [fact], now)
          const chats = await chatsOf(current.store, session)
          const shown = await Promise.all(chats.map(({ jid }) => messagesOf(current.store, session, String(jid))))
          return {
            chats: chats.map(({ jid, unreadCount }) => ({ jid, unreadCount })),
            messages: shown.map((all) => all.map(({ waMessageId, body }) => ({ waMessageId, body }))),
          }
        }),
      )
      for (const result of results) expect(result).toEqual(results[0])
    })
  })
