import { describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import { freshSession, message, now, type OpenStore, owned } from './examples.behaviour.ts'

export const wholeBehaviour = (openStore: OpenStore) =>
  describe('the store as a whole', () => {
    test('the secret is 32 bytes and the same each time it is asked for', async () => {
      const store = await openStore()
      const [first, second] = await Promise.all([store.secret(), store.secret()])
      expect(first).toHaveLength(32)
      expect(second).toEqual(first)
      await store.close()
    })

    test('two stores have two secrets', async () => {
      const [one, other] = [await openStore(), await openStore()]
      expect(await one.secret()).not.toEqual(await other.secret())
      await Promise.all([one.close(), other.close()])
    })

    test('check resolves while the store can read and write', async () => {
      const store = await openStore()
      await expect(store.check()).resolves.toBeUndefined()
      await store.close()
    })

    test('closing writes what is pending, may be repeated, and ends the service', async () => {
      const store = await openStore()
      const sessionId = await freshSession(store)
      const pending = store.ingest(owned(sessionId), [message('A')], now)
      await Promise.all([store.close(), store.close()])
      expect(await pending).toMatchObject({ messages: 1 })
      await expect(store.check()).rejects.toThrow(StoreUnavailable)
      await expect(store.sessionsAtWork()).rejects.toThrow(StoreUnavailable)
      await expect(store.ingest(owned(sessionId), [message('B')], now)).rejects.toThrow(StoreUnavailable)
    })
  })
