import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../ports/store/store.ts'
import { freshSession, type OpenStore, owned } from './examples.behaviour.ts'

export const credentialsBehaviour = (openStore: OpenStore) =>
  describe('credentials and Signal keys', () => {
    let store: Store
    let id: string
    beforeAll(async () => {
      store = await openStore()
      id = await freshSession(store)
    })
    afterAll(() => store.close())

    const read = async (type: string, ids: string[], sessionId = id) =>
      new Map((await store.readKeys(sessionId, type, ids)).map((key) => [key.id, key.value]))

    test('credentials come back byte for byte, the newest ones', async () => {
      expect(await store.readCreds(id)).toBeUndefined()
      await store.writeCreds(owned(id), Buffer.from('first'))
      const creds = randomBytes(4096)
      await store.writeCreds(owned(id), creds)
      expect(await store.readCreds(id)).toEqual(creds)
    })

    test('credentials that were written here are the newest', async () => {
      const own = await freshSession(store)
      await store.writeCreds(owned(own), Buffer.from('creds'))
      expect(await store.restoredAt(own)).toBeUndefined()
      expect(await store.restoredAt('sess_unknown')).toBeUndefined()
      expect(await store.acceptRestored()).toBe(0)
    })

    test('keys of many types are set, replaced and deleted in one call', async () => {
      await store.writeKeys(owned(id), [
        { type: 'session', id: 'a', value: Buffer.from([0, 1, 255]) },
        { type: 'session', id: 'b', value: Buffer.alloc(0) },
        { type: 'pre-key', id: 'a', value: Buffer.from('other') },
      ])
      await store.writeKeys(owned(id), [
        { type: 'session', id: 'a', value: Buffer.from('new') },
        { type: 'session', id: 'b', value: null },
        { type: 'session', id: 'c', value: null },
        { type: 'pre-key', id: '2', value: Buffer.from('2') },
      ])
      expect(await read('session', ['a', 'b', 'c'])).toEqual(new Map([['a', Buffer.from('new')]]))
      expect(await read('pre-key', ['a', '2', 'x'])).toEqual(
        new Map([
          ['a', Buffer.from('other')],
          ['2', Buffer.from('2')],
        ]),
      )
    })

    test('of several entries for one key in a call the last one counts', async () => {
      const [first, last] = [Buffer.from('first'), Buffer.from('last')]
      await store.writeKeys(owned(id), [
        { type: 'session', id: 'a', value: first },
        { type: 'session', id: 'b', value: first },
        { type: 'session', id: 'a', value: last },
        { type: 'session', id: 'b', value: null },
      ])
      expect(await read('session', ['a', 'b'])).toEqual(new Map([['a', last]]))
    })

    test('a call without entries, and one without ids, succeeds', async () => {
      await store.writeKeys(owned(id), [])
      expect(await store.readKeys(id, 'session', [])).toEqual([])
    })

    test('ids are text, whatever they look like', async () => {
      const ids = ['1', '01', '1.0', 'null', '"', "'; --", '6281@s.whatsapp.net', 'é\u{1F600}', '']
      await store.writeKeys(
        owned(id),
        ids.map((key) => ({ type: 'lid-mapping', id: key, value: Buffer.from(key) })),
      )
      expect(await read('lid-mapping', ids)).toEqual(new Map(ids.map((key) => [key, Buffer.from(key)])))
    })

    test('a thousand pre-keys are one call', async () => {
      const entries = Array.from({ length: 1000 }, (_, n) => ({ type: 'pre-key', id: `k${n}`, value: randomBytes(64) }))
      await store.writeKeys(owned(id), entries)
      const ids = entries.map((entry) => entry.id)
      expect(await read('pre-key', ids)).toEqual(new Map(entries.map((entry) => [entry.id, entry.value])))
    })

    test('keys of one session are not those of another', async () => {
      const other = await freshSession(store)
      await store.writeKeys(owned(id), [{ type: 'sender-key', id: 'a', value: Buffer.from('mine') }])
      expect(await read('sender-key', ['a'], other)).toEqual(new Map())
    })

    test('clearing deletes the credentials and keys of this session only', async () => {
      const [cleared, kept] = [await freshSession(store), await freshSession(store)]
      for (const sessionId of [cleared, kept]) {
        await store.writeCreds(owned(sessionId), Buffer.from('creds'))
        await store.writeKeys(owned(sessionId), [{ type: 'session', id: 'a', value: Buffer.from('key') }])
      }
      await store.clearCredentials(owned(cleared))
      expect(await store.readCreds(cleared)).toBeUndefined()
      expect(await read('session', ['a'], cleared)).toEqual(new Map())
      expect(await store.readCreds(kept)).toEqual(Buffer.from('creds'))
      expect(await read('session', ['a'], kept)).toEqual(new Map([['a', Buffer.from('key')]]))
    })
  })
