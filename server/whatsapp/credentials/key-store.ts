/** The Signal keys of a session together with its journal entries: sealed, cached, and written in the order of the calls. */
import type { Owned } from '../../model/owned.ts'
import type { JournalEntry } from '../../ports/store/journal.ts'
import type { KeyEntry } from '../../ports/store/keys.ts'
import type { CredentialStore, Sealer } from '../credential-store.ts'
import { journalType } from '../journal/journal-keys.ts'
import { sealEntry } from '../journal/sealed-journal.ts'
import type { AuthenticationState, SignalDataSet } from '../library.ts'
import { createKeyCache, type KeyChange } from './key-cache.ts'
import type { KeyText } from './key-text.ts'
import { type Change, createKeyWrites } from './key-writes.ts'
import type { StoreAttempts } from './store-attempts.ts'

export interface KeyStore {
  /** For the library. */
  keys: AuthenticationState['keys']
  /** Resolves when all writes are done or have failed. */
  flush(): Promise<void>
  /** Refuses reads and writes from now on. */
  close(): void
}

export interface KeyStoreOptions {
  owned: Owned
  store: Pick<CredentialStore, 'readKeys' | 'writeKeys'>
  sealer: Sealer
  text: KeyText
  attempts: StoreAttempts
  /** Called for each stored key that cannot be decrypted. It counts as missing: the protocol creates a new one. */
  onUnreadableKey: (type: string) => void
}

export const createKeyStore = (options: KeyStoreOptions): KeyStore => {
  const { owned, store, text, attempts } = options
  const { sessionId } = owned
  const cache = createKeyCache()
  const writes = createKeyWrites()
  let isClosed = false

  const hasEnded = () => isClosed || attempts.failure !== undefined
  const ended = () => new Error('the connection has ended')

  const read = async (type: string, ids: string[], found: Map<string, string>) => {
    const remember = cache.reading()
    const rows = await attempts.run(() => store.readKeys(sessionId, type, ids))
    const stored = new Set(rows.map(({ id }) => id))
    // The library asks for the devices of a group's members with each message; there are none before it sends one.
    for (const id of ids) if (!stored.has(id)) remember(type, id, null)
    for (const { id, value } of rows) {
      const json = openKey(options, type, id, value)
      if (json === undefined) continue
      found.set(id, json)
      remember(type, id, json)
    }
  }

  /** A copy, because the caller may change them before they are written. */
  const prepare = (changes: Change[]) => {
    const { keys, journal } = written(changes, text)
    const sealed = journal.map(({ hash, entry }) => sealEntry(options.sealer, sessionId, hash, entry))
    return async () => {
      // What encrypted a message is stored before the message is sent, and the library stores it once more after that.
      const changed = keys.filter((key) => !cache.isStored(key))
      if (changed.length === 0 && sealed.length === 0) return
      const entries = changed.map((key) => sealKey(options, key))
      const commit = cache.writing(changed)
      try {
        await writes.track(attempts.run(() => store.writeKeys(owned, entries, sealed)))
      } catch (error) {
        commit.failed()
        throw error
      }
      commit.done()
    }
  }

  return {
    keys: {
      async get(type, ids) {
        if (hasEnded()) throw ended()
        const found = new Map<string, string>()
        const unknown: string[] = []
        for (const id of ids) {
          const known = cache.get(type, id)
          if (known === undefined) unknown.push(id)
          else if (known !== null) found.set(id, known)
        }
        if (unknown.length > 0) await read(type, unknown, found)
        return Object.fromEntries([...found].map(([id, json]) => [id, text.parseKey(type, json)]))
      },

      set(data) {
        if (hasEnded()) return Promise.reject(ended())
        return writes.write(changesOf(data), prepare)
      },
    },

    flush: writes.flush,

    close() {
      isClosed = true
    },
  }
}

const changesOf = (data: SignalDataSet): Change[] =>
  Object.entries(data).flatMap(([type, byId]) =>
    Object.entries(byId ?? {}).map(([id, value]): Change => [type, id, value]),
  )

/** Separates the keys, as JSON, from the journal entries among them. */
const written = (changes: Change[], text: KeyText): { keys: KeyChange[]; journal: JournalEntry[] } => ({
  keys: changes
    .filter(([type]) => type !== journalType)
    .map(([type, id, value]) => ({
      type,
      id,
      json: value === null || value === undefined ? null : text.keyToJson(type, value),
    })),
  journal: changes
    .filter(([type]) => type === journalType)
    .map(([, id, value]) => ({ hash: Buffer.from(id, 'hex'), entry: value as Buffer })),
})

const keyContext = (sessionId: string, type: string, id: string) => `${sessionId}/${type}/${id}`

const sealKey = ({ owned: { sessionId }, sealer }: KeyStoreOptions, { type, id, json }: KeyChange): KeyEntry => {
  const value = json === null ? null : sealer.seal(keyContext(sessionId, type, id), Buffer.from(json))
  return { type, id, value }
}

/** The JSON of a stored key; undefined when it cannot be decrypted. */
const openKey = (
  { owned: { sessionId }, sealer, onUnreadableKey }: KeyStoreOptions,
  type: string,
  id: string,
  sealed: Buffer,
): string | undefined => {
  try {
    const json = sealer.open(keyContext(sessionId, type, id), sealed).toString()
    JSON.parse(json)
    return json
  } catch {
    onUnreadableKey(type)
    return undefined
  }
}
