/** The decrypt journal of a session, as it is read: unsealed entries. They are written with keys: see auth-state.ts. */
import type { Owned } from '../../model/owned.ts'
import type { JournalEntry } from '../../ports/store/journal.ts'
import type { CredentialStore, Sealer } from '../credential-store.ts'
import { decodeEntry, type Journaled } from './journal-entry.ts'

export interface SealedJournal {
  /** What was decrypted; `settled` when it is stored since; undefined when this ciphertext was never seen. */
  find(hash: Buffer): Promise<Journaled | 'settled' | undefined>
  /** The hashes of the last stanzas, at most so many beside those not stored yet. */
  recent(limit: number): Promise<Buffer[]>
  /** What is not stored yet, in the order in which it came. */
  open(): AsyncGenerator<OpenEntry>
  /** Says how often these entries were taken up by somebody who did not come back. */
  setAttempts(positions: number[], attempts: number): Promise<void>
}

export interface OpenEntry extends Journaled {
  hash: Buffer
  /** Grows with each entry. */
  position: number
  attempts: number
  /** As it is stored. */
  bytes: number
}

/** Entries held in memory at a time, or fewer when they are large. */
const pageSize = 100

export const createSealedJournal = ({
  owned,
  store,
  sealer,
  attempt,
  onUnreadable,
}: {
  owned: Owned
  store: CredentialStore
  sealer: Sealer
  /** Tries work of the store until it succeeds, or has failed for good. */
  attempt: <T>(work: () => Promise<T>) => Promise<T>
  /** Told of each entry that doesn't open. It counts as never written. */
  onUnreadable: () => void
}): SealedJournal => {
  const { sessionId } = owned
  const unseal = (row: JournalEntry): Journaled | undefined => {
    try {
      return openEntry(sealer, sessionId, row)
    } catch {
      onUnreadable()
      return undefined
    }
  }

  return {
    async find(hash) {
      const row = await attempt(() => store.findJournaled(sessionId, hash))
      if (row === undefined) return undefined
      return row.entry === undefined ? 'settled' : unseal({ hash, entry: row.entry })
    },

    recent: (limit) => attempt(() => store.recentJournal(sessionId, limit)),

    async *open() {
      for (let after: number | undefined; ; ) {
        const page = { limit: pageSize, ...(after !== undefined && { after }) }
        const rows = await attempt(() => store.listJournal(sessionId, page))
        for (const { position, attempts, ...row } of rows) {
          const journaled = unseal(row)
          if (journaled !== undefined)
            yield { ...journaled, hash: row.hash, position, attempts, bytes: row.entry.length }
        }
        if (rows.length === 0) return
        after = rows.at(-1)?.position
      }
    },

    setAttempts: (positions, attempts) => attempt(() => store.setJournalAttempts(owned, positions, attempts)),
  }
}

/** For the store: sealed for this session, together with the hash that it is kept under. */
export const sealEntry = (sealer: Sealer, sessionId: string, hash: Buffer, entry: Buffer): JournalEntry => ({
  hash,
  entry: sealer.seal(contextOf(sessionId), Buffer.concat([hash, entry])),
})

/** @throws when it was not sealed under this key, for this session and hash */
const openEntry = (sealer: Sealer, sessionId: string, { hash, entry }: JournalEntry): Journaled => {
  const plain = sealer.open(contextOf(sessionId), entry)
  if (!plain.subarray(0, hash.length).equals(hash)) throw new Error('an entry in the place of another')
  return decodeEntry(plain.subarray(hash.length))
}

/** One for all entries of a session: a context for each hash would need a key for each. */
const contextOf = (sessionId: string) => `${sessionId}/journal`
