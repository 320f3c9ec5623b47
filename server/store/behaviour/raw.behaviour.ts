import { describe, expect, test } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import type { MessageKey } from '../../model/message.ts'
import {
  budi,
  freshSession,
  group,
  inGroup,
  message,
  now,
  type OpenCopy,
  own,
  rina,
  rinaLid,
  rinasAlias,
} from './examples.behaviour.ts'
import { sessionForEachTest } from './session-for-each-test.behaviour.ts'

const raw = (text: string) => Buffer.from(`protobuf of ${text}`)

export const rawBehaviour = (openCopy: OpenCopy) =>
  describe('the protobuf of a message', () => {
    const current = sessionForEachTest(openCopy)
    const { shownMessages, tell } = current

    const rawOf = async (key: Partial<MessageKey>) =>
      (await current.store.findRaw(current.id, { chat: rina, id: 'A', fromMe: false, ...key }))?.toString()

    test('is kept as it came, byte for byte, of any size up to 1 MiB', async () => {
      const { store, id } = current
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n))
      await tell(
        message('A', { raw: bytes }),
        message('B', { raw: Buffer.alloc(1024 * 1024, 7) }),
        message('C', { raw: Buffer.of(0) }),
        message('D'),
        message('E', { raw: Buffer.alloc(1024 * 1024 + 1) }),
      )
      const key = { chat: rina, fromMe: false }
      expect(await store.findRaw(id, { ...key, id: 'A' })).toEqual(bytes)
      expect(await store.findRaw(id, { ...key, id: 'B' })).toEqual(Buffer.alloc(1024 * 1024, 7))
      expect(await store.findRaw(id, { ...key, id: 'C' })).toEqual(Buffer.of(0))
      expect(await store.findRaw(id, { ...key, id: 'D' })).toBeUndefined()
      expect(await store.findRaw(id, { ...key, id: 'E' })).toBeUndefined()
    })

    test('is stored with its own message when many arrive at once', async () => {
      const ids = Array.from({ length: 1_200 }, (_, n) => `M${n}`)
      const large = (n: number) => Buffer.alloc(n % 400 === 0 ? 900_000 : n % 97, n)
      await tell(...ids.map((each, n) => message(each, { raw: Buffer.concat([raw(each), large(n)]) })))
      for (const n of [0, 1, 399, 400, 401, 499, 500, 501, 800, 1_199])
        expect(await current.store.findRaw(current.id, { chat: rina, id: `M${n}`, fromMe: false })).toEqual(
          Buffer.concat([raw(`M${n}`), large(n)]),
        )
    })

    test('is never shown', async () => {
      await tell(message('A', { raw: raw('A') }))
      expect(JSON.stringify(await shownMessages(rina))).not.toContain('protobuf')
    })

    test('is found by any address of the chat, and of who wrote it', async () => {
      await tell(
        rinasAlias,
        message('A', { raw: raw('hers') }),
        inGroup('A', rinaLid, { raw: raw('hers in the group') }),
      )
      expect(await rawOf({ chat: rinaLid })).toBe('protobuf of hers')
      expect(await rawOf({ chat: '6281398765432:7@s.whatsapp.net' })).toBe('protobuf of hers')
      expect(await rawOf({ chat: group, sender: rina })).toBe('protobuf of hers in the group')
      expect(await rawOf({ chat: group })).toBe('protobuf of hers in the group')
    })

    test('is told apart by who wrote it', async () => {
      await tell(
        inGroup('A', rina, { raw: raw('hers') }),
        inGroup('A', budi, { raw: raw('his') }),
        own('A', { chat: group, raw: raw('own') }),
      )
      expect(await rawOf({ chat: group, sender: rina })).toBe('protobuf of hers')
      expect(await rawOf({ chat: group, sender: budi })).toBe('protobuf of his')
      expect(await rawOf({ chat: group, fromMe: true })).toBe('protobuf of own')
      expect(await rawOf({ chat: group, sender: '6280000000000@s.whatsapp.net' })).toBeUndefined()
    })

    test('of another session is not found', async () => {
      await tell(message('A', { raw: raw('A') }))
      const other = await freshSession(current.store)
      expect(await current.store.findRaw(other, { chat: rina, id: 'A', fromMe: false })).toBeUndefined()
    })

    test('stays the first that came, and comes with the content of a placeholder', async () => {
      await tell(message('A', { undecryptable: true, raw: raw('nothing') }))
      expect(await rawOf({})).toBeUndefined()
      await tell(message('A', { raw: raw('A') }))
      await tell(message('A', { raw: raw('another') }))
      await tell(message('A', { undecryptable: true }))
      expect(await rawOf({})).toBe('protobuf of A')
    })

    test('is added later to a message that was stored without one', async () => {
      await tell(message('A'))
      await tell(message('A', { raw: raw('A'), body: 'other words' }))
      expect(await rawOf({})).toBe('protobuf of A')
      expect((await shownMessages(rina))[0]?.body).toBe('text of A')
    })

    test('is deleted when the message is deleted for everyone, before or after it came', async () => {
      const revoke: Fact = { kind: 'revoke', target: message('A'), by: rina, at: now }
      await tell(message('A', { raw: raw('A') }))
      await tell(revoke)
      expect(await rawOf({})).toBeUndefined()
      await tell(message('A', { raw: raw('again') }))
      expect(await rawOf({})).toBeUndefined()
      await tell({ ...revoke, target: message('B') })
      await tell(message('B', { raw: raw('B') }))
      expect(await rawOf({ id: 'B' })).toBeUndefined()
    })

    test('stays as it was when the message is edited', async () => {
      await tell(message('A', { raw: raw('A') }))
      await tell({ kind: 'edit', target: message('A'), by: rina, body: 'new', at: now })
      expect(await rawOf({})).toBe('protobuf of A')
    })

    test('is kept when two chats turn out to be one', async () => {
      await tell(
        message('PN', { raw: raw('PN') }),
        message('LID', { chat: rinaLid, raw: raw('LID') }),
        // Of these two, one is left, with the content that either had.
        message('BOTH', { undecryptable: true }),
        message('BOTH', { chat: rinaLid, raw: raw('BOTH') }),
        message('LATER'),
        message('LATER', { chat: rinaLid, raw: raw('LATER') }),
        inGroup('GROUP', rina, { undecryptable: true }),
        inGroup('GROUP', rinaLid, { raw: raw('GROUP') }),
      )
      await tell(rinasAlias)
      for (const each of ['PN', 'LID', 'BOTH', 'LATER']) expect(await rawOf({ id: each })).toBe(`protobuf of ${each}`)
      expect(await rawOf({ chat: group, id: 'GROUP', sender: rina })).toBe('protobuf of GROUP')
    })
  })
