import type { Owned } from '../../model/owned.ts'
import type { JournalEntry } from './journal.ts'

/** One entry of a session's Signal key store. */
export interface KeyEntry {
  /** Kind of key, as the library names it. */
  type: string
  /** Unique within its kind. */
  id: string
  /** Sealed by the store's caller; `null` deletes the entry. */
  value: Buffer | null
}

/** A session's Signal keys. */
export interface KeyStore {
  /** The entries that exist, in no order. */
  readKeys(sessionId: string, type: string, ids: string[]): Promise<{ id: string; value: Buffer }[]>
  /**
   * Writes all entries or none, together with the messages that they decrypted, in one commit. A hash that is in the journal already
   * stays as it is.
   * @throws Fenced
   */
  writeKeys(owned: Owned, entries: KeyEntry[], journal?: JournalEntry[]): Promise<void>
}
