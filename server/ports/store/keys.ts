import type { Owned } from '../../model/owned.ts'
import type { JournalEntry } from './journal.ts'

/** One entry of a session's Signal key store; `value: null` deletes. The bytes are sealed above the store. */
export interface KeyEntry {
  type: string
  id: string
  value: Buffer | null
}

export interface KeyStore {
  /** The entries that exist, in no order. */
  readKeys(sessionId: string, type: string, ids: string[]): Promise<{ id: string; value: Buffer }[]>
  /**
   * All entries or none, and with them what was decrypted by them: one statement, one commit. A hash that is journaled
   * already stays as it is.
   * @throws Fenced
   */
  writeKeys(owned: Owned, entries: KeyEntry[], journal?: JournalEntry[]): Promise<void>
}
