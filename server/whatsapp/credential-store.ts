/** What the adapter asks of the store: a session's credentials, Signal keys and decrypt journal. */
import type { Store } from '../ports/store/store.ts'

export type CredentialStore = Pick<
  Store,
  | 'readCreds'
  | 'writeCreds'
  | 'readKeys'
  | 'writeKeys'
  | 'clearCredentials'
  | 'listJournal'
  | 'setJournalAttempts'
  | 'findJournaled'
  | 'recentJournal'
  | 'findRaw'
>

/** Encryption at rest. `context` says what the bytes are and belongs to the seal: bytes of one entry don't open as another. */
export interface Sealer {
  seal(context: string, plain: Buffer): Buffer
  /** @throws when the bytes were not sealed under this key and context */
  open(context: string, sealed: Buffer): Buffer
}
