/**
 * A session's credentials and Signal keys, sealed, in the store.
 *
 * The order is the promise: what the library is told to be written is written, and what can't be written ends the connection,
 * so that WhatsApp is never told that a message arrived whose keys were lost.
 */
import type {
  AuthenticationCreds,
  AuthenticationState,
  SignalDataSet,
  SignalDataTypeMap,
} from '@whiskeysockets/baileys'
import type { JournalEntry, KeyEntry, Store } from '../store/store.ts'
import { createSealedJournal, type SealedJournal, sealEntry } from './sealed-journal.ts'
import { pause } from './waiting.ts'

export type CredentialStore = Pick<
  Store,
  | 'readCreds'
  | 'writeCreds'
  | 'readKeys'
  | 'writeKeys'
  | 'clearCredentials'
  | 'listJournal'
  | 'findJournaled'
  | 'recentJournal'
>

/** Encryption at rest. `context` says what the bytes are and belongs to the seal: bytes of one entry don't open as another. */
export interface Sealer {
  seal(context: string, plain: Buffer): Buffer
  /** @throws when the bytes were not sealed under this key and context */
  open(context: string, sealed: Buffer): Buffer
}

/** The stored credentials can't be decrypted or parsed. They are left as they are: a new identity would unlink the phone. */
export class CredentialsUnreadable extends Error {
  override name = 'CredentialsUnreadable'
}

export interface AuthStateOptions {
  sessionId: string
  store: CredentialStore
  sealer: Sealer
  /** The library, loaded: its JSON dialect and its way to make new credentials. */
  baileys: Pick<typeof import('@whiskeysockets/baileys'), 'BufferJSON' | 'initAuthCreds' | 'proto'>
  /** Told once, when the store has failed for good. Nothing is written or read after it. */
  onFailure: (error: unknown) => void
  /** Told of each stored key that doesn't open. It counts as missing: the protocol makes a new one. */
  onUnreadableKey: (type: string) => void
  retry?: Retry
}

export interface Retry {
  attempts: number
  delayMs: number
}

export interface AuthState {
  /** For the library. Its `creds` is one object that the library changes in place. */
  state: AuthenticationState
  /** What was decrypted with these keys; see `journaling` for how it is written. */
  journal: SealedJournal
  /** True once a phone has accepted this device. */
  isPaired(): boolean
  /** Call when the library says that it changed `creds`. Writes follow each other; several calls may share one. */
  saveCreds(): void
  /** Resolves when all that was to be written is written. Rejects when the store failed. */
  flush(): Promise<void>
  /** Refuses keys from now on, so that a connection that is ending decrypts nothing more. Credentials are still saved. */
  close(): void
}

/**
 * Journal entries travel to the store as a key type of their own: so they are in the one write with which the library commits
 * what a decryption has changed.
 */
const journalType = 'decrypt-journal'

/** The part of such a write that is a journal entry. */
export const journaling = (hash: Buffer, entry: Buffer): SignalDataSet =>
  ({ [journalType]: { [hash.toString('hex')]: entry } }) as SignalDataSet

/** Three tries in less than a second: the store itself already waits for a locked database. */
const defaultRetry: Retry = { attempts: 3, delayMs: 200 }

/**
 * @throws CredentialsUnreadable
 * @throws StoreUnavailable
 */
export const openAuthState = async (options: AuthStateOptions): Promise<AuthState> => {
  const { sessionId, store, onFailure, retry = defaultRetry } = options
  const creds = await readCreds(options)
  const text = serialize(options)
  const writes = new Set<Promise<void>>()
  let failure: { error: unknown } | undefined
  let closed = false

  /** Three tries, then the end: the first failure that stays is reported once and keeps everything else out. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work()
      } catch (error) {
        if (tries >= retry.attempts) {
          closed = true
          if (failure === undefined) {
            failure = { error }
            onFailure(error)
          }
          throw error
        }
        await pause(retry.delayMs)
      }
    }
  }

  const track = <T>(work: Promise<T>): Promise<T> => {
    const done = work.then(
      () => undefined,
      () => undefined,
    )
    writes.add(done)
    void done.finally(() => writes.delete(done))
    return work
  }

  const assertOpen = () => {
    if (closed) throw new Error('the connection has ended')
  }

  const cache = createKeyCache()

  const keys: AuthenticationState['keys'] = {
    async get(type, ids) {
      assertOpen()
      const found = new Map<string, string>()
      for (const id of ids) {
        const known = cache.get(type, id)
        if (known !== undefined) found.set(id, known)
      }
      const missing = ids.filter((id) => !found.has(id))
      if (missing.length > 0) {
        const remember = cache.reading()
        for (const { id, value } of await attempt(() => store.readKeys(sessionId, type, missing))) {
          const json = openKey(options, type, id, value)
          if (json === undefined) continue
          found.set(id, json)
          remember(type, id, json)
        }
      }
      return Object.fromEntries([...found].map(([id, json]) => [id, text.parseKey(type, json)]))
    },

    async set(data) {
      assertOpen()
      const all = changesOf(data)
      const changes = all
        .filter(([type]) => type !== journalType)
        .map(([type, id, value]) => ({
          type,
          id,
          json: value === null || value === undefined ? null : text.keyToJson(type, value),
        }))
      const journal = all
        .filter(([type]) => type === journalType)
        .map(
          ([, id, value]): JournalEntry =>
            sealEntry(options.sealer, sessionId, Buffer.from(id, 'hex'), value as Buffer),
        )
      if (all.length === 0) return
      const entries = changes.map(({ type, id, json }): KeyEntry => {
        const value = json === null ? null : options.sealer.seal(keyContext(sessionId, type, id), Buffer.from(json))
        return { type, id, value }
      })
      const commit = cache.writing(changes)
      try {
        await track(attempt(() => store.writeKeys(sessionId, entries, journal)))
      } catch (error) {
        commit.failed()
        throw error
      }
      commit.done()
    },
  }

  let dirty = false
  let saving: Promise<void> | undefined

  const save = async () => {
    while (dirty) {
      dirty = false
      const sealed = options.sealer.seal(credsContext(sessionId), Buffer.from(text.toJson(creds)))
      await attempt(() => store.writeCreds(sessionId, sealed))
    }
  }

  const isPaired = () => creds.account != null && creds.me != null

  return {
    state: { creds, keys },
    journal: createSealedJournal({ ...options, attempt, onUnreadable: () => options.onUnreadableKey('journal') }),
    isPaired,
    saveCreds() {
      // Before a phone has accepted them they are worth nothing, and an abandoned pairing code would spoil the next try.
      if (!isPaired() || failure !== undefined) return
      dirty = true
      saving ??= save().finally(() => {
        saving = undefined
      })
      saving.catch(() => {})
    },
    async flush() {
      while (saving !== undefined) await saving
      await Promise.all(writes)
      if (failure !== undefined) throw failure.error
    },
    close() {
      closed = true
    },
  }
}

const credsContext = (sessionId: string) => `${sessionId}/creds`
const keyContext = (sessionId: string, type: string, id: string) => `${sessionId}/${type}/${id}`

const readCreds = async (options: AuthStateOptions): Promise<AuthenticationCreds> => {
  const { sessionId, store, baileys } = options
  const sealed = await store.readCreds(sessionId)
  if (sealed === undefined) {
    // Keys without credentials belong to an identity that is gone.
    await store.clearCredentials(sessionId)
    return baileys.initAuthCreds()
  }
  let creds: unknown
  try {
    const plain = options.sealer.open(credsContext(sessionId), sealed)
    creds = JSON.parse(plain.toString(), baileys.BufferJSON.reviver)
  } catch (cause) {
    throw new CredentialsUnreadable('the stored credentials do not open with this encryption key', { cause })
  }
  if (!isCreds(creds)) throw new CredentialsUnreadable('the stored credentials are incomplete')
  return creds
}

const isCreds = (value: unknown): value is AuthenticationCreds => {
  if (typeof value !== 'object' || value === null) return false
  const creds = value as Partial<AuthenticationCreds>
  return (
    isKeyPair(creds.noiseKey) &&
    isKeyPair(creds.signedIdentityKey) &&
    isKeyPair(creds.signedPreKey?.keyPair) &&
    typeof creds.registrationId === 'number' &&
    typeof creds.advSecretKey === 'string' &&
    typeof creds.nextPreKeyId === 'number' &&
    typeof creds.me?.id === 'string' &&
    creds.account != null
  )
}

const isKeyPair = (pair: { public?: unknown; private?: unknown } | undefined) =>
  [pair?.public, pair?.private].every((half) => half instanceof Uint8Array && half.length === 32)

/** Plain JSON of a stored key; undefined when it doesn't open. */
const openKey = (
  { sessionId, sealer, onUnreadableKey }: AuthStateOptions,
  type: string,
  id: string,
  sealed: Buffer,
) => {
  try {
    const json = sealer.open(keyContext(sessionId, type, id), sealed).toString()
    JSON.parse(json)
    return json
  } catch {
    onUnreadableKey(type)
    return undefined
  }
}

const changesOf = (data: SignalDataSet): [type: string, id: string, value: unknown][] =>
  Object.entries(data).flatMap(([type, byId]) =>
    Object.entries(byId ?? {}).map(([id, value]): [string, string, unknown] => [type, id, value]),
  )

/** How the dialect writes byte strings. */
const bytes = '"type":"Buffer"'

const serialize = ({ baileys }: AuthStateOptions) => {
  const { BufferJSON, proto } = baileys
  const toJson = (value: unknown) => JSON.stringify(value, BufferJSON.replacer)
  return {
    toJson,
    keyToJson: (type: string, value: unknown) => {
      if (type === 'sender-key' && value instanceof Uint8Array) return toJson(readableSenderKey(value, toJson))
      // A session is written with each message and holds no bytes: without the library's dialect, JSON is much faster.
      const plain = type === 'session' ? JSON.stringify(value) : undefined
      return plain === undefined || plain.includes(bytes) ? toJson(value) : plain
    },
    parseKey: <T extends keyof SignalDataTypeMap>(type: T, json: string): SignalDataTypeMap[T] => {
      const value: unknown = json.includes(bytes) ? JSON.parse(json, BufferJSON.reviver) : JSON.parse(json)
      const key = type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(value as object) : value
      return key as SignalDataTypeMap[T]
    },
  }
}

/**
 * A sender-key record is JSON in bytes, in which the library writes byte strings as arrays of numbers and can't read them back:
 * every group message that came out of order would be lost. As base64 it can.
 */
const readableSenderKey = (record: Uint8Array, toJson: (value: unknown) => string): Uint8Array => {
  try {
    return Buffer.from(toJson(JSON.parse(Buffer.from(record).toString())))
  } catch {
    return record
  }
}

/** One page of Signal sessions: enough for the chats that are busy at one time. */
const maxCached = 256

interface Change {
  type: string
  id: string
  json: string | null
}

/**
 * The keys used last, as JSON: each reader gets an object of its own. What is being written is in it only once it is stored,
 * and what was read is put in only when nothing was written meanwhile.
 */
const createKeyCache = () => {
  const entries = new Map<string, string>()
  let writes = 0

  const name = (type: string, id: string) => `${type}/${id}`
  const put = (type: string, id: string, json: string) => {
    // A pre-key is used once.
    if (type === 'pre-key') return
    const key = name(type, id)
    entries.delete(key)
    entries.set(key, json)
    if (entries.size <= maxCached) return
    const oldest = entries.keys().next()
    if (!oldest.done) entries.delete(oldest.value)
  }

  return {
    get(type: string, id: string) {
      const json = entries.get(name(type, id))
      if (json !== undefined) put(type, id, json)
      return json
    },
    /** Call before reading the store; what it returns remembers what was read, unless a write came between. */
    reading() {
      const before = writes
      return (type: string, id: string, json: string) => {
        if (writes === before) put(type, id, json)
      }
    },
    writing(changes: Change[]) {
      writes += 1
      return {
        done() {
          writes += 1
          for (const { type, id, json } of changes) {
            if (json === null) entries.delete(name(type, id))
            else put(type, id, json)
          }
        },
        failed() {
          writes += 1
          for (const { type, id } of changes) entries.delete(name(type, id))
        },
      }
    },
  }
}
