import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import type { TextDraft } from '../../model/outgoing.ts'
import { Fenced, SessionGone } from '../../ports/store/errors.ts'
import { type KeptAnswer, KeyTaken } from '../../ports/store/idempotency.ts'
import type { NewOutgoing } from '../../ports/store/outbox.ts'
import type { Store } from '../../ports/store/store.ts'
import {
  freshSession,
  message,
  messagesOf,
  now,
  type OpenStore,
  organizationId,
  own,
  owned,
  rina,
  rinaLid,
  rinasAlias,
} from './examples.behaviour.ts'

const draft: TextDraft = { type: 'text', text: 'See you at seven 🙂' }
const proto = Buffer.from('protobuf of it')

const outgoing = (id: string, more: Partial<NewOutgoing> = {}): NewOutgoing => ({
  fact: own(id, { body: draft.text, status: 'pending', timestamp: now }),
  draft,
  expiresAt: now + 900_000,
  ...more,
})

export const outboxBehaviour = (openStore: OpenStore) =>
  describe('the outbox', () => {
    let store: Store
    let sessionId: string
    beforeAll(async () => {
      store = await openStore()
    })
    beforeEach(async () => {
      sessionId = await freshSession(store)
    })
    afterAll(() => store.close())

    const accept = async (made: NewOutgoing, kept?: KeptAnswer) =>
      JSON.parse(await store.acceptMessage({ sessionId, organizationId }, made, now, kept))
    const claim = (waId: string, at = now) => store.claimOutgoing(owned(sessionId), waId, { bytes: proto }, at)
    const tell = (...facts: Fact[]) => store.ingest(owned(sessionId), facts, now)
    const waiting = async () => (await store.listOutgoing(sessionId, { limit: 100 })).map(({ waId }) => waId)
    const shown = async () => (await messagesOf(store, sessionId, rina))[0]

    test('an accepted message is stored as pending, and shown as it is stored', async () => {
      const accepted = await accept(outgoing('A'))
      expect(accepted).toMatchObject({ waMessageId: 'A', status: 'pending', body: draft.text, fromMe: true })
      expect(await shown()).toEqual(accepted)
      expect(JSON.parse((await store.getMessage(sessionId, accepted.id)) ?? '')).toEqual(accepted)
    })

    test('a message disappears as was said last in its chat: by its setting, or by a message that came in', async () => {
      let sent = 0
      const timer = async () => {
        sent += 1
        await accept(
          outgoing(`T${sent}`, { fact: own(`T${sent}`, { status: 'pending', timestamp: now + sent * 1_000 }) }),
        )
        return (await store.findOutgoing(sessionId, `T${sent}`))?.timer
      }
      const sets = (seconds: number, at: number, chat = rina): Fact => ({ kind: 'timer', chat, seconds, at })
      const comes = (id: string, at: number, seconds = 0) =>
        message(id, { timestamp: at, ...(seconds > 0 && { expiresAt: at + seconds * 1_000 }) })
      const week = 604_800
      expect(await timer()).toBeUndefined()
      await tell(sets(week, now - 9_000))
      expect(await timer()).toBe(week)
      await tell(comes('A', now - 8_000, 86_400))
      expect(await timer()).toBe(86_400)
      await tell(sets(week, now - 7_000), sets(0, now - 7_500))
      expect(await timer()).toBe(week)
      await tell(sets(0, now - 6_000))
      expect(await timer()).toBeUndefined()
      // The person by another address.
      await tell(sets(week, now - 5_000, rinaLid), rinasAlias)
      expect(await timer()).toBe(week)
      await tell(comes('B', now - 4_000))
      expect(await timer()).toBeUndefined()
    })

    test('what goes to one person is under one address, also when it is accepted before the two are known to be one', async () => {
      const by = (chat: string, id: string, more: Partial<NewOutgoing> = {}) =>
        outgoing(id, { fact: own(id, { chat, status: 'pending', timestamp: now }), ...more })
      await accept(by(rinaLid, 'A'))
      await accept(by(rina, 'B'))
      await accept(by(rinaLid, 'C', { mayWait: true }))
      await tell(rinasAlias)
      // Another message of the chat waits.
      await accept(by(rina, 'D'))
      const [first] = await messagesOf(store, sessionId, rina)
      const target = { chat: rinaLid, id: 'A', fromMe: true }
      await store.acceptChange(
        { sessionId, organizationId },
        {
          waId: 'E',
          messageId: String(first?.id),
          draft: { type: 'reaction', target, emoji: '👍', at: now },
          expiresAt: now + 900_000,
        },
        now,
      )
      const toOf = async (id: string) => (await store.findOutgoing(sessionId, id))?.to
      for (const id of ['A', 'B', 'C', 'D', 'E']) expect(await toOf(id)).toBe(rina)
      expect((await store.listOutgoing(sessionId, { limit: 9 })).map(({ waId, to }) => [waId, to])).toEqual([
        ['A', rina],
        ['B', rina],
        ['E', rina],
      ])
      expect(await store.nextWaiting(sessionId, [], now)).toEqual({ waId: 'C', to: rina })
      expect(await store.nextWaiting(sessionId, [rina], now)).toBeUndefined()
    })

    test('what waits to be sent stays when the phone clears its chat, and is accepted where it has', async () => {
      const cleared = (gone: boolean): Fact => ({ kind: 'clear', chat: rina, until: now, gone })
      await tell(message('OLD'))
      await accept(outgoing('A'))
      await tell(cleared(false))
      await accept(outgoing('B'))
      await tell(cleared(true))
      await claim('A')
      await tell({ kind: 'outcome', id: 'A', at: now + 5_000 })
      expect(await messagesOf(store, sessionId, rina)).toMatchObject([
        { waMessageId: 'A', status: 'sent', body: draft.text },
        { waMessageId: 'B', status: 'pending', body: draft.text },
      ])
    })

    test('what has not ended is counted by state, with the age of the oldest', async () => {
      const fresh = await openStore()
      try {
        const session = await freshSession(fresh)
        const put = (id: string, at: number, mayWait = false) =>
          fresh.acceptMessage({ sessionId: session, organizationId }, outgoing(id, { mayWait }), at)
        expect(await fresh.countOutgoing()).toEqual([])
        await put('A', now)
        await put('B', now + 1)
        await put('C', now + 2)
        await put('D', now + 3, true)
        await fresh.claimOutgoing(owned(session), 'A', { bytes: proto }, now + 4)
        expect(new Set(await fresh.countOutgoing())).toEqual(
          new Set([
            { state: 'written', count: 1, oldestAt: now },
            { state: 'ready', count: 2, oldestAt: now + 1 },
            { state: 'paced', count: 1, oldestAt: now + 3 },
          ]),
        )
      } finally {
        await fresh.close()
      }
    })

    test('it has one event, that of an own message', async () => {
      await accept(outgoing('A'))
      const { events } = await store.readEvents(organizationId, { after: 0, limit: 1_000, sessionId })
      expect(events.map(({ event }) => event)).toEqual(['message.from_me'])
    })

    test('it waits with what it is to contain, until it is claimed with its protobuf', async () => {
      const { id } = await accept(outgoing('A'))
      const before = {
        waId: 'A',
        messageId: id,
        to: rina,
        acceptedAt: now,
        expiresAt: now + 900_000,
        draft,
        waits: false,
      }
      expect(await store.findOutgoing(sessionId, 'A')).toEqual(before)
      expect(await claim('A', now + 1)).toBe(1)
      expect(await claim('A', now + 2)).toBe(2)
      expect(await store.findOutgoing(sessionId, 'A')).toEqual({ ...before, claimed: { proto, at: now + 1, times: 2 } })
      expect(await store.findRaw(sessionId, { chat: rina, id: 'A', fromMe: true })).toEqual(proto)
      expect((await shown())?.status).toBe('pending')
    })

    test('a claim after which nothing was written is undone', async () => {
      await accept(outgoing('A'))
      const before = await store.findOutgoing(sessionId, 'A')
      await claim('A')
      await store.releaseOutgoing(owned(sessionId), 'A')
      expect(await store.findOutgoing(sessionId, 'A')).toEqual(before)
      await claim('A', now + 1)
      await claim('A', now + 2)
      await store.releaseOutgoing(owned(sessionId), 'A')
      expect((await store.findOutgoing(sessionId, 'A'))?.claimed).toMatchObject({ at: now + 1, times: 1 })
      await expect(store.releaseOutgoing({ ...owned(sessionId), epoch: 99 }, 'A')).rejects.toThrow(Fenced)
    })

    test('what is made anew after that takes the place of what was made before', async () => {
      const place = { latitude: 1.5, longitude: -2.25 }
      await accept(outgoing('A', { fact: own('A', { status: 'pending', timestamp: now, location: place }) }))
      const made = (text: string, timer?: number) => ({ bytes: Buffer.from(text), ...(timer && { timer }) })
      const claimed = async (text: string, timer?: number) => {
        await store.claimOutgoing(owned(sessionId), 'A', made(text, timer), now)
        const raw = await store.findRaw(sessionId, { chat: rina, id: 'A', fromMe: true })
        const { expiresAt, location } = (await shown()) ?? {}
        return [raw?.toString(), expiresAt, location]
      }
      expect(await claimed('first', 86_400)).toEqual(['first', now + 86_400_000, place])
      await store.releaseOutgoing(owned(sessionId), 'A')
      expect(await claimed('second')).toEqual(['second', undefined, place])
      await store.releaseOutgoing(owned(sessionId), 'A')
      expect(await claimed('third', 604_800)).toEqual(['third', now + 604_800_000, place])
      // Sent again as it was.
      expect(await claimed('third', 86_400)).toEqual(['third', now + 604_800_000, place])
      await tell({ kind: 'outcome', id: 'A', at: now + 7_000 })
      expect(await shown()).toMatchObject({ timestamp: now + 7_000, expiresAt: now + 7_000 + 604_800_000 })
    })

    test('what was written and is deleted since has no protobuf any more: it is not sent again', async () => {
      await accept(outgoing('A'))
      await claim('A', now + 1)
      await tell({ kind: 'revoke', target: own('A'), by: 'me', at: now + 2 })
      const claimed = (await store.findOutgoing(sessionId, 'A'))?.claimed
      expect(claimed).toEqual({ at: now + 1, times: 1 })
    })

    test('those that wait are listed in the order in which they were accepted', async () => {
      for (const id of ['C', 'A', 'B']) await accept(outgoing(id))
      expect(await waiting()).toEqual(['C', 'A', 'B'])
      const [first] = await store.listOutgoing(sessionId, { limit: 1 })
      expect((await store.listOutgoing(sessionId, { after: first?.position ?? 0, limit: 1 }))[0]?.waId).toBe('A')
    })

    test("an acknowledged message is sent, by WhatsApp's time, and waits no more", async () => {
      await accept(outgoing('A'))
      await claim('A')
      const { events } = await tell({ kind: 'outcome', id: 'A', at: now - 3_000 })
      expect(await shown()).toMatchObject({ status: 'sent', timestamp: now - 3_000, body: draft.text })
      expect(events.map(({ event }) => event)).toEqual(['message.status'])
      expect(await store.findOutgoing(sessionId, 'A')).toBeUndefined()
      expect(await waiting()).toEqual([])
      expect(await claim('A')).toBeUndefined()
      expect(JSON.parse((await store.getChat(sessionId, rina, now)) ?? '').lastMessageAt).toBe(now - 3_000)
    })

    test('a later message stays the last one of its chat when an earlier one gets its time', async () => {
      await accept(outgoing('A'))
      await tell(message('LATER', { timestamp: now + 5_000 }))
      await tell({ kind: 'outcome', id: 'A', at: now - 3_000 })
      expect(JSON.parse((await store.getChat(sessionId, rina, now)) ?? '').lastMessageAt).toBe(now + 5_000)
    })

    test.each([Number.NaN, 0, now + 10 * 86_400_000])(
      'an impossible time from WhatsApp, %s, is ignored',
      async (at) => {
        await accept(outgoing('A'))
        await tell({ kind: 'outcome', id: 'A', at })
        expect(await shown()).toMatchObject({ status: 'sent', timestamp: now })
      },
    )

    test('a receipt from a receiver ends it, too, if the acknowledgement was lost', async () => {
      await accept(outgoing('A'))
      await claim('A')
      await tell({ kind: 'receipt', target: own('A'), status: 'read', at: now })
      expect(await shown()).toMatchObject({ status: 'read', timestamp: now })
      expect(await waiting()).toEqual([])
      await tell({ kind: 'outcome', id: 'A', at: now })
      expect((await shown())?.status).toBe('read')
    })

    test('a refused message has failed, with its reason', async () => {
      const { id } = await accept(outgoing('A'))
      await claim('A')
      const failure = { code: '463', words: 'WhatsApp restricts this account' }
      await tell({ kind: 'outcome', id: 'A', at: now, failure })
      expect(await shown()).toMatchObject({ status: 'failed', error: failure.words })
      expect(await store.failureOf(sessionId, id)).toEqual(failure)
      expect(await waiting()).toEqual([])
    })

    test('a refusal of a message that was sent twice says nothing: the first copy may have arrived', async () => {
      await accept(outgoing('A'))
      await claim('A')
      await claim('A')
      await tell({ kind: 'outcome', id: 'A', at: now, failure: { code: '400', words: 'refused' } })
      expect(await shown()).toMatchObject({ status: 'pending' })
      expect(await waiting()).toEqual(['A'])
    })

    test('an outcome of what is not in the outbox changes nothing', async () => {
      await tell(message('A'), own('B', { status: 'pending' }))
      await tell(
        { kind: 'outcome', id: 'A', at: now },
        { kind: 'outcome', id: 'B', at: now },
        { kind: 'outcome', id: '', at: now },
      )
      expect((await messagesOf(store, sessionId, rina)).map(({ status }) => status)).toEqual(['pending', undefined])
    })

    test('an outcome changes messages of its own session only', async () => {
      await accept(outgoing('A'))
      const other = await freshSession(store)
      await store.ingest(owned(other), [{ kind: 'outcome', id: 'A', at: now }], now)
      expect(await waiting()).toEqual(['A'])
      expect(await store.findOutgoing(other, 'A')).toBeUndefined()
      const { id } = (await shown()) ?? {}
      expect(await store.getMessage(other, String(id))).toBeUndefined()
      expect(await store.findMessageKey(other, String(id))).toBeUndefined()
    })

    test('a person under another address is the same chat', async () => {
      await tell(message('BEFORE'), rinasAlias)
      await accept(outgoing('A', { fact: own('A', { chat: rinaLid, status: 'pending' }) }))
      await tell({ kind: 'outcome', id: 'A', at: now })
      expect(await shown()).toMatchObject({ waMessageId: 'A', status: 'sent', chatJid: rina })
    })

    test('an idempotency key is stored with the message, or neither is', async () => {
      const key = { organizationId, sessionId, operationId: 'sendMessage', key: 'k' }
      const kept: KeptAnswer = { ...key, fingerprint: Buffer.alloc(32), status: 202, body: '', keptAt: now }
      const accepted = await accept(outgoing('A'), kept)
      expect(JSON.parse((await store.findKeptAnswer(key, now))?.body ?? '')).toEqual(accepted)
      await expect(accept(outgoing('B'), kept)).rejects.toThrow(KeyTaken)
      expect(await messagesOf(store, sessionId, rina)).toHaveLength(1)
      expect(await waiting()).toEqual(['A'])
    })

    test('only the owner claims', async () => {
      await accept(outgoing('A'))
      const before = owned(sessionId)
      await store.acquire(sessionId)
      await expect(store.claimOutgoing(before, 'A', { bytes: proto }, now)).rejects.toThrow(Fenced)
      expect((await store.findOutgoing(sessionId, 'A'))?.claimed).toBeUndefined()
    })

    test('a session that is gone accepts nothing, and keeps nothing', async () => {
      await accept(outgoing('A'))
      await store.deleteSession(sessionId)
      await expect(accept(outgoing('B'))).rejects.toThrow(SessionGone)
      expect(await store.findOutgoing(sessionId, 'A')).toBeUndefined()
    })

    test('the key of a stored message says where it is in WhatsApp', async () => {
      const { id } = await accept(outgoing('A'))
      expect(await store.findMessageKey(sessionId, id)).toEqual({ chat: rina, id: 'A', fromMe: true })
      await tell(message('IN', { timestamp: now + 1 }))
      const key = await store.findMessageKey(sessionId, String((await shown())?.id))
      expect(key).toMatchObject({ chat: rina, id: 'IN', fromMe: false })
    })

    test('why messages failed is forgotten after a while, a few at a time', async () => {
      const { id } = await accept(outgoing('A'))
      await tell({ kind: 'outcome', id: 'A', at: now, failure: { code: '463', words: 'restricted' } })
      await accept(outgoing('B'))
      while ((await store.purgeOutgoing(now, 10)) === 10);
      expect(await store.failureOf(sessionId, id)).toBeDefined()
      while ((await store.purgeOutgoing(now + 1, 1)) === 1);
      expect(await store.failureOf(sessionId, id)).toBeUndefined()
      expect(await waiting()).toEqual(['B'])
      expect(await messagesOf(store, sessionId, rina)).toHaveLength(2)
    })
  })
