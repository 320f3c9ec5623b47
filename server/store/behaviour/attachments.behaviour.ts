import { describe, expect, test } from 'vitest'
import type { MessageKey } from '../../model/message.ts'
import {
  budi,
  freshSession,
  group,
  inGroup,
  message,
  now,
  type OpenStore,
  own,
  rina,
  rinaLid,
  rinasAlias,
} from './examples.behaviour.ts'
import { sessionForEachTest } from './session-for-each-test.behaviour.ts'

const picture = { type: 'image', media: { mimetype: 'image/jpeg' }, raw: Buffer.from('a protobuf') } as const

export const attachmentsBehaviour = (openStore: OpenStore) =>
  describe('attachments', () => {
    const current = sessionForEachTest(openStore)
    const { shownMessages, tell } = current

    const find = (key: MessageKey) => current.store.findMessageId(current.id, key)
    /** The ids of a chat's messages, by WhatsApp's. */
    const idsIn = async (chat: string) => {
      const shown = await shownMessages(chat)
      return Object.fromEntries(shown.map(({ id, waMessageId }) => [String(waMessageId), String(id)]))
    }

    test('a message is found by any address of its chat and its sender', async () => {
      await tell(rinasAlias, message('A', picture), inGroup('B', rina, picture))
      const [{ A }, { B }] = [await idsIn(rina), await idsIn(group)]
      expect([A, B]).toEqual([expect.stringMatching(/^msg_/), expect.stringMatching(/^msg_/)])
      for (const chat of [rina, rinaLid]) expect(await find({ chat, id: 'A', fromMe: false })).toBe(A)
      for (const sender of [rina, rinaLid]) expect(await find({ chat: group, id: 'B', fromMe: false, sender })).toBe(B)
      expect(await find({ chat: group, id: 'B', fromMe: false })).toBe(B)
    })

    test('no other message is found', async () => {
      await tell(message('A', picture), own('A', picture), inGroup('B', rina, picture), message('C'))
      const ids = await idsIn(rina)
      expect(await find({ chat: rina, id: 'X', fromMe: false })).toBeUndefined()
      expect(await find({ chat: budi, id: 'A', fromMe: false })).toBeUndefined()
      expect(await find({ chat: group, id: 'B', fromMe: false, sender: budi })).toBeUndefined()
      // Nothing of it was kept that opens an attachment.
      expect(await find({ chat: rina, id: 'C', fromMe: false })).toBeUndefined()
      expect(Object.keys(ids).sort()).toEqual(['A', 'C'])
      const sides = [
        await find({ chat: rina, id: 'A', fromMe: false }),
        await find({ chat: rina, id: 'A', fromMe: true }),
      ]
      expect(new Set(sides).size).toBe(2)
      const other = await freshSession(current.store)
      expect(await current.store.findMessageId(other, { chat: rina, id: 'A', fromMe: false })).toBeUndefined()
    })

    test('those with an attachment are told, of this session and until they are deleted', async () => {
      const { store, id } = current
      await tell(...['A', 'B', 'D'].map((id) => message(id, picture)), message('C'))
      const { A = '', B = '', C = '', D = '' } = await idsIn(rina)
      const withAttachment = async (...ids: string[]) => (await store.withAttachment(id, ids)).sort()
      expect(await withAttachment(A, B, C, 'msg_unknown')).toEqual([A, B].sort())
      expect(await withAttachment()).toEqual([])
      const other = await freshSession(store)
      expect(await store.withAttachment(other, [A])).toEqual([])
      const key = (id: string) => ({ chat: rina, id, fromMe: false })
      await tell({ kind: 'revoke', target: key('B'), by: rina, at: now }, { kind: 'remove', target: key('D') })
      expect(await withAttachment(A, B, D)).toEqual([A])
    })
  })
