/** Reads and unseals the decrypt journal of a session. Entries are written together with keys: see auth-state.ts. */
import type { Owned } from '../../model/owned.ts'
import type { JournalEntry } from '../../ports/store/journal.ts'
import type { CredentialStore, Sealer } from '../credential-store.ts'
import { decodeEntry, type Journaled } from './journal-entry.ts'

export interface SealedJournal {
  /** The plaintext; `settled` when the message is stored; undefined when this ciphertext is unknown. */
  find(hash: Buffer): Promise<Journaled | 'settled' | undefined>
  /** The hashes of the entries that are not settled, and at most so many of the newest others. */
  recent(limit: number): Promise<Buffer[]>
  /** The entries that are not settled yet, in order. */
  open(): AsyncGenerator<OpenEntry>
  /** Sets the attempts of these entries. */
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

/** How many entries are in memory at a time; fewer when they are large. */
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
  /** Retries work of the store until it succeeds or fails permanently. */
  attempt: <T>(work: () => Promise<T>) => Promise<T>
  /** Called for each entry that cannot be opened, which counts as never written. */
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

/** Seals an entry for this session, together with the hash under which it is stored. */
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

/** One context for all entries of a session, because each context needs a derived key. */
const contextOf = (sessionId: string) => `${sessionId}/journal`
