/** The part of the store that the adapter needs: a session's credentials, Signal keys and decrypt journal. */
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

/** Encryption at rest. `context` names the entry and is authenticated, so that one entry cannot be opened as another. */
export interface Sealer {
  seal(context: string, plain: Buffer): Buffer
  /** @throws when the bytes were not sealed under this key and context */
  open(context: string, sealed: Buffer): Buffer
}
