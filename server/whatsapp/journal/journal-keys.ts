/**
 * Journal entries are passed to the store as a key type of their own, so that they are part of the one write with which the library
 * commits the changes of a decryption.
 */
import type { SignalDataSet } from '../library.ts'

export const journalType = 'decrypt-journal'

/** The part of such a write that is a journal entry. */
export const journaling = (hash: Buffer, entry: Buffer): SignalDataSet =>
  ({ [journalType]: { [hash.toString('hex')]: entry } }) as SignalDataSet
