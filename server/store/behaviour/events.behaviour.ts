import { describe, expect, test } from 'vitest'
import type { EventName, StoredEvent } from '../../model/events.ts'
import type { Fact } from '../../model/facts.ts'
import type { EventRequest } from '../../ports/store/events.ts'
import {
  acquired,
  edit,
  eventLogForEachTest,
  poll,
  reaction,
  receipt,
  revoke,
  told,
  vote,
} from './event-log-for-each-test.behaviour.ts'
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
} from './examples.behaviour.ts'

export const eventsBehaviour = (openStore: OpenStore) =>
  describe('events', () => {
    const current = eventLogForEachTest(openStore)
    const { tell, read, log, names } = current

    describe('what becomes an event', () => {
      test('a message, as the page shows it', async () => {
        const { events } = await tell(message('A', { pushName: 'rw' }))
        const [shown] = await messagesOf(current.store, current.owned.sessionId, rina)
        const [contact, received] = events
        expect(received).toMatchObject({
          organizationId: current.organizationId,
          sessionId: current.owned.sessionId,
          position: 2,
          id: expect.stringMatching(/^evt_[0-9A-HJKMNP-TV-Z]{26}$/),
          event: 'message',
          at: now,
          chatId: (await current.store.listMessages(current.owned.sessionId, rina, { limit: 1 }))?.chatId,
        })
        expect(JSON.parse(received?.payload ?? '')).toEqual({ message: shown })
        expect(contact && told(contact)).toEqual({
          position: 1,
          event: 'contact.update',
          contact: { jid: rina, pushName: 'rw' },
        })
      })

      test('`ingest` returns the events that the log has', async () => {
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
      ])('%s is an event', async (_, before, facts, expected) => {
        await tell(...before)
        const after = await current.store.eventHead(current.organizationId)
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
      ])('%s is no event', async (_, before, facts) => {
        await tell(...before)
        const head = await current.store.eventHead(current.organizationId)
        expect((await tell(...facts)).events).toEqual([])
        expect(await current.store.eventHead(current.organizationId)).toBe(head)
      })

      test('the content of the events of a reaction, a status and a chat', async () => {
        await tell(own('A'), receipt('A', 'played'))
        await tell(reaction('👍', now - 1000, own('A')))
        await tell(receipt('A', 'read'), receipt('B', 'read'), { kind: 'chat', jid: rina, pinned: true })
        const [a = {}] = await messagesOf(current.store, current.owned.sessionId, rina)
        const { reactions: _, ...before } = a
        expect(await log()).toEqual([
          { position: 1, event: 'message.from_me', message: before },
          {
            position: 2,
            event: 'message.reaction',
            message: a,
            reaction: { emoji: '👍', senderJid: rina, fromMe: false, timestamp: now - 1000 },
          },
          { position: 3, event: 'chat.update', chat: await chatOf(current.store, current.owned.sessionId, rina) },
        ])
        expect(a).toMatchObject({ status: 'played' })
      })

      test('the event of a vote names its options, and stays when the poll is edited', async () => {
        await tell(message('A', { type: 'poll', poll }))
        await tell(vote(['no', 'yes']))
        await tell(edit(now, 'new'))
        const [a] = await messagesOf(current.store, current.owned.sessionId, rina)
        const told = (await log()).find(({ event }) => event === 'poll.vote')
        expect(told).toMatchObject({
          message: a,
          vote: { options: expect.arrayContaining(['yes', 'no']), senderJid: rina, fromMe: false, timestamp: now },
        })
      })

      test('messages whose status has changed', async () => {
        await tell(own('A'), own('B'), own('C', { chat: budi }))
        await tell(receipt('A', 'read'), receipt('C', 'read', budi), receipt('B', 'failed'))
        const [b, a] = await messagesOf(current.store, current.owned.sessionId, rina)
        expect((await log()).slice(3)).toEqual([
          { position: 4, event: 'message.status', messages: [{ id: a?.id, status: 'read' }] },
          { position: 5, event: 'message.status', messages: [{ id: expect.any(String), status: 'read' }] },
        ])
        expect(b).toMatchObject({ status: 'sent' })
      })

      test('a message that has failed', async () => {
        await tell(own('A', { status: 'pending' }))
        await tell(receipt('A', 'failed'))
        const [message] = await messagesOf(current.store, current.owned.sessionId, rina)
        expect((await log()).slice(1)).toEqual([
          { position: 2, event: 'message.failed', message },
          { position: 3, event: 'message.status', messages: [{ id: message?.id, status: 'failed' }] },
        ])
      })

      test('a chat that is marked as read, once', async () => {
        await tell(message('A'))
        for (const _ of [1, 2]) await current.store.markChatRead(current.owned.sessionId, rina, now)
        expect((await log()).slice(1)).toEqual([
          { position: 2, event: 'chat.update', chat: await chatOf(current.store, current.owned.sessionId, rina) },
        ])
      })

      test('the status of a session and its number, when they change', async () => {
        await current.store.updateOwned(current.owned, { status: 'working', waJid: rina }, now)
        await current.store.updateOwned(current.owned, { status: 'working', lastConnectedAt: now }, now)
        await current.store.updateSession(current.owned.sessionId, { label: 'Front desk' }, now)
        expect(await log()).toEqual([
          { position: 1, event: 'auth.code', session: expect.objectContaining({ waJid: rina }) },
          {
            position: 2,
            event: 'session.status',
            session: expect.objectContaining({
              id: current.owned.sessionId,
              organizationId: current.organizationId,
              gatewayId: expect.stringMatching(/^gw_[0-9a-f]{16}$/),
              status: 'working',
              waJid: rina,
            }),
          },
        ])
      })
    })

    describe('positions', () => {
      test('are 1, 2, 3 … in each organization, whatever shares a commit', async () => {
        const second = await acquired(current.store, current.organizationId)
        const elsewhere = `${current.organizationId}_b`
        const foreign = await acquired(current.store, elsewhere)
        const calls = Array.from({ length: 30 }, (_, n) => n)
        await Promise.all(
          calls.flatMap((n) =>
            [current.owned, second, foreign].map((who) => current.store.ingest(who, [message(`M${n}`)], now)),
          ),
        )
        const [mine, theirs] = [await read(), await current.store.readEvents(elsewhere, { after: 0, limit: 1_000 })]
        expect(mine.events.map(({ position }) => position)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1))
        expect(theirs.events.map(({ position }) => position)).toEqual(calls.map((n) => n + 1))
        expect(new Set(theirs.events.map(({ sessionId }) => sessionId))).toEqual(new Set([foreign.sessionId]))
        for (const { sessionId } of [current.owned, second]) {
          const ofSession = mine.events.filter((event) => event.sessionId === sessionId).map(told)
          expect(ofSession.map((event) => event.message.waMessageId)).toEqual(calls.map((n) => `M${n}`))
        }
      })

      test('are not used up by a write that is refused', async () => {
        const lease = await current.store.acquire(current.owned.sessionId)
        await expect(tell(message('A'))).rejects.toThrow('the session has another owner')
        expect(await current.store.eventHead(current.organizationId)).toBe(0)
        await current.store.ingest(lease?.owned ?? current.owned, [message('A')], now)
        expect(await names()).toEqual(['message'])
      })
    })

    describe('a page of the log', () => {
      test('goes on after a position, and says how far it has looked', async () => {
        const second = await acquired(current.store, current.organizationId)
        await tell(message('A'), message('B'), own('C'))
        await current.store.ingest(second, [message('D')], now)
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
        expect(await current.store.readEvents('org_nobody', { after: 0, limit: 9 })).toEqual({
          events: [],
          scanned: 0,
          first: 1,
        })
        expect(await current.store.eventHead('org_nobody')).toBe(0)
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
        for (let piece = 500; piece === 500; purged += piece)
          piece = (await current.store.purgeEvents(now, 500)).removed
        return purged
      }
      await purge()
      const old = Array.from({ length: 1_200 }, (_, n) => message(`M${n}`))
      await current.store.ingest(current.owned, old, now - 10)
      await current.store.ingest(current.owned, [message('young')], now)
      expect(await current.store.purgeEvents(now, 3)).toEqual({ removed: 3, missedBy: [] })
      await purge()
      const { events, first } = await read()
      expect([events.map(({ position }) => position), first]).toEqual([[1_201], 1_201])
      expect(await purge()).toBe(0)
      await current.store.ingest(current.owned, [message('more')], now)
      expect(await current.store.eventHead(current.organizationId)).toBe(1_202)
    })
  })
