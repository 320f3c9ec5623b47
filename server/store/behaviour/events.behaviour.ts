import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EventName, StoredEvent } from '../../model/events.ts'
import type { Fact } from '../../model/facts.ts'
import type { MessageKey } from '../../model/message.ts'
import type { Owned } from '../../model/owned.ts'
import type { EventRequest } from '../../ports/store/events.ts'
import type { Store } from '../../ports/store/store.ts'
import {
  budi,
  chatOf,
  inGroup,
  message,
  messagesOf,
  now,
  type OpenStore,
  own,
  rina,
  rinaLid,
  rinasAlias,
  session,
  sha256,
} from './examples.behaviour.ts'

let sessions = 0

/** A session, and the right to write for it. */
async function acquired(store: Store, organizationId: string): Promise<Owned> {
  sessions += 1
  const id = `sess_${String(sessions).padStart(26, 'E')}`
  await store.insertSession(session(id, { organizationId }))
  const lease = await store.acquire(id)
  if (!lease) throw new Error('nobody else holds it')
  return lease.owned
}

/** What a test looks at of an event. */
const told = ({ position, event, payload }: StoredEvent) => ({ position, event, ...JSON.parse(payload) })

export const eventsBehaviour = (openStore: OpenStore) =>
  describe('events', () => {
    let store: Store
    let organizationId: string
    let owned: Owned
    beforeAll(async () => {
      store = await openStore()
    })
    beforeEach(async () => {
      organizationId = `org_events_${sessions}`
      owned = await acquired(store, organizationId)
    })
    afterAll(() => store.close())

    const tell = (...facts: Fact[]) => store.ingest(owned, facts, now)
    const read = (request: Partial<EventRequest> = {}) =>
      store.readEvents(organizationId, { after: 0, limit: 1_000, ...request })
    const log = async () => (await read()).events.map(told)
    const names = async (after = 0) => (await read({ after })).events.map(({ event }) => event)

    describe('what is told', () => {
      test('a message, as the page shows it', async () => {
        const { events } = await tell(message('A', { pushName: 'rw' }))
        const [shown] = await messagesOf(store, owned.sessionId, rina)
        const [contact, received] = events
        expect(received).toMatchObject({
          organizationId,
          sessionId: owned.sessionId,
          position: 2,
          id: expect.stringMatching(/^evt_[0-9A-HJKMNP-TV-Z]{26}$/),
          event: 'message',
          at: now,
          chatId: (await store.listMessages(owned.sessionId, rina, { limit: 1 }))?.chatId,
        })
        expect(JSON.parse(received?.payload ?? '')).toEqual({ message: shown })
        expect(contact && told(contact)).toEqual({
          position: 1,
          event: 'contact.update',
          contact: { jid: rina, pushName: 'rw' },
        })
      })

      test('an answer of `ingest` is what the log has', async () => {
        const { events } = await tell(message('A'), own('B'), inGroup('C', budi))
        const { events: found } = await read()
        expect(found).toEqual(events.map((event) => expect.objectContaining(idsOf(event))))
        expect(found).toHaveLength(events.length)
      })
      const idsOf = ({ position, id, event, payload }: StoredEvent) => ({ position, id, event, payload })

      test.each<[string, Fact[], Fact[], EventName[]]>([
        ['an own message, from the phone too', [], [own('A')], ['message.from_me']],
        ['a message in a group', [], [inGroup('A', rina)], ['message']],
        ['a reaction', [message('A')], [reaction('👍')], ['message.reaction']],
        [
          'a reaction that is taken back',
          [message('A'), reaction('👍', now - 1)],
          [reaction('')],
          ['message.reaction'],
        ],
        ['a reaction that came before its message', [reaction('👍')], [message('A')], ['message']],
        ['a vote', [message('A', { type: 'poll', poll })], [vote(['yes'])], ['poll.vote']],
        ['what cannot be read', [], [message('A', { undecryptable: true })], ['message']],
        ['its content later', [message('A', { undecryptable: true })], [message('A')], ['message']],
        ['an edit', [message('A')], [edit(now, 'new')], ['message.edited']],
        ['an edit that came with its message', [], [message('A'), edit(now, 'new')], ['message']],
        ['an edit that came before its message', [edit(now, 'new')], [message('A')], ['message']],
        [
          'a revoke',
          [message('A')],
          [{ kind: 'revoke', target: message('A'), by: rina, at: now }],
          ['message.revoked'],
        ],
        [
          'receipts of a chat together',
          [own('A'), own('B')],
          [receipt('A', 'read'), receipt('B', 'delivered')],
          ['message.status'],
        ],
        ['a chat', [message('A')], [{ kind: 'chat', jid: rina, archived: true }], ['chat.update']],
        ['a chat that was read elsewhere', [message('A')], [{ kind: 'read', chat: rina }], ['chat.update']],
        ['two addresses of one person', [message('A', { chat: rinaLid })], [rinasAlias], ['chat.update']],
        ['a contact', [], [{ kind: 'contact', jid: rina, name: 'Rina' }], ['contact.update']],
      ])('%s', async (_, before, facts, expected) => {
        await tell(...before)
        const after = await store.eventHead(organizationId)
        expect((await tell(...facts)).events.map(({ event }) => event)).toEqual(expected)
        expect(await names(after)).toEqual(expected)
      })

      test.each<[string, Fact[], Fact[]]>([
        ['the same again', [message('A'), own('B')], [message('A'), own('B')]],
        [
          'history',
          [],
          [
            message('A', { live: false }),
            own('B', { live: false }),
            { kind: 'contact', jid: rina, name: 'R', history: true },
          ],
        ],
        [
          'a chat and its edits from history',
          [message('A')],
          [{ kind: 'chat', jid: rina, archived: true, history: true }, edit(now, 'new', { history: true })],
        ],
        ['the same reaction again', [message('A'), reaction('👍')], [reaction('👍')]],
        ['an older reaction', [message('A'), reaction('👍')], [reaction('👎', now - 1)]],
        ['a reaction from history', [message('A')], [{ ...reaction('👍'), history: true }]],
        ['a reaction to what was deleted', [message('A'), revoke], [reaction('👍')]],
        ['an older edit', [message('A'), edit(now, 'new')], [edit(now - 1, 'old')]],
        ['an older status', [own('A', { status: 'read' })], [receipt('A', 'delivered')]],
        [
          'what is known of a chat and a contact',
          [
            { kind: 'chat', jid: rina, pinned: true },
            { kind: 'contact', jid: rina, name: 'R' },
          ],
          [
            { kind: 'chat', jid: rina, pinned: true },
            { kind: 'contact', jid: rina, name: 'R' },
          ],
        ],
        ['a message that the account deletes for itself', [message('A')], [{ kind: 'remove', target: message('A') }]],
        ['a message that was deleted before it came', [{ kind: 'remove', target: message('A') }], [message('A')]],
        ['the protobuf of a message that had none', [message('A')], [message('A', { raw: Buffer.of(1) })]],
        [
          'what a history makes of two addresses',
          [message('A', { chat: rinaLid }), message('A'), edit(now, 'new', { target: message('A'), history: true })],
          [{ kind: 'alias', lid: rinaLid, pn: rina, history: true }],
        ],
        ['a mark that waits', [], [edit(now, 'new'), receipt('B', 'read')]],
      ])('%s is not', async (_, before, facts) => {
        await tell(...before)
        const head = await store.eventHead(organizationId)
        expect((await tell(...facts)).events).toEqual([])
        expect(await store.eventHead(organizationId)).toBe(head)
      })

      test('what a reaction, a status and a chat say', async () => {
        await tell(own('A'), receipt('A', 'played'))
        await tell(reaction('👍', now - 1000, own('A')))
        await tell(receipt('A', 'read'), receipt('B', 'read'), { kind: 'chat', jid: rina, pinned: true })
        const [a = {}] = await messagesOf(store, owned.sessionId, rina)
        const { reactions: _, ...before } = a
        expect(await log()).toEqual([
          { position: 1, event: 'message.from_me', message: before },
          {
            position: 2,
            event: 'message.reaction',
            message: a,
            reaction: { emoji: '👍', senderJid: rina, fromMe: false, timestamp: now - 1000 },
          },
          { position: 3, event: 'chat.update', chat: await chatOf(store, owned.sessionId, rina) },
        ])
        expect(a).toMatchObject({ status: 'played' })
      })

      test('what a vote says, and that it stays said when the poll is changed', async () => {
        await tell(message('A', { type: 'poll', poll }))
        await tell(vote(['no', 'yes']))
        await tell(edit(now, 'new'))
        const [a] = await messagesOf(store, owned.sessionId, rina)
        const told = (await log()).find(({ event }) => event === 'poll.vote')
        expect(told).toMatchObject({
          message: a,
          vote: { options: expect.arrayContaining(['yes', 'no']), senderJid: rina, fromMe: false, timestamp: now },
        })
      })

      test('messages whose status has changed', async () => {
        await tell(own('A'), own('B'), own('C', { chat: budi }))
        await tell(receipt('A', 'read'), receipt('C', 'read', budi), receipt('B', 'failed'))
        const [b, a] = await messagesOf(store, owned.sessionId, rina)
        expect((await log()).slice(3)).toEqual([
          { position: 4, event: 'message.status', messages: [{ id: a?.id, status: 'read' }] },
          { position: 5, event: 'message.status', messages: [{ id: expect.any(String), status: 'read' }] },
        ])
        expect(b).toMatchObject({ status: 'sent' })
      })

      test('a message that has failed', async () => {
        await tell(own('A', { status: 'pending' }))
        await tell(receipt('A', 'failed'))
        const [message] = await messagesOf(store, owned.sessionId, rina)
        expect((await log()).slice(1)).toEqual([
          { position: 2, event: 'message.failed', message },
          { position: 3, event: 'message.status', messages: [{ id: message?.id, status: 'failed' }] },
        ])
      })

      test('a chat that is marked as read, once', async () => {
        await tell(message('A'))
        for (const _ of [1, 2]) await store.markChatRead(owned.sessionId, rina, now)
        expect((await log()).slice(1)).toEqual([
          { position: 2, event: 'chat.update', chat: await chatOf(store, owned.sessionId, rina) },
        ])
      })

      test('the status of a session and its number, when they change', async () => {
        await store.updateOwned(owned, { status: 'working', waJid: rina }, now)
        await store.updateOwned(owned, { status: 'working', lastConnectedAt: now }, now)
        await store.updateSession(owned.sessionId, { label: 'Front desk' }, now)
        expect(await log()).toEqual([
          { position: 1, event: 'auth.code', session: expect.objectContaining({ waJid: rina }) },
          {
            position: 2,
            event: 'session.status',
            session: expect.objectContaining({
              id: owned.sessionId,
              organizationId,
              gatewayId: expect.stringMatching(/^gw_[0-9a-f]{16}$/),
              status: 'working',
              waJid: rina,
            }),
          },
        ])
      })
    })

    describe('what was deleted or replaced', () => {
      const texts = async () => JSON.stringify((await read()).events.map(({ payload }) => payload))

      test('is not said any more by what was told before', async () => {
        await tell(message('A', { mentions: [budi], media: { filename: 'secret.pdf' } }), message('B'), message('C'))
        await tell(edit(now - 1, 'better', { target: message('B') }))
        await tell(
          { kind: 'revoke', target: message('A'), by: rina, at: now },
          { kind: 'remove', target: message('C') },
        )
        for (const gone of ['text of', budi, 'secret.pdf']) expect(await texts()).not.toContain(gone)
        expect((await log()).map((event) => [event.event, event.message?.body, event.message?.deleted])).toEqual([
          ['message', undefined, true],
          ['message', 'better', false],
          ['message', undefined, false],
          ['message.edited', 'better', false],
          ['message.revoked', undefined, true],
        ])
      })

      test.each<[string, Fact]>([
        ['is deleted', { kind: 'revoke', target: message('A'), by: rina, at: now }],
        ['is edited', edit(now, 'better')],
        ['goes with its chat', { kind: 'clear', chat: rina, until: now, gone: false }],
      ])('is not said of what %s in the same commit', async (_, fact) => {
        await Promise.all([tell(message('A'), message('B', { chat: budi })), tell(fact)])
        expect(await texts()).not.toContain('text of A')
        expect(await texts()).toContain('text of B')
      })

      test.each<[string, Fact[]]>([
        ['a chat', [message('A'), message('A', { chat: rinaLid })]],
        ['a chat, the other first', [message('A', { chat: rinaLid }), message('A')]],
        ['a group', [inGroup('A', rina), inGroup('A', rinaLid)]],
      ])('is not said of what %s had twice, and is told of the one that is kept', async (_, [first, twin]) => {
        if (first?.kind !== 'message' || twin?.kind !== 'message') throw new Error('two messages')
        await tell(first, twin)
        await tell({ kind: 'revoke', target: twin, by: rinaLid, at: now })
        await tell(rinasAlias)
        expect(await texts()).not.toContain('text of A')
        const events = (await log()).filter(({ event }) => event !== 'chat.update')
        expect(events.map(({ event, message }) => [event, message.deleted])).toEqual([
          ['message', true],
          ['message.revoked', true],
        ])
      })

      test('is not said when it takes several commits, and each tells what it changed', async () => {
        const [sarisLid, sari] = ['71999999999999@lid', '6281222222222@s.whatsapp.net']
        const long = (chat: string) => Array.from({ length: 150 }, (_, n) => message(`${chat} ${n}`, { chat }))
        await tell(inGroup('A', rina), inGroup('B', rinaLid), ...long(sari), ...long(sarisLid))
        await tell(edit(now, 'better', { target: inGroup('A', rinaLid), by: rinaLid }))
        const head = await store.eventHead(organizationId)
        await tell(rinasAlias, { kind: 'alias', lid: sarisLid, pn: sari })
        expect(await texts()).not.toContain('text of A')
        expect(await names(head)).toEqual(['message.edited', 'chat.update'])
      })

      test('is not said of messages that go from chat to chat in one call', async () => {
        const [herLid, herOld] = ['71999999999999@lid', '6281222222222@s.whatsapp.net']
        await tell(message('A', { chat: rinaLid }), message('B', { chat: herLid }))
        await tell(edit(now, 'better', { target: message('A', { chat: herLid }), by: herLid }))
        await tell(message('C', { chat: herOld }), message('D'))
        const head = await store.eventHead(organizationId)
        const aliases = [
          [herLid, herOld],
          [rinaLid, herOld],
          [rinaLid, rina],
        ].map(([lid = '', pn = '']): Fact => ({ kind: 'alias', lid, pn }))
        await tell(...aliases)
        expect(await texts()).not.toContain('text of A')
        expect(await names(head)).toEqual(['chat.update', 'message.edited'])
      })

      test('is told once, however often it was edited', async () => {
        await tell(message('A'), message('B'))
        for (let n = 0; n < 5; n += 1) await tell(edit(now + n, `edit ${n}`))
        await tell(edit(now + 9, 'older than what is told here', { history: true }))
        expect((await log()).map(({ position, event, message }) => [position, event, message.body])).toEqual([
          [1, 'message', 'older than what is told here'],
          [2, 'message', 'text of B'],
          [7, 'message.edited', 'older than what is told here'],
        ])
        await tell({ kind: 'revoke', target: message('A'), by: rina, at: now })
        expect(await names()).toEqual(['message', 'message', 'message.revoked'])
      })

      test('goes with a chat that is cleared, and leaves holes', async () => {
        await tell(message('A', { timestamp: now - 9 }), message('B', { timestamp: now - 3 }))
        await tell({ kind: 'clear', chat: rina, until: now - 5, gone: false })
        expect((await log()).map(({ position, event }) => [position, event])).toEqual([
          [2, 'message'],
          [3, 'chat.update'],
        ])
      })

      test('goes with its session, and what others were told stays', async () => {
        const other = await acquired(store, organizationId)
        await tell(message('A'), message('B'))
        await store.ingest(other, [message('C')], now)
        await store.deleteSession(owned.sessionId)
        expect((await read()).events.map(({ position, sessionId }) => [position, sessionId])).toEqual([
          [3, other.sessionId],
        ])
        await store.ingest(other, [message('D')], now)
        expect(await store.eventHead(organizationId)).toBe(4)
      })
    })

    describe('positions', () => {
      test('are 1, 2, 3 … in each organization, whatever shares a commit', async () => {
        const second = await acquired(store, organizationId)
        const elsewhere = `${organizationId}_b`
        const foreign = await acquired(store, elsewhere)
        const calls = Array.from({ length: 30 }, (_, n) => n)
        await Promise.all(
          calls.flatMap((n) => [owned, second, foreign].map((who) => store.ingest(who, [message(`M${n}`)], now))),
        )
        const [mine, theirs] = [await read(), await store.readEvents(elsewhere, { after: 0, limit: 1_000 })]
        expect(mine.events.map(({ position }) => position)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1))
        expect(theirs.events.map(({ position }) => position)).toEqual(calls.map((n) => n + 1))
        expect(new Set(theirs.events.map(({ sessionId }) => sessionId))).toEqual(new Set([foreign.sessionId]))
        for (const { sessionId } of [owned, second]) {
          const ofSession = mine.events.filter((event) => event.sessionId === sessionId).map(told)
          expect(ofSession.map((event) => event.message.waMessageId)).toEqual(calls.map((n) => `M${n}`))
        }
      })

      test('are taken by no write that is refused', async () => {
        const lease = await store.acquire(owned.sessionId)
        await expect(tell(message('A'))).rejects.toThrow('the session has another owner')
        expect(await store.eventHead(organizationId)).toBe(0)
        await store.ingest(lease?.owned ?? owned, [message('A')], now)
        expect(await names()).toEqual(['message'])
      })
    })

    describe('a page of the log', () => {
      test('goes on after a position, and says how far it has looked', async () => {
        const second = await acquired(store, organizationId)
        await tell(message('A'), message('B'), own('C'))
        await store.ingest(second, [message('D')], now)
        const positionsOf = async (request: Partial<EventRequest>) => {
          const { events, scanned, first } = await read(request)
          return [events.map(({ position }) => position), scanned, first]
        }
        expect(await positionsOf({})).toEqual([[1, 2, 3, 4], 4, 1])
        expect(await positionsOf({ after: 1, limit: 2 })).toEqual([[2, 3], 3, 1])
        expect(await positionsOf({ after: 4 })).toEqual([[], 4, 1])
        expect(await positionsOf({ sessionId: second.sessionId })).toEqual([[4], 4, 1])
        expect(await positionsOf({ events: ['message.from_me'] })).toEqual([[3], 4, 1])
        expect(await positionsOf({ events: ['message'], limit: 1 })).toEqual([[1], 1, 1])
        expect(await positionsOf({ events: ['contact.update'] })).toEqual([[], 4, 1])
        // Nobody has read that far in this log.
        expect(await positionsOf({ after: 9 })).toEqual([[], 4, 1])
      })

      test('of an organization without events is empty', async () => {
        expect(await store.readEvents('org_nobody', { after: 0, limit: 9 })).toEqual({
          events: [],
          scanned: 0,
          first: 1,
        })
        expect(await store.eventHead('org_nobody')).toBe(0)
      })

      test('of very long messages is shorter, and a walk meets each once', async () => {
        const long = '€'.repeat(65_536)
        for (let n = 0; n < 4; n += 1)
          await tell(...Array.from({ length: 20 }, (_, m) => message(`L${n}-${m}`, { body: long })))
        const seen: number[] = []
        for (let after = 0; after < 80; ) {
          const { events, scanned } = await read({ after })
          expect(events.reduce((bytes, { payload }) => bytes + Buffer.byteLength(payload), 0)).toBeLessThan(
            5 * 1024 * 1024,
          )
          seen.push(...events.map(({ position }) => position))
          after = scanned
        }
        expect(seen).toEqual(Array.from({ length: 80 }, (_, n) => n + 1))
      })
    })

    test('what is too old is purged, and the log says from where it begins', async () => {
      const purge = async () => {
        let purged = 0
        for (let piece = 500; piece === 500; purged += piece) piece = await store.purgeEvents(now, 500)
        return purged
      }
      await purge()
      const old = Array.from({ length: 1_200 }, (_, n) => message(`M${n}`))
      await store.ingest(owned, old, now - 10)
      await store.ingest(owned, [message('young')], now)
      expect(await store.purgeEvents(now, 3)).toBe(3)
      await purge()
      const { events, first } = await read()
      expect([events.map(({ position }) => position), first]).toEqual([[1_201], 1_201])
      expect(await purge()).toBe(0)
      await store.ingest(owned, [message('more')], now)
      expect(await store.eventHead(organizationId)).toBe(1_202)
    })
  })

const edit = (at: number, body: string, more: Partial<Extract<Fact, { kind: 'edit' }>> = {}): Fact => ({
  kind: 'edit',
  target: message('A'),
  by: rina,
  body,
  at,
  ...more,
})

const reaction = (emoji: string, at = now, target: MessageKey = message('A')): Reaction => ({
  kind: 'reaction',
  target,
  by: rina,
  emoji,
  at,
})

type Reaction = Extract<Fact, { kind: 'reaction' }>

const poll = { name: 'Seven?', options: ['yes', 'no'], selectableCount: 0 }

const vote = (names: string[]): Fact => ({
  kind: 'vote',
  target: message('A'),
  by: rina,
  options: names.map(sha256),
  at: now,
})

const revoke: Fact = { kind: 'revoke', target: message('A'), by: rina, at: now }

const receipt = (id: string, status: 'delivered' | 'read' | 'played' | 'failed', chat = rina): Fact => ({
  kind: 'receipt',
  target: own(id, { chat }),
  status,
  at: now,
})
