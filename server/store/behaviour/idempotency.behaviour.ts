import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KeptAnswer, KeyTaken, keptForMs, mostKept } from '../../ports/store/idempotency.ts'
import type { Store } from '../../ports/store/store.ts'
import { now, type OpenStore, session } from './examples.behaviour.ts'

const answer = (key: string, more: Partial<KeptAnswer> = {}): KeptAnswer => ({
  organizationId: 'org_keys',
  operationId: 'createSession',
  key,
  fingerprint: Buffer.alloc(32, key),
  status: 201,
  body: `{"label":"${key} 🙂"}`,
  keptAt: now,
  ...more,
})

export const idempotencyBehaviour = (openStore: OpenStore) =>
  describe('kept answers', () => {
    let store: Store
    let made = 0
    beforeAll(async () => {
      store = await openStore()
    })
    afterAll(() => store.close())

    /** Creates a session of the organization under a key. @returns its id */
    const create = async (kept: KeptAnswer) => {
      const id = `sess_keyed${made++}`
      await store.insertSession(session(id, { organizationId: kept.organizationId }), kept)
      return id
    }

    test('an answer is found under its key, as it was given', async () => {
      const whole = answer('whole', { sessionId: 'sess_1', fingerprint: Buffer.from('0123456789abcdef'.repeat(2)) })
      await create(whole)
      const { fingerprint: _fingerprint, status: _status, body: _body, keptAt: _keptAt, ...call } = whole
      expect(await store.findKeptAnswer(call, now)).toEqual(whole)
    })

    test.each<Partial<KeptAnswer>>([
      { key: 'other' },
      { organizationId: 'org_other' },
      { operationId: 'createWebhook' },
      { sessionId: 'sess_other' },
    ])('an answer is not found under another key: %j', async (other) => {
      const kept = answer(`scoped by ${Object.keys(other)}`)
      await create(kept)
      expect(await store.findKeptAnswer({ ...kept, ...other }, now)).toBeUndefined()
    })

    test('a key is taken once: a second call under it is not carried out', async () => {
      await create(answer('once'))
      const again = session('sess_again', { organizationId: 'org_keys' })
      await expect(store.insertSession(again, answer('once', { body: '{}' }))).rejects.toThrow(KeyTaken)
      expect(await store.findSession('org_keys', 'sess_again')).toBeUndefined()
      expect((await store.findKeptAnswer(answer('once'), now))?.body).toBe('{"label":"once 🙂"}')
    })

    test('of two calls at once under one key, one is carried out', async () => {
      const outcomes = await Promise.allSettled([create(answer('both')), create(answer('both')), create(answer('own'))])
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    })

    test('an answer is not kept without its effect', async () => {
      await store.insertSession(session('sess_taken'))
      await expect(store.insertSession(session('sess_taken'), answer('without effect'))).rejects.toThrow()
      expect(await store.findKeptAnswer(answer('without effect'), now)).toBeUndefined()
    })

    test('after seven days the key is free, whether or not the answer was removed', async () => {
      const old = answer('old')
      await create(old)
      expect(await store.findKeptAnswer(old, now + keptForMs - 1)).toEqual(old)
      expect(await store.findKeptAnswer(old, now + keptForMs)).toBeUndefined()
      await create(answer('old', { keptAt: now + keptForMs, body: '{"label":"new"}' }))
      expect((await store.findKeptAnswer(old, now + keptForMs))?.body).toBe('{"label":"new"}')
    })

    test('old answers are removed a few at a time, the others stay', async () => {
      const long = now - 2 * keptForMs
      for (const key of ['purged 1', 'purged 2', 'purged 3']) await create(answer(key, { keptAt: long }))
      const young = answer('young', { keptAt: long + 1 })
      await create(young)
      expect(await store.purgeKeptAnswers(long + keptForMs, 2)).toBe(2)
      expect(await store.purgeKeptAnswers(long + keptForMs, 2)).toBe(1)
      expect(await store.purgeKeptAnswers(long + keptForMs, 2)).toBe(0)
      expect(await store.findKeptAnswer(young, young.keptAt)).toEqual(young)
    })

    test('of one operation of an organization, the newest are kept', async () => {
      const scope = { organizationId: 'org_many' }
      const elsewhere = answer('elsewhere', { keptAt: now - 1 })
      await create(elsewhere)
      for (let n = 0; n <= mostKept; n += 500) {
        const batch = Array.from({ length: Math.min(500, mostKept + 1 - n) }, (_, index) => n + index)
        await Promise.all(batch.map((at) => create(answer(`many ${at}`, { ...scope, keptAt: now + at }))))
      }
      expect(await store.findKeptAnswer(answer('many 0', scope), now)).toBeUndefined()
      expect(await store.findKeptAnswer(answer('many 1', scope), now)).toBeDefined()
      expect(await store.findKeptAnswer(elsewhere, now)).toEqual(elsewhere)
    }, 60_000)

    test("a session's answers go with the session", async () => {
      const id = await create(answer('of nobody'))
      const kept = answer('of a session', { sessionId: id })
      await create(kept)
      await store.deleteSession(id)
      expect(await store.findKeptAnswer(kept, now)).toBeUndefined()
      expect(await store.findKeptAnswer(answer('of nobody'), now)).toBeDefined()
    })
  })
