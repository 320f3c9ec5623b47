import { describe, expect, test } from 'vitest'
import { budi, group, inGroup, message, now, type OpenCopy, only, own, quoting, rina } from './examples.behaviour.ts'
import { sessionForEachTest } from './session-for-each-test.behaviour.ts'

const day = 24 * 60 * 60 * 1000

export const messagesBehaviour = (openCopy: OpenCopy) =>
  describe('chats and messages', () => {
    const current = sessionForEachTest(openCopy)
    const { shownChat, shownChats, shownMessages, tell, unread } = current

    describe('a message is one row', () => {
      test('however often it comes', async () => {
        expect(await tell(message('A'), message('A'))).toMatchObject({ messages: 1 })
        expect(await tell(message('A', { body: 'something else', live: false }))).toMatchObject({ messages: 0 })
        expect(only(await shownMessages(rina), 'body')).toEqual([{ body: 'text of A' }])
        expect(await unread()).toBe(1)
      })

      test('takes no place and no poll from another kind of message under its id', async () => {
        const poll = { name: 'Lunch?', options: ['yes'], selectableCount: 1 }
        await tell(message('A', { type: 'video', media: {} }))
        await tell(message('A', { type: 'poll', poll }), message('A', { location: { latitude: 1, longitude: 2 } }))
        const [shown = {}] = await shownMessages(rina)
        expect(shown).toMatchObject({ type: 'video' })
        expect(Object.keys(shown)).not.toEqual(expect.arrayContaining(['poll']))
        expect(Object.keys(shown)).not.toEqual(expect.arrayContaining(['location']))
      })

      test('but the same id of two senders, of two chats, and of both sides is not the same message', async () => {
        await tell(inGroup('A', rina), inGroup('A', budi), own('A', { chat: group }), message('A'), own('A'))
        expect(await shownMessages(group)).toHaveLength(3)
        expect(await shownMessages(rina)).toHaveLength(2)
      })

      test('calls at the same time with the same messages store each once', async () => {
        const facts = Array.from({ length: 20 }, (_, n) => message(`M${n}`))
        const results = await Promise.all(Array.from({ length: 10 }, () => tell(...facts)))
        expect(results.reduce((sum, { messages }) => sum + messages, 0)).toBe(20)
        expect(await shownMessages(rina)).toHaveLength(20)
        expect(await unread()).toBe(20)
      })

      test('calls of one session are stored in call order', async () => {
        const calls = Array.from({ length: 30 }, (_, n) => tell(message(`M${n}`)))
        await Promise.all(calls)
        const ids = (await shownMessages(rina)).map(({ waMessageId }) => waMessageId)
        expect(ids).toEqual(Array.from({ length: 30 }, (_, n) => `M${29 - n}`))
      })
    })

    describe('a message that could not be decrypted', () => {
      const placeholder = message('A', { type: 'unknown', body: undefined, undecryptable: true })

      test('is shown as unknown, without a body', async () => {
        await tell({ ...placeholder, body: 'ignored' })
        expect(only(await shownMessages(rina), 'type', 'body')).toEqual([{ type: 'unknown' }])
      })

      test('is replaced by its content, keeps its place and counts once', async () => {
        await tell(placeholder)
        const [before] = await shownMessages(rina)
        await tell(message('B'))
        expect(await tell(message('A', { timestamp: now }))).toMatchObject({ messages: 1 })
        const shown = await shownMessages(rina)
        expect(only(shown, 'waMessageId', 'body')).toEqual([
          { waMessageId: 'B', body: 'text of B' },
          { waMessageId: 'A', body: 'text of A' },
        ])
        expect(shown[1]).toEqual({ ...before, type: 'text', body: 'text of A' })
        expect(await unread()).toBe(2)
      })

      test('never replaces content', async () => {
        await tell(message('A'))
        const before = await shownMessages(rina)
        expect(await tell(placeholder, placeholder)).toMatchObject({ messages: 0 })
        expect(await shownMessages(rina)).toEqual(before)
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

      test('is the number that the phone sends, when it sends one', async () => {
        await tell(message('A'), { kind: 'chat', jid: rina, unreadCount: 41 })
        expect(await unread()).toBe(41)
      })

      test('does not count what the gateway marks as read', async () => {
        await tell(message('A', { read: true }), message('B'), inGroup('C', rina, { read: true }))
        expect(await unread()).toBe(1)
        expect(await shownChat(group)).toMatchObject({ unreadCount: 0 })
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
        const { store, id } = current
        await tell(message('A'), message('B'))
        const first = await store.markChatRead(id, rina, now)
        expect(JSON.parse(first ?? '')).toMatchObject({ jid: rina, unreadCount: 0 })
        expect(await store.markChatRead(id, rina, now)).toBe(first)
        expect(await store.getChat(id, rina, now)).toBe(first)
      })
    })

    describe('values that the sender chose', () => {
      test('a time that makes no sense is the time of arrival', async () => {
        const times = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, now + 2 * day, now * 1000]
        await tell(...times.map((timestamp, n) => message(`M${n}`, { timestamp })))
        expect(only(await shownMessages(rina), 'timestamp')).toEqual(times.map(() => ({ timestamp: now })))
        await tell(message('soon', { timestamp: now + day / 2 }), { kind: 'chat', jid: rina, lastMessageAt: now * 9 })
        expect((await shownChat(rina))?.lastMessageAt).toBe(now + day / 2)
      })

      test('text is cut between characters, and NUL and broken characters are taken out', async () => {
        await tell(
          message('long', { body: `${'x'.repeat(65_535)}\u{1F600}y` }),
          message('nul', { body: 'a\0b' }),
          message('half', { body: 'a\ud800b' }),
          message('quotes', { body: '"\\\n\u2028</script>' }),
        )
        const bodies = new Map((await shownMessages(rina)).map((shown) => [shown.waMessageId, shown.body]))
        expect(bodies.get('long')).toBe(`${'x'.repeat(65_535)}\u{1F600}`)
        expect(bodies.get('nul')).toBe('ab')
        expect(bodies.get('half')).toBe('a\ufffdb')
        expect(bodies.get('quotes')).toBe('"\\\n\u2028</script>')
      })

      test('an empty body is stored as an empty body', async () => {
        await tell(message('A', { body: '' }))
        expect(only(await shownMessages(rina), 'body')).toEqual([{ body: '' }])
      })

      test('ids are cut at 256 characters', async () => {
        await tell(message('x'.repeat(9999)))
        expect(only(await shownMessages(rina), 'waMessageId')).toEqual([{ waMessageId: 'x'.repeat(256) }])
      })

      test('a message under something that is no address is not stored', async () => {
        const jids = ['', '@', 'rina', '@s.whatsapp.net', 'a b@g.us', `${'1'.repeat(200)}@g.us`, 'a\0@g.us', 'a@b@c']
        expect(await tell(...jids.map((chat) => message('A', { chat })), message(''))).toMatchObject({ messages: 0 })
        expect(await shownChats()).toEqual([])
      })

      test('addresses of devices and of hosted servers are stored as the address of the person', async () => {
        await tell(
          message('A', { chat: '6281398765432:12@s.whatsapp.net' }),
          message('B', { chat: '6281398765432@c.us' }),
          message('C', { chat: '6281398765432_1:99@hosted' }),
        )
        expect(await shownMessages(rina)).toHaveLength(3)
      })

      test('no member is ever null', async () => {
        await tell(
          message('A', { media: { mimetype: undefined, size: Number.NaN }, mentions: [], quoted: quoting('') }),
          own('B', { status: undefined, body: undefined }),
          { kind: 'contact', jid: rina },
        )
        const text = JSON.stringify([await shownMessages(rina), await shownChats()])
        expect(text).not.toContain('null')
        expect(text).not.toContain('""')
      })
    })
  })
