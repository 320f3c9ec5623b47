/**
 * A session's credentials and Signal keys, sealed, in the store.
 *
 * The guarantee: when the library is told that a write is done, it is durable; a write that fails ends the connection, so that the
 * gateway never acknowledges a message whose keys were lost.
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
  /** The loaded library: its JSON dialect, and how it creates credentials. */
  baileys: Pick<Baileys, 'BufferJSON' | 'initAuthCreds' | 'proto'>
  /** Called once, when all retries have failed. Nothing is written or read after it. */
  onFailure: (error: unknown) => void
  /** Called for each stored key that cannot be decrypted. It counts as missing: the protocol creates a new one. */
  onUnreadableKey: (type: string) => void
  retry?: Retry
}

export interface AuthState {
  /** For the library, which changes `creds` in place. */
  state: AuthenticationState
  /** What was decrypted with these keys; see `journaling` for how it is written. */
  journal: SealedJournal
  /** True once a phone has accepted this device. */
  isPaired(): boolean
  /** Call when the library has changed `creds`. Writes are sequential; several calls may share one. */
  saveCreds(): void
  /** Resolves when everything is written. Rejects when the store failed. */
  flush(): Promise<void>
  /** Refuses keys from now on, so that a closing connection cannot decrypt anything. Credentials are still saved. */
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
      // Credentials that no phone has accepted are useless, and an abandoned pairing code would break the next attempt.
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
