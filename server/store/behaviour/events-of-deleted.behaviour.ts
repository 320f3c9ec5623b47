import { describe, expect, test } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import { acquired, edit, eventLogForEachTest } from './event-log-for-each-test.behaviour.ts'
import { budi, inGroup, message, now, type OpenStore, rina, rinaLid, rinasAlias } from './examples.behaviour.ts'

export const eventsOfDeletedBehaviour = (openStore: OpenStore) =>
  describe('events', () => {
    const current = eventLogForEachTest(openStore)
    const { tell, read, log, names } = current

    describe('content that was deleted or replaced', () => {
      const texts = async () => JSON.stringify((await read()).events.map(({ payload }) => payload))

      test('is removed from the events that had it', async () => {
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
      ])('is in no event of a message that %s in the same commit', async (_, fact) => {
        await Promise.all([tell(message('A'), message('B', { chat: budi })), tell(fact)])
        expect(await texts()).not.toContain('text of A')
        expect(await texts()).toContain('text of B')
      })

      test.each<[string, Fact[]]>([
        ['a chat', [message('A'), message('A', { chat: rinaLid })]],
        ['a chat, the other first', [message('A', { chat: rinaLid }), message('A')]],
        ['a group', [inGroup('A', rina), inGroup('A', rinaLid)]],
      ])(
        'is in no event of a message that %s had twice; the events of the one that is kept stay',
        async (_, [first, twin]) => {
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
        },
      )

      test('is in no event after a change that takes several commits, which have events of what they changed', async () => {
        const [sarisLid, sari] = ['71999999999999@lid', '6281222222222@s.whatsapp.net']
        const long = (chat: string) => Array.from({ length: 150 }, (_, n) => message(`${chat} ${n}`, { chat }))
        await tell(inGroup('A', rina), inGroup('B', rinaLid), ...long(sari), ...long(sarisLid))
        await tell(edit(now, 'better', { target: inGroup('A', rinaLid), by: rinaLid }))
        const head = await current.store.eventHead(current.organizationId)
        await tell(rinasAlias, { kind: 'alias', lid: sarisLid, pn: sari })
        expect(await texts()).not.toContain('text of A')
        expect(await names(head)).toEqual(['message.edited', 'chat.update'])
      })

      test('is in no event of messages that move from chat to chat in one call', async () => {
        const [herLid, herOld] = ['71999999999999@lid', '6281222222222@s.whatsapp.net']
        await tell(message('A', { chat: rinaLid }), message('B', { chat: herLid }))
        await tell(edit(now, 'better', { target: message('A', { chat: herLid }), by: herLid }))
        await tell(message('C', { chat: herOld }), message('D'))
        const head = await current.store.eventHead(current.organizationId)
        const aliases = [
          [herLid, herOld],
          [rinaLid, herOld],
          [rinaLid, rina],
        ].map(([lid = '', pn = '']): Fact => ({ kind: 'alias', lid, pn }))
        await tell(...aliases)
        expect(await texts()).not.toContain('text of A')
        expect(await names(head)).toEqual(['chat.update', 'message.edited'])
      })

      test('has one event of an edit, the last, however often it was edited', async () => {
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

      test('is deleted from the log with a chat that is cleared, and its positions stay unused', async () => {
        await tell(message('A', { timestamp: now - 9 }), message('B', { timestamp: now - 3 }))
        await tell({ kind: 'clear', chat: rina, until: now - 5, gone: false })
        expect((await log()).map(({ position, event }) => [position, event])).toEqual([
          [2, 'message'],
          [3, 'chat.update'],
        ])
      })

      test('is deleted from the log with its session, and the events of other sessions stay', async () => {
        const other = await acquired(current.store, current.organizationId)
        await tell(message('A'), message('B'))
        await current.store.ingest(other, [message('C')], now)
        await current.store.deleteSession(current.owned.sessionId)
        expect((await read()).events.map(({ position, sessionId }) => [position, sessionId])).toEqual([
          [3, other.sessionId],
        ])
        await current.store.ingest(other, [message('D')], now)
        expect(await current.store.eventHead(current.organizationId)).toBe(4)
      })
    })
  })
