import type { SignalDataSet } from '@whiskeysockets/baileys'
import * as baileys from '@whiskeysockets/baileys'
import { beforeEach, describe, expect, test } from 'vitest'
import { createTestCredentials, createTestSealer, ownerOf, type TestCredentials } from '../test-support.ts'
import { type AuthStateOptions, openAuthState } from './auth-state.ts'
import { CredentialsUnreadable } from './stored-creds.ts'

const sealer = createTestSealer()
let store: TestCredentials
let failures: unknown[]
let unreadable: string[]

beforeEach(() => {
  store = createTestCredentials()
  failures = []
  unreadable = []
})

const open = (options: Partial<AuthStateOptions> = {}) =>
  openAuthState({
    owned: ownerOf('sess_1'),
    store,
    sealer,
    baileys,
    onFailure: (error) => failures.push(error),
    onUnreadableKey: (type) => unreadable.push(type),
    retry: { attempts: 3, delayMs: 1 },
    ...options,
  })

/** As a phone that accepted the device leaves it. */
const openPaired = async (options: Partial<AuthStateOptions> = {}) => {
  const auth = await open(options)
  Object.assign(auth.state.creds, {
    me: { id: '6281234567890:1@s.whatsapp.net' },
    account: { details: Buffer.from('d') },
  })
  auth.saveCreds()
  await auth.flush()
  return auth
}

describe('credentials', () => {
  test('are new when none are stored, and then keys of an earlier identity are forgotten', async () => {
    store.keys.set('sess_1/session/1.0', Buffer.from('old'))
    store.keys.set('sess_2/session/1.0', Buffer.from('another session'))

    const auth = await open()

    expect(auth.isPaired()).toBe(false)
    expect([...store.keys.keys()]).toEqual(['sess_2/session/1.0'])
  })

  test('are not stored before a phone has accepted them', async () => {
    const auth = await open()
    auth.saveCreds()
    await auth.flush()

    expect(store.creds.size).toBe(0)
  })

  test('come back as they were', async () => {
    const auth = await openPaired()
    const again = await open()

    expect(again.isPaired()).toBe(true)
    expect(JSON.stringify(again.state.creds)).toBe(JSON.stringify(auth.state.creds))
  })

  test('are never readable at rest', async () => {
    const auth = await openPaired()
    const sealed = store.creds.get('sess_1') ?? Buffer.alloc(0)

    expect(sealed.includes('6281234567890')).toBe(false)
    expect(sealed.includes(Buffer.from(auth.state.creds.noiseKey.private).toString('base64'))).toBe(false)
  })

  test('that changed while they were written are written again', async () => {
    const auth = await openPaired()
    auth.state.creds.nextPreKeyId = 7
    auth.saveCreds()
    auth.state.creds.nextPreKeyId = 8
    auth.saveCreds()
    await auth.flush()

    expect((await open()).state.creds.nextPreKeyId).toBe(8)
  })

  test('with any byte flipped or missing are unreadable, and stay', async () => {
    await openPaired()
    const good = store.creds.get('sess_1') ?? Buffer.alloc(0)
    const spoiled = [good.subarray(0, 0), good.subarray(0, 1), good.subarray(0, good.length / 2), good.subarray(0, -1)]
    for (let at = 0; at < good.length; at += 97) {
      const flipped = Buffer.from(good)
      flipped[at] = (flipped[at] ?? 0) ^ 0x40
      spoiled.push(flipped)
    }

    for (const bytes of spoiled) {
      store.creds.set('sess_1', bytes)
      await expect(open()).rejects.toThrow(CredentialsUnreadable)
      expect(store.creds.get('sess_1')).toBe(bytes)
    }
  })

  test.each(['{}', 'null', '[]', 'no JSON', '{"noiseKey":{"public":"x","private":"y"}}'])(
    'that open but are %s are unreadable',
    async (text) => {
      store.creds.set('sess_1', sealer.seal('sess_1/creds', Buffer.from(text)))

      await expect(open()).rejects.toThrow(CredentialsUnreadable)
    },
  )

  test('of another session do not open', async () => {
    await openPaired()
    store.creds.set('sess_2', store.creds.get('sess_1') ?? Buffer.alloc(0))

    await expect(open({ owned: ownerOf('sess_2') })).rejects.toThrow(CredentialsUnreadable)
  })

  test('that cannot be written end the connection', async () => {
    const auth = await openPaired()
    store.failure = new Error('disk full')
    auth.saveCreds()

    await expect(auth.flush()).rejects.toThrow('disk full')
    expect(failures).toEqual([store.failure])
  })
})

describe('keys', () => {
  const session = { _sessions: { base: { registrationId: 7, currentRatchet: { rootKey: 'cm9vdA==' } } }, version: 'v1' }
  const asSession = (value: unknown) => value as Uint8Array

  test('of all kinds come back as they were, from the store as from the cache', async () => {
    const { state } = await open()
    const pair = { public: Buffer.alloc(32, 1), private: Buffer.alloc(32, 2) }
    const data: baileys.SignalDataSet = {
      'pre-key': { '1': pair },
      session: { '98765.0': asSession(session) },
      'identity-key': { '98765.0': Buffer.alloc(33, 3) },
      'sender-key-memory': { 'g@g.us': { '98765:1@lid': true } },
      'lid-mapping': { '628123': '98765', '98765_reverse': '628123' },
      'device-list': { '628123': ['0', '1'] },
      'app-state-sync-version': { regular: { version: 3, hash: Buffer.alloc(128, 4), indexValueMap: {} } },
      tctoken: { '98765@lid': { token: Buffer.from('t'), timestamp: '1' } },
    }

    await state.keys.set(data)

    for (const keys of [state.keys, (await openWithStoredKeys()).state.keys])
      for (const [type, byId] of Object.entries(data) as [keyof baileys.SignalDataTypeMap, Record<string, unknown>][])
        expect(await keys.get(type, Object.keys(byId))).toEqual(byId)
  })

  test('of app state are rebuilt as what the library computes with', async () => {
    const { state } = await open()
    const key = baileys.proto.Message.AppStateSyncKeyData.fromObject({
      keyData: Buffer.alloc(32, 5),
      timestamp: 1_700_000_000,
      fingerprint: { rawId: 1, currentIndex: 0, deviceIndexes: [0] },
    })

    await state.keys.set({ 'app-state-sync-key': { AAAA: key } })

    const { AAAA } = await (await openWithStoredKeys()).state.keys.get('app-state-sync-key', ['AAAA'])
    expect(AAAA).toBeInstanceOf(baileys.proto.Message.AppStateSyncKeyData)
    expect(Buffer.from(AAAA?.keyData ?? []).equals(Buffer.alloc(32, 5))).toBe(true)
  })

  test('of group senders keep their skipped message keys readable', async () => {
    const { state } = await open()
    const record = [{ senderMessageKeys: [{ iteration: 2, seed: Buffer.from('seed') }] }]

    await state.keys.set({ 'sender-key': { 'g::1::0': Buffer.from(JSON.stringify(record)) } })

    const stored = (await state.keys.get('sender-key', ['g::1::0']))['g::1::0']
    const read = JSON.parse(Buffer.from(stored ?? []).toString(), baileys.BufferJSON.reviver)
    expect(read).toEqual(record)
  })

  test('of one call are one write, deletions included', async () => {
    const { state } = await open()
    await state.keys.set({ 'pre-key': { '1': { public: Buffer.alloc(32), private: Buffer.alloc(32) } } })
    store.writes = []

    await state.keys.set({ session: { '98765.0': asSession(session) }, 'pre-key': { '1': null } })

    expect(store.writes.map((entries) => entries.map(({ type, id, value }) => [type, id, value === null]))).toEqual([
      [
        ['session', '98765.0', false],
        ['pre-key', '1', true],
      ],
    ])
    expect(await state.keys.get('pre-key', ['1'])).toEqual({})
  })

  test('of a call with very many are several writes, and what follows of the same type comes after them', async () => {
    const auth = await openPaired()
    const addresses = Array.from({ length: 1_200 }, (_, n) => [`${n}`, `user ${n}`])
    const done: string[] = []
    const write = async (name: string, data: SignalDataSet) => {
      await auth.state.keys.set(data)
      done.push(name)
    }
    const writes = [
      write('many', { 'lid-mapping': Object.fromEntries(addresses) }),
      write('same type', { 'lid-mapping': { 1199: 'newest' } }),
      write('another type', { session: { '1.0': Buffer.from('s') } }),
    ]
    auth.close()
    await auth.flush()

    expect(done).toEqual(['another type', 'many', 'same type'])
    await Promise.all(writes)
    expect(store.writes.map(({ length }) => length).toSorted((a, b) => a - b)).toEqual([1, 1, 200, 500, 500])
    const again = await open()
    expect(await again.state.keys.get('lid-mapping', ['0', '1198', '1199'])).toEqual({
      0: 'user 0',
      1198: 'user 1198',
      1199: 'newest',
    })
  })

  test('that are stored already are not written again, unless another value is on its way', async () => {
    const { state } = await open()
    const value = { 'device-list': { a: ['0'] } }
    await state.keys.set(value)
    store.writes = []
    await state.keys.set(value)
    expect(store.writes).toEqual([])
    await Promise.all([state.keys.set({ 'device-list': { a: ['1'] } }), state.keys.set(value)])
    expect(store.writes).toHaveLength(2)
    expect(await state.keys.get('device-list', ['a'])).toEqual({ a: ['0'] })
  })

  test('are the reader’s own: changing them changes nothing stored', async () => {
    const { state } = await open()
    await state.keys.set({ 'device-list': { a: ['0'] } })
    const first = await state.keys.get('device-list', ['a'])
    first.a?.push('9')

    expect(await state.keys.get('device-list', ['a'])).toEqual({ a: ['0'] })
  })

  test('that were not written are not in the cache, and the failure ends the connection', async () => {
    const { state } = await open()
    await state.keys.set({ 'device-list': { a: ['0'] } })
    store.failure = new Error('disk full')

    await expect(state.keys.set({ 'device-list': { a: ['1'] } })).rejects.toThrow('disk full')

    expect(failures).toEqual([store.failure])
    store.failure = undefined
    await expect(state.keys.get('device-list', ['a'])).rejects.toThrow('ended')
    expect((await (await openWithStoredKeys()).state.keys.get('device-list', ['a'])).a).toEqual(['0'])
  })

  test('that fail once are tried again', async () => {
    let calls = 0
    const { state } = await open({
      store: {
        ...store,
        writeKeys: async (owned, entries) => {
          calls += 1
          if (calls === 1) throw new Error('locked')
          return store.writeKeys(owned, entries)
        },
      },
    })

    await state.keys.set({ 'device-list': { a: ['0'] } })

    expect([calls, failures]).toEqual([2, []])
  })

  test('read while a write is under way do not overwrite it in the cache', async () => {
    const slowRead = Promise.withResolvers<void>()
    const { state } = await open({
      store: {
        ...store,
        readKeys: async (sessionId, type, ids) => {
          const rows = await store.readKeys(sessionId, type, ids)
          await slowRead.promise
          return rows
        },
      },
    })
    const reading = state.keys.get('device-list', ['a'])
    await state.keys.set({ 'device-list': { a: ['1'] } })
    slowRead.resolve()
    await reading

    expect(await state.keys.get('device-list', ['a'])).toEqual({ a: ['1'] })
  })

  test('that are not there are looked for once, until they are written', async () => {
    const asked: string[] = []
    const readKeys: typeof store.readKeys = (sessionId, type, ids) => {
      asked.push(...ids)
      return store.readKeys(sessionId, type, ids)
    }
    const { state } = await open({ store: { ...store, readKeys } })
    for (let n = 0; n < 3; n += 1) expect(await state.keys.get('device-list', ['a', 'b'])).toEqual({})
    await state.keys.set({ 'device-list': { a: ['1'] } })

    expect(await state.keys.get('device-list', ['a', 'b'])).toEqual({ a: ['1'] })
    expect(asked).toEqual(['a', 'b'])
  })

  test('that do not open count as missing', async () => {
    const { state } = await open()
    await state.keys.set({ 'device-list': { a: ['0'], b: ['1'] } })
    store.keys.set('sess_1/device-list/a', store.keys.get('sess_1/device-list/b') ?? Buffer.alloc(0))

    const { state: again } = await openWithStoredKeys()

    expect(await again.keys.get('device-list', ['a', 'b'])).toEqual({ b: ['1'] })
    expect(unreadable).toEqual(['device-list'])
  })

  test('are refused after close', async () => {
    const auth = await open()
    auth.close()

    await expect(auth.state.keys.get('session', ['1'])).rejects.toThrow('ended')
    await expect(auth.state.keys.set({ 'device-list': { a: ['0'] } })).rejects.toThrow('ended')
  })

  /** Another connection of the same session: nothing but the store is left of the first. */
  const openWithStoredKeys = () => open({ store: { ...store, clearCredentials: async () => {} } })
})
