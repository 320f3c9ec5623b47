import type { Owned } from '../../model/owned.ts'

/** What the gateway has decrypted, until it is stored: with the keys that this used up, it can't be decrypted again. */
export interface JournalEntry {
  /** SHA-256 of the ciphertext: 32 bytes. */
  hash: Buffer
  /** What was decrypted, sealed above the store. */
  entry: Buffer
}

/** An entry that is not settled. */
export interface OpenJournalEntry extends JournalEntry {
  /** Integer that grows with each entry of the session. */
  position: number
  /** How often it was taken up and not come back from: 0 until `setJournalAttempts`. */
  attempts: number
}

/** The journal of what was decrypted and is not in the stored copy yet. */
export interface JournalStore {
  /**
   * What no `ingest` has settled yet, in the order in which it was written. Large entries come fewer at a time than `limit`;
   * none at the end alone.
   * @param page entries after this position; absent = from the first
   */
  listJournal(sessionId: string, page: { after?: number; limit: number }): Promise<OpenJournalEntry[]>
  /** Sets how often these entries were taken up and not come back from. Those that are settled meanwhile are left out. @throws Fenced */
  setJournalAttempts(owned: Owned, positions: number[], attempts: number): Promise<void>
  /** `entry` is absent once it is settled; undefined = never journaled, or settled more than 14 days ago. */
  findJournaled(sessionId: string, hash: Buffer): Promise<Pick<Partial<JournalEntry>, 'entry'> | undefined>
  /** All hashes that are not settled, and the newest of the others, at most so many; in no order. */
  recentJournal(sessionId: string, limit: number): Promise<Buffer[]>
}
