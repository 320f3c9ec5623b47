import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Jid } from '../../model/jid.ts'
import { TooSoon } from '../../model/send-pace.ts'
import type { SessionPatch } from '../../model/session.ts'
import { KeyTaken } from '../../ports/store/idempotency.ts'
import type { Store } from '../../ports/store/store.ts'
import {
  budi,
  freshSession,
  group,
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

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

export const sendPaceBehaviour = (openStore: OpenStore) =>
  describe('the pace of what a session sends', () => {
    let store: Store
    let sessionId: string
    let count = 0
    beforeAll(async () => {
      store = await openStore()
    })
    beforeEach(async () => {
      sessionId = await freshSession(store)
    })
    afterAll(() => store.close())

    const rates = (patch: SessionPatch) =>
      store.updateSession(sessionId, { ratePerMin: 0, ratePerHour: 0, newChatsPerDay: 0, ...patch }, now)

    const accept = (at: number, to: Jid = rina, mayWait = false, session = sessionId) => {
      count += 1
      const fact = own(`P${count}`, { chat: to, body: 'hello', status: 'pending', timestamp: at })
      const made = { fact, draft: { type: 'text' as const, text: 'hello' }, expiresAt: at + day, mayWait }
      return store.acceptMessage({ sessionId: session, organizationId }, made, at).then(() => fact.id)
    }

    /** @returns what it is too soon for, and in how many milliseconds it is not; `sent` when it was accepted */
    const attempt = (...sending: Parameters<typeof accept>) => accept(...sending).then(() => 'sent', early)
    const claim = (id: string, at: number) =>
      store.claimOutgoing(owned(sessionId), id, { bytes: Buffer.from('protobuf') }, at).catch(early)

    const early = (error: unknown) => {
      if (error instanceof TooSoon) return [error.reason, error.waitMs]
      throw error
    }

    test('as many messages as the rate has are accepted at once, then one more after each share of the minute', async () => {
      await rates({ ratePerMin: 3 })
      for (let n = 0; n < 3; n += 1) expect(await attempt(now)).toBe('sent')
      expect(await attempt(now)).toEqual(['ratePerMin', minute / 3])
      expect(await attempt(now + minute / 3 - 1)).toEqual(['ratePerMin', 1])
      expect(await attempt(now + minute / 3)).toBe('sent')
      expect(await attempt(now + minute / 3)).toEqual(['ratePerMin', minute / 3])
    })

    test('a restricted account begins no chats until the end, and writes in those that it has', async () => {
      await rates({})
      await store.ingest(owned(sessionId), [message('in', { chat: budi, sender: budi })], now)
      await store.updateOwned(owned(sessionId), { restrictedUntil: now + hour }, now)
      expect(await attempt(now)).toEqual(['restricted', hour])
      expect(await attempt(now, budi)).toBe('sent')
      expect(await attempt(now, group)).toBe('sent')
      await accept(now, rina, true)
      const known = await accept(now, budi, true)
      expect(await store.nextWaiting(sessionId, [], now)).toEqual({ waId: known, to: budi })
      expect(await store.nextWaiting(sessionId, [budi], now)).toEqual({ waitMs: hour })
      expect(await store.findTooSoon(sessionId, rina, now + hour)).toBeUndefined()
    })

    test('what is refused is neither stored nor counted, and its idempotency key is free', async () => {
      await rates({ ratePerMin: 1 })
      await accept(now)
      const kept = {
        organizationId,
        sessionId,
        operationId: 'sendMessage',
        key: 'k',
        fingerprint: Buffer.alloc(32),
        status: 202,
        body: '{}',
        keptAt: now,
      }
      const refused = own('refused', { chat: rina, status: 'pending', timestamp: now })
      const made = { fact: refused, draft: { type: 'text' as const, text: 'hello' }, expiresAt: now + day }
      for (let n = 0; n < 3; n += 1)
        await expect(store.acceptMessage({ sessionId, organizationId }, made, now, kept)).rejects.toThrow(TooSoon)
      expect(await messagesOf(store, sessionId, rina)).toHaveLength(1)
      expect(await store.findKeptAnswer(kept, now)).toBeUndefined()
      expect(await attempt(now + minute)).toBe('sent')
      await expect(
        store.acceptMessage({ sessionId, organizationId }, made, now + 2 * minute, kept),
      ).resolves.not.toBeInstanceOf(KeyTaken)
    })

    test('the longer wait is told when two rates are used up', async () => {
      await rates({ ratePerMin: 2, ratePerHour: 2 })
      for (let n = 0; n < 2; n += 1) await accept(now)
      expect(await attempt(now)).toEqual(['ratePerHour', hour / 2])
    })

    test('another session is not affected, and 0 is no limit', async () => {
      await rates({ ratePerMin: 1 })
      await accept(now)
      const other = await freshSession(store)
      expect(await attempt(now, rina, false, other)).toBe('sent')
      await rates({})
      for (let n = 0; n < 30; n += 1) expect(await attempt(now)).toBe('sent')
    })

    test('at the same time no more are accepted than the rate allows', async () => {
      await rates({ ratePerMin: 5 })
      const all = await Promise.all(Array.from({ length: 12 }, () => attempt(now)))
      expect(all.filter((outcome) => outcome === 'sent')).toHaveLength(5)
    })

    test('a clock that was set back makes nobody wait for longer than an empty bucket does', async () => {
      await rates({ ratePerMin: 2 })
      for (let n = 0; n < 2; n += 1) await accept(now + day)
      expect(await attempt(now)).toEqual(['ratePerMin', minute / 2])
    })

    test('a rate that is changed begins anew, and the others do not', async () => {
      await rates({ ratePerMin: 1, ratePerHour: 2 })
      await accept(now)
      await rates({ ratePerMin: 1, ratePerHour: 2 })
      expect(await attempt(now)).toEqual(['ratePerMin', minute])
      await rates({ ratePerMin: 2, ratePerHour: 2 })
      expect(await attempt(now)).toBe('sent')
      expect(await attempt(now)).toEqual(['ratePerHour', hour / 2])
    })

    describe('new chats', () => {
      beforeEach(() => rates({ newChatsPerDay: 1 }))

      test('the first message to a person begins one, further ones do not', async () => {
        expect([await attempt(now), await attempt(now)]).toEqual(['sent', 'sent'])
        expect(await attempt(now, budi)).toEqual(['newChatsPerDay', day])
        expect(await attempt(now + day, budi)).toBe('sent')
      })

      test('a chat with a person who has written is not new, under any address, and no group is', async () => {
        await store.ingest(owned(sessionId), [message('in'), rinasAlias], now)
        await accept(now, budi)
        expect([await attempt(now), await attempt(now, rinaLid), await attempt(now, group)]).toEqual([
          'sent',
          'sent',
          'sent',
        ])
      })

      test('a chat in which the account has written on its phone is not new; one in which its message failed is', async () => {
        await store.ingest(owned(sessionId), [own('by phone'), own('lost', { chat: budi, status: 'failed' })], now)
        expect(await attempt(now)).toBe('sent')
        expect(await attempt(now, budi)).toBe('sent')
        expect(await attempt(now, '6281222222222@s.whatsapp.net')).toEqual(['newChatsPerDay', day])
      })
    })

    describe('messages that may wait', () => {
      test('are accepted, and counted when they are claimed', async () => {
        await rates({ ratePerMin: 1 })
        const first = await accept(now, rina, true)
        const second = await accept(now, budi, true)
        expect(await claim(first, now)).toBe(1)
        expect(await claim(second, now)).toEqual(['ratePerMin', minute])
        expect(await claim(second, now + minute)).toBe(1)
        expect(await claim(second, now + minute)).toBe(2)
      })

      test('leave a quarter of the rate to those that may not', async () => {
        await rates({ ratePerMin: 4 })
        const waiting = []
        for (let n = 0; n < 4; n += 1) waiting.push(await accept(now, rina, true))
        const claims = []
        for (const id of waiting) claims.push(await claim(id, now))
        expect(claims).toEqual([1, 1, 1, ['ratePerMin', minute / 4]])
        expect(await attempt(now, budi)).toBe('sent')
      })

      test('keep their place before what comes later into their chat', async () => {
        await rates({ ratePerMin: 1 })
        await accept(now, rina, true)
        expect(await attempt(now)).toBe('sent')
        expect(await attempt(now, budi)).toBe('sent')
        expect(await attempt(now, budi)).toEqual(['ratePerMin', minute])
      })

      test('begin a chat when they are claimed: one that expired has used up nothing, and hides nothing', async () => {
        await rates({ newChatsPerDay: 1 })
        const expired = await accept(now, budi, true)
        const later = await accept(now, budi, true)
        await accept(now)
        const failure = { code: 'expired', words: 'too late' }
        await store.ingest(owned(sessionId), [{ kind: 'outcome', id: expired, at: now, failure }], now)
        expect(await claim(later, now)).toEqual(['newChatsPerDay', day])
      })
    })

    test('when WhatsApp refuses because too much was sent, nothing is sent for a while, twice as long each time', async () => {
      await rates({})
      const refused = async (at: number) => {
        const failure = { code: '429', words: 'too often' }
        const id = await accept(at)
        await store.ingest(owned(sessionId), [{ kind: 'outcome', id, at, failure }], at)
      }
      await refused(now)
      expect(await attempt(now)).toEqual(['whatsapp', minute])
      expect(await attempt(now + minute - 1)).toEqual(['whatsapp', 1])
      await refused(now + minute)
      expect(await attempt(now + minute)).toEqual(['whatsapp', 2 * minute])
      await refused(now + day)
      expect(await attempt(now + day)).toEqual(['whatsapp', minute])
    })

    test('a change counts, and is not refused', async () => {
      await rates({ ratePerMin: 2 })
      await accept(now)
      const [{ id }] = (await messagesOf(store, sessionId, rina)) as [{ id: string }]
      for (const waId of ['C1', 'C2'])
        await store.acceptChange(
          { sessionId, organizationId },
          {
            waId,
            messageId: id,
            draft: { type: 'revoke', target: { chat: rina, id: 'P', fromMe: true }, at: now },
            expiresAt: now + day,
          },
          now,
        )
      expect(await attempt(now)).toEqual(['ratePerMin', minute / 2])
    })

    test('what was not sent in its time fails, and so does what nobody acknowledged for a week', async () => {
      await rates({})
      const [unsent, written, fresh] = [await accept(now, rina, true), await accept(now), await accept(now)]
      await claim(written, now)
      await claim(fresh, now + day)
      const byId = async () => new Map((await messagesOf(store, sessionId, rina)).map((one) => [one.waMessageId, one]))
      // Other sessions have overdue ones, too.
      await store.failOverdue(now + day - 1, 10_000)
      expect([...(await byId()).values()].map(({ status }) => status)).toEqual(['pending', 'pending', 'pending'])
      expect(await store.failOverdue(now + 7 * day, 1)).toBe(1)
      await store.failOverdue(now + 7 * day, 10_000)
      expect(await store.failOverdue(now + 7 * day, 10_000)).toBe(0)
      const ended = await byId()
      expect(ended.get(unsent)).toMatchObject({ status: 'failed', error: 'the message was not sent in time' })
      expect(ended.get(written)).toMatchObject({ status: 'failed' })
      expect(ended.get(fresh)).toMatchObject({ status: 'pending' })
    })

    test('what may be sent can be asked without being counted', async () => {
      await rates({ ratePerMin: 1 })
      for (let n = 0; n < 3; n += 1) expect(await store.findTooSoon(sessionId, rina, now)).toBeUndefined()
      await accept(now)
      expect(await store.findTooSoon(sessionId, rina, now)).toMatchObject({ reason: 'ratePerMin', waitMs: minute })
    })
  })
