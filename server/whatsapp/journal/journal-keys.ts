/**
 * Journal entries travel to the store as a key type of their own: so they are in the one write with which the library commits
 * what a decryption has changed.
 */
import type { SignalDataSet } from '../library.ts'

export const journalType = 'decrypt-journal'

/** The part of such a write that is a journal entry. */
export const journaling = (hash: Buffer, entry: Buffer): SignalDataSet =>
  ({ [journalType]: { [hash.toString('hex')]: entry } }) as SignalDataSet
