import type { Owned } from '../../model/owned.ts'

/** Decrypted messages, until they are stored: decryption uses up keys, so a message cannot be decrypted a second time. */
export interface JournalEntry {
  /** SHA-256 of the ciphertext: 32 bytes. */
  hash: Buffer
  /** The decrypted message, sealed by the store's caller. */
  entry: Buffer
}

/** An entry that is not settled. */
export interface OpenJournalEntry extends JournalEntry {
  /** Integer that grows with each entry of the session. */
  position: number
  /** How many processes ended while they read it: 0 until `setJournalAttempts`. */
  attempts: number
}

/** The journal of messages that were decrypted and are not in the stored copy yet. */
export interface JournalStore {
  /**
   * The entries that no `ingest` has settled yet, in the order in which they were written. A page of large entries is shorter than
   * `limit`; only the end of the journal is an empty page.
   * @param page entries after this position; absent = from the first
   */
  listJournal(sessionId: string, page: { after?: number; limit: number }): Promise<OpenJournalEntry[]>
  /** Sets the attempts of these entries; ignores those that were settled meanwhile. @throws Fenced */
  setJournalAttempts(owned: Owned, positions: number[], attempts: number): Promise<void>
  /** `entry` is absent once it is settled; undefined = never journaled, or settled more than 14 days ago and purged. */
  findJournaled(sessionId: string, hash: Buffer): Promise<Pick<Partial<JournalEntry>, 'entry'> | undefined>
  /**
   * The first 8 bytes of all hashes that are not settled, and of some settled ones: at least the `limit` newest by day, if there are so
   * many; in no order.
   */
  recentJournal(sessionId: string, limit: number): Promise<Buffer[]>
  /**
   * Removes settled entries that are older than 14 days, and those of sessions that are gone.
   * @returns how many were removed or rewritten; fewer than `limit` = none is left
   */
  purgeJournal(now: number, limit: number): Promise<number>
}
