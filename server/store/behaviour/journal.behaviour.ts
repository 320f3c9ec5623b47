import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SessionGone } from '../../ports/store/errors.ts'
import type { JournalEntry } from '../../ports/store/journal.ts'
import type { Store } from '../../ports/store/store.ts'
import { freshSession, message, now, type OpenStore, owned } from './examples.behaviour.ts'

const hashOf = (text: string) => createHash('sha256').update(text).digest()

/** What tells it from others. */
const digestOf = (text: string) => hashOf(text).subarray(0, 8)

const entryOf = (text: string): JournalEntry => ({ hash: hashOf(text), entry: Buffer.from(text) })

const day = 24 * 60 * 60 * 1000

export const journalBehaviour = (openStore: OpenStore) =>
  describe('the journal of what was decrypted', () => {
    let store: Store
    let id: string
    beforeAll(async () => {
      store = await openStore()
    })
    beforeEach(async () => {
      id = await freshSession(store)
    })
    afterAll(() => store.close())

    const journal = (...texts: string[]) => store.writeKeys(owned(id), [], texts.map(entryOf))
    const open = async (page: { after?: number; limit: number } = { limit: 100 }) =>
      (await store.listJournal(id, page)).map(({ entry }) => entry.toString())

    test('an entry is kept with the keys that it used up, byte for byte', async () => {
      const entry = { hash: randomBytes(32), entry: randomBytes(2_000) }
      await store.writeKeys(owned(id), [{ type: 'session', id: 'a', value: Buffer.from('next') }], [entry])

      expect(await store.findJournaled(id, entry.hash)).toEqual({ entry: entry.entry })
      expect(await store.readKeys(id, 'session', ['a'])).toEqual([{ id: 'a', value: Buffer.from('next') }])
      expect(await store.readKeys(id, 'journal', [entry.hash.toString('hex')])).toEqual([])
    })

    test('what is not settled is listed in the order in which it came, page by page', async () => {
      await journal('one', 'two')
      await journal('three')

      expect(await open()).toEqual(['one', 'two', 'three'])
      const [first] = await store.listJournal(id, { limit: 1 })
      expect(await open({ after: first?.position ?? 0, limit: 1 })).toEqual(['two'])
    })

    test('large entries come fewer at a time', async () => {
      const entries = Array.from({ length: 5 }, () => ({ hash: randomBytes(32), entry: randomBytes(6_000_000) }))
      for (const entry of entries) await store.writeKeys(owned(id), [], [entry])

      const hashes: Buffer[] = []
      for (let after = 0; ; ) {
        const page = await store.listJournal(id, { after, limit: 100 })
        if (page.length === 0) break
        expect(page.length).toBeLessThan(4)
        hashes.push(...page.map(({ hash }) => hash))
        after = page.at(-1)?.position ?? 0
      }
      expect(hashes).toEqual(entries.map(({ hash }) => hash))
    })

    test('how often an entry was taken up is kept until it is settled', async () => {
      await journal('one', 'two', 'three')
      const attempts = async () => (await store.listJournal(id, { limit: 100 })).map((entry) => entry.attempts)
      expect(await attempts()).toEqual([0, 0, 0])
      const [one, two] = (await store.listJournal(id, { limit: 2 })).map(({ position }) => position)
      await store.setJournalAttempts(owned(id), [one ?? 0, two ?? 0], 1)
      await store.setJournalAttempts(owned(id), [two ?? 0], 2)
      await store.setJournalAttempts(owned(id), [], 9)
      await store.setJournalAttempts(owned(await freshSession(store)), [one ?? 0], 9)
      expect(await attempts()).toEqual([1, 2, 0])

      await store.ingest(owned(id), [], now, [hashOf('one')])
      await store.setJournalAttempts(owned(id), [one ?? 0], 5)
      expect(await attempts()).toEqual([2, 0])
    })

    test('the same ciphertext again changes nothing', async () => {
      await journal('one', 'two')
      await store.writeKeys(owned(id), [], [{ hash: hashOf('one'), entry: Buffer.from('other') }])

      expect(await open()).toEqual(['one', 'two'])
    })

    test('a settled entry keeps its hash and nothing else', async () => {
      await journal('one', 'two')
      expect(await store.ingest(owned(id), [message('A')], now, [hashOf('one')])).toMatchObject({ messages: 1 })

      expect(await open()).toEqual(['two'])
      expect(await store.findJournaled(id, hashOf('one'))).toEqual({})
      expect(await store.findJournaled(id, hashOf('three'))).toBeUndefined()
    })

    test('entries are settled without facts, and settling them again changes nothing', async () => {
      await journal('one')
      await store.ingest(owned(id), [], now, [hashOf('one')])
      await store.ingest(owned(id), [], now, [hashOf('one')])

      expect(await open()).toEqual([])
      expect(await store.recentJournal(id, 10)).toEqual([digestOf('one')])
    })

    test('the recent hashes are those not settled, and the newest of the others', async () => {
      await journal('one', 'two', 'three', 'four')
      for (const [n, text] of ['one', 'two', 'three'].entries())
        await store.ingest(owned(id), [], now + n * day, [hashOf(text)])

      const digests = (await store.recentJournal(id, 2)).map((digest) => digest.toString('hex')).sort()
      expect(digests).toEqual(['four', 'three', 'two'].map((text) => digestOf(text).toString('hex')).sort())
    })

    test('a hash is forgotten 14 days after it was settled', async () => {
      await journal('one', 'two', 'three')
      await store.ingest(owned(id), [], now, [hashOf('one')])
      await store.ingest(owned(id), [], now + 13 * day, [hashOf('two')])
      expect(await store.findJournaled(id, hashOf('one'))).toEqual({})
      await store.ingest(owned(id), [], now + 15 * day, [hashOf('three')])
      while ((await store.purgeJournal(now + 15 * day, 1)) === 1);

      expect(await store.findJournaled(id, hashOf('one'))).toBeUndefined()
      expect(await store.findJournaled(id, hashOf('two'))).toEqual({})
    })

    test('nothing is forgotten earlier, and what is forgotten goes a few at a time', async () => {
      // What the sessions of other tests have left would be deleted first.
      await store.purgeJournal(now + 15 * day, 1_000)
      const texts = Array.from({ length: 25 }, (_, n) => `old ${n}`)
      await store.ingest(owned(id), [], now, texts.map(hashOf))
      await store.purgeJournal(now + 14 * day, 1_000)
      for (const text of texts) expect(await store.findJournaled(id, hashOf(text))).toEqual({})

      expect(await store.purgeJournal(now + 15 * day, 10)).toBe(10)
      expect(await store.recentJournal(id, 100)).toHaveLength(15)
      while ((await store.purgeJournal(now + 15 * day, 10)) === 10);
      expect(await store.recentJournal(id, 100)).toEqual([])
    })

    test('sessions have journals of their own', async () => {
      const other = await freshSession(store)
      await journal('one')
      await store.writeKeys(owned(other), [], [{ hash: hashOf('one'), entry: Buffer.from('of the other') }])
      await store.ingest(owned(other), [], now, [hashOf('one')])

      expect(await open()).toEqual(['one'])
    })

    test('it is deleted with the credentials, and with the session', async () => {
      const gone = await freshSession(store)
      await store.writeKeys(owned(gone), [], [entryOf('one')])
      await store.deleteSession(gone)
      expect(await store.findJournaled(gone, hashOf('one'))).toBeUndefined()
      await expect(store.writeKeys(owned(gone), [], [entryOf('one')])).rejects.toThrow(SessionGone)

      await journal('one', 'two')
      await store.ingest(owned(id), [], now, [hashOf('one')])
      await store.clearCredentials(owned(id))
      expect(await store.recentJournal(id, 10)).toEqual([])
    })
  })
