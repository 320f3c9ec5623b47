/**
 * A session's credentials and Signal keys, sealed, in the store.
 *
 * The order is the promise: what the library is told to be written is written, and what can't be written ends the connection,
 * so that WhatsApp is never told that a message arrived whose keys were lost.
 */
import type { Owned } from '../../model/owned.ts'
import { pause } from '../../model/pause.ts'
import { Fenced } from '../../ports/store/errors.ts'
import type { JournalEntry } from '../../ports/store/journal.ts'
import type { KeyEntry } from '../../ports/store/keys.ts'
import type { CredentialStore, Sealer } from '../credential-store.ts'
import { journalType } from '../journal/journal-keys.ts'
import { createSealedJournal, type SealedJournal, sealEntry } from '../journal/sealed-journal.ts'
import type { AuthenticationState, Baileys, SignalDataSet } from '../library.ts'
import { createKeyCache } from './key-cache.ts'
import { keyText } from './key-text.ts'
import { credsContext, readCreds } from './stored-creds.ts'

export interface AuthStateOptions {
  owned: Owned
  store: CredentialStore
  sealer: Sealer
  /** The library, loaded: its JSON dialect and its way to make new credentials. */
  baileys: Pick<Baileys, 'BufferJSON' | 'initAuthCreds' | 'proto'>
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
 * Keys of one write: to seal them takes some milliseconds, in which nobody else has a turn. More of them (all addresses of the
 * contacts) go in several, each of which stands alone. What a decryption has changed is one write, however much it is.
 */
const mostAtOnce = 500

/** Three tries in less than a second: the store itself already waits for a locked database. */
const defaultRetry: Retry = { attempts: 3, delayMs: 200 }

/**
 * @throws CredentialsUnreadable
 * @throws StoreUnavailable
 */
export const openAuthState = async (options: AuthStateOptions): Promise<AuthState> => {
  const { owned, store, onFailure, retry = defaultRetry } = options
  const { sessionId } = owned
  const creds = await readCreds(options)
  const text = keyText(options.baileys)
  const writes = new Set<Promise<void>>()
  let failure: { error: unknown } | undefined
  let closed = false

  /** Three tries, or one when the session has another owner, then the end: the first failure that stays is reported once and keeps everything else out. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work()
      } catch (error) {
        if (tries >= retry.attempts || error instanceof Fenced) {
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

  const ended = () => new Error('the connection has ended')
  const assertOpen = () => {
    if (closed) throw ended()
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

    set(data) {
      if (closed) return Promise.reject(ended())
      const all = changesOf(data)
      if (all.length === 0) return Promise.resolve()
      const types = new Set(all.map(([type]) => type))
      const before = large.filter((other) => [...types].some((type) => other.types.has(type)))
      if (all.length <= mostAtOnce || types.has(journalType)) {
        // As they are now: the caller may change them.
        const write = prepared(all)
        return before.length === 0 ? write() : track(ends(before).then(write))
      }
      const done = track(ends(before).then(() => writeMany(all)))
      const one = { types, done }
      large.push(one)
      const remove = () => void large.splice(large.indexOf(one), 1)
      done.then(remove, remove)
      return done
    },
  }

  /** What is written piece by piece: what follows of the same types waits, so that the newest stays. */
  const large: { types: Set<string>; done: Promise<void> }[] = []

  const ends = async (writing: { done: Promise<void> }[]) =>
    void (await Promise.allSettled(writing.map(({ done }) => done)))

  const writeMany = async (all: Change[]) => {
    for (let start = 0; start < all.length; start += mostAtOnce) await prepared(all.slice(start, start + mostAtOnce))()
  }

  const prepared = (all: Change[]) => {
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
        ([, id, value]): JournalEntry => sealEntry(options.sealer, sessionId, Buffer.from(id, 'hex'), value as Buffer),
      )
    const entries = changes.map(({ type, id, json }): KeyEntry => {
      const value = json === null ? null : options.sealer.seal(keyContext(sessionId, type, id), Buffer.from(json))
      return { type, id, value }
    })
    return async () => {
      const commit = cache.writing(changes)
      try {
        await track(attempt(() => store.writeKeys(owned, entries, journal)))
      } catch (error) {
        commit.failed()
        throw error
      }
      commit.done()
    }
  }

  let dirty = false
  let saving: Promise<void> | undefined

  const save = async () => {
    while (dirty) {
      dirty = false
      const sealed = options.sealer.seal(credsContext(sessionId), Buffer.from(text.toJson(creds)))
      await attempt(() => store.writeCreds(owned, sealed))
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

const keyContext = (sessionId: string, type: string, id: string) => `${sessionId}/${type}/${id}`

/** Plain JSON of a stored key; undefined when it doesn't open. */
const openKey = (
  { owned: { sessionId }, sealer, onUnreadableKey }: AuthStateOptions,
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

type Change = [type: string, id: string, value: unknown]

const changesOf = (data: SignalDataSet): Change[] =>
  Object.entries(data).flatMap(([type, byId]) =>
    Object.entries(byId ?? {}).map(([id, value]): Change => [type, id, value]),
  )
