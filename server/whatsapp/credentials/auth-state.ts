/**
 * A session's credentials and Signal keys, sealed, in the store.
 *
 * The order is the promise: what the library is told to be written is written, and what can't be written ends the connection,
 * so that WhatsApp is never told that a message arrived whose keys were lost.
 */
import type { Owned } from '../../model/owned.ts'
import type { CredentialStore, Sealer } from '../credential-store.ts'
import { createSealedJournal, type SealedJournal } from '../journal/sealed-journal.ts'
import type { AuthenticationState, Baileys } from '../library.ts'
import { createKeyStore } from './key-store.ts'
import { keyText } from './key-text.ts'
import { createStoreAttempts, type Retry } from './store-attempts.ts'
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
 * @throws CredentialsUnreadable
 * @throws StoreUnavailable
 */
export const openAuthState = async (options: AuthStateOptions): Promise<AuthState> => {
  const { owned, store, onFailure, onUnreadableKey, retry } = options
  const creds = await readCreds(options)
  const text = keyText(options.baileys)
  const attempts = createStoreAttempts(onFailure, retry)
  const keyStore = createKeyStore({ ...options, text, attempts })
  let dirty = false
  let saving: Promise<void> | undefined

  const isPaired = () => creds.account != null && creds.me != null

  const save = async () => {
    while (dirty) {
      dirty = false
      const sealed = options.sealer.seal(credsContext(owned.sessionId), Buffer.from(text.toJson(creds)))
      await attempts.run(() => store.writeCreds(owned, sealed))
    }
  }

  return {
    state: { creds, keys: keyStore.keys },
    journal: createSealedJournal({
      ...options,
      attempt: attempts.run,
      onUnreadable: () => onUnreadableKey('journal'),
    }),
    isPaired,
    saveCreds() {
      // Before a phone has accepted them they are worth nothing, and an abandoned pairing code would spoil the next try.
      if (!isPaired() || attempts.failure !== undefined) return
      dirty = true
      saving ??= save().finally(() => {
        saving = undefined
      })
      saving.catch(() => {})
    },
    async flush() {
      while (saving !== undefined) await saving
      await keyStore.flush()
      if (attempts.failure !== undefined) throw attempts.failure.error
    },
    close: keyStore.close,
  }
}
