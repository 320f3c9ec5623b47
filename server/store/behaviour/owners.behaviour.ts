import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Owned } from '../../model/owned.ts'
import type { Lease } from '../../ports/ownership.ts'
import { Fenced, SessionGone } from '../../ports/store/errors.ts'
import type { Store } from '../../ports/store/store.ts'
import {
  freshSession,
  message,
  messagesOf,
  now,
  type OpenStore,
  organizationId,
  owned,
  rina,
} from './examples.behaviour.ts'

const creds = Buffer.from('creds')
const key = (value: string) => ({ type: 'session', id: 'a', value: Buffer.from(value) })

/** Every write that only the owner may make. */
const writes: [string, (store: Store, owner: Owned) => Promise<unknown>][] = [
  ['credentials', (store, owner) => store.writeCreds(owner, Buffer.from('stale'))],
  ['a key', (store, owner) => store.writeKeys(owner, [key('stale')])],
  [
    'many keys',
    (store, owner) =>
      store.writeKeys(
        owner,
        Array.from({ length: 20 }, (_, n) => ({ ...key('stale'), id: `${n}` })),
      ),
  ],
  ['a journal entry', (store, owner) => store.writeKeys(owner, [], [{ hash: Buffer.alloc(32, 9), entry: creds }])],
  ['attempts', (store, owner) => store.setJournalAttempts(owner, [1], 3)],
  ['messages', (store, owner) => store.ingest(owner, [message('STALE')], now)],
  ['settled entries alone', (store, owner) => store.ingest(owner, [], now, [Buffer.alloc(32, 1)])],
  ['when a group was asked about', (store, owner) => store.noteGroupAsked(owner, rina, now)],
  ['a status', (store, owner) => store.updateOwned(owner, { status: 'failed', wanted: true }, now + 9)],
  ['nothing, where there were credentials', (store, owner) => store.clearCredentials(owner)],
]

export const ownersBehaviour = (openStore: OpenStore) =>
  describe('owners', () => {
    let store: Store
    let id: string
    beforeAll(async () => {
      store = await openStore()
    })
    afterAll(() => store.close())
    beforeEach(async () => {
      id = await freshSession(store)
      const entry = { hash: Buffer.alloc(32, 1), entry: creds }
      await store.writeCreds(owned(id), creds)
      await store.writeKeys(owned(id), [key('first')], [entry])
      await store.ingest(owned(id), [message('FIRST')], now)
    })

    const acquired = async (): Promise<Lease> => {
      const lease = await store.acquire(id)
      if (lease === undefined) throw new Error('the session was not acquired')
      return lease
    }

    const everything = async () => ({
      row: await store.findSession(organizationId, id),
      creds: await store.readCreds(id),
      keys: await store.readKeys(id, 'session', ['a', '0', '19']),
      journal: await store.listJournal(id, { limit: 9 }),
      messages: await messagesOf(store, id, rina),
    })

    test('each acquisition has the next epoch, and says whose session it is', async () => {
      expect((await acquired()).owned).toEqual({ sessionId: id, organizationId, epoch: 2 })
      const lease = await acquired()
      expect(lease.owned.epoch).toBe(3)
      await lease.release()
      expect((await acquired()).owned.epoch).toBe(4)
    })

    test('many acquire at once: no epoch is given twice', async () => {
      const leases = await Promise.all(Array.from({ length: 20 }, acquired))
      expect(new Set(leases.map((lease) => lease.owned.epoch)).size).toBe(20)
    })

    test('nobody acquires a session that is not there', async () => {
      expect(await store.acquire('sess_nobody')).toBeUndefined()
    })

    test.each(writes)('an owner that was replaced writes %s: fenced, and nothing is stored', async (_, write) => {
      await acquired()
      const before = await everything()
      await expect(write(store, owned(id))).rejects.toThrow(Fenced)
      await expect(write(store, owned(id))).rejects.not.toThrow(SessionGone)
      expect(await everything()).toEqual(before)
    })

    test.each(writes)('the owner of a session that was deleted writes %s: gone', async (_, write) => {
      await store.deleteSession(id)
      await expect(write(store, owned(id))).rejects.toThrow(SessionGone)
      expect(await store.readCreds(id)).toBeUndefined()
    })

    test.each(writes)('nobody has the epoch that is not given yet, who writes %s', async (_, write) => {
      await expect(write(store, owned(id, 2))).rejects.toThrow(Fenced)
    })

    test('in a commit that others share, the stale owner alone fails', async () => {
      const others = await Promise.all(Array.from({ length: 3 }, () => freshSession(store)))
      const lease = await acquired()
      const group = await Promise.allSettled([
        ...others.map((other) => store.ingest(owned(other), [message('A')], now)),
        store.ingest(owned(id), [message('STALE')], now),
        store.ingest(lease.owned, [message('SECOND')], now),
        ...others.map((other) => store.writeCreds(owned(other), creds)),
      ])
      expect(group.map(({ status }) => status)).toEqual([
        ...others.map(() => 'fulfilled'),
        'rejected',
        'fulfilled',
        ...others.map(() => 'fulfilled'),
      ])
      for (const other of others) expect(await messagesOf(store, other, rina)).toHaveLength(1)
      expect((await messagesOf(store, id, rina)).map(({ waMessageId }) => waMessageId)).toEqual(['SECOND', 'FIRST'])
    })

    test('a lease is lost when another is acquired, and when its session is found deleted; not when it is released', async () => {
      const first = await acquired()
      const second = await acquired()
      expect([first.lost.aborted, second.lost.aborted]).toEqual([true, false])
      await second.release()
      expect(second.lost.aborted).toBe(false)

      const third = await acquired()
      await store.deleteSession(id)
      await expect(store.writeCreds(third.owned, creds)).rejects.toThrow(SessionGone)
      expect(third.lost.reason).toBeInstanceOf(SessionGone)
    })

    test('who is no owner may write a label, and read chats as read', async () => {
      await acquired()
      expect(await store.updateSession(id, { label: 'Sales' }, now)).toMatchObject({ label: 'Sales' })
      expect(await store.markChatRead(id, rina, now)).toBeDefined()
    })
  })
