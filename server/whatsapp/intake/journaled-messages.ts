/** Builds messages from their stanzas and the journal, for those that the library does not emit, or has emitted already. */
import type { MessageGuard } from '../guards/message-guard.ts'
import { nothing } from '../guards/message-guard.ts'
import type { Notification } from '../history/jobs.ts'
import type { IngestQueue } from '../ingest-queue.ts'
import { ciphertextsOf, hashOf, type Journaled } from '../journal/journal-entry.ts'
import { messageOf } from '../journal/recovery.ts'
import type { SealedJournal } from '../journal/sealed-journal.ts'
import type { LibraryLog } from '../library/library-log.ts'
import type { Baileys, BinaryNode, WAMessage } from '../library.ts'
import { factsOf } from '../reading/from-baileys.ts'
import type { Reading } from '../reading/reading.ts'
import { isPeer } from '../reading/special-messages.ts'

export interface JournaledMessages {
  /**
   * Queues the facts of a message that the library does not emit.
   * @param parts the plaintexts of its ciphertexts, in order
   * @param settled entries that are stored with it
   */
  store(stanza: BinaryNode, parts: Buffer[] | 'unreadable', settled: Buffer[]): Promise<void>
  /** The same with the plaintexts in the journal. Settles the entries of a message that cannot be read at all. */
  storeAsJournaled(stanza: BinaryNode, settled: Buffer[]): Promise<void>
  /** The history that a message of the account's phone brings. */
  historyOf(message: WAMessage): Notification | undefined
  /** The history in one of these entries; undefined when it is in none any more. @throws when the store fails */
  historyIn(entries: Buffer[]): Promise<Notification | undefined>
}

export interface JournaledMessagesOptions {
  baileys: Pick<Baileys, 'decryptMessageNode' | 'cleanMessage' | 'getHistoryMsg'>
  sealed: Pick<SealedJournal, 'find'>
  guard: MessageGuard
  me: () => { id: string; lid: string }
  log: LibraryLog
  queue: IngestQueue
  reading: () => Reading
}

export const createJournaledMessages = (options: JournaledMessagesOptions): JournaledMessages => {
  const { baileys, sealed, queue } = options

  const read = (stanza: BinaryNode, parts: Buffer[] | 'unreadable') =>
    messageOf(stanza, parts, { ...options, me: options.me() })

  const plaintextOf = async (hash: Buffer) => {
    const known = await sealed.find(hash)
    return typeof known === 'object' ? known.plaintext : undefined
  }

  const store = async (stanza: BinaryNode, parts: Buffer[] | 'unreadable', settled: Buffer[]) => {
    const message = await read(stanza, parts)
    queue.push(factsOf('messages.upsert', { messages: [message], type: 'append' }, options.reading()), { settled })
  }

  const historyOf = (message: WAMessage) =>
    isPeer(message) ? (baileys.getHistoryMsg(message.message ?? {}) ?? undefined) : undefined

  /** An entry has hashes in place of ciphertexts. */
  const readEntry = async ({ stanza }: Journaled) => {
    const said = await Promise.all(ciphertextsOf(stanza).map((hash) => plaintextOf(Buffer.from(hash))))
    return read(
      stanza,
      said.map((plaintext) => plaintext ?? nothing()),
    )
  }

  return {
    store,

    async storeAsJournaled(stanza, settled) {
      try {
        const parts = await Promise.all(ciphertextsOf(stanza).map((part) => plaintextOf(hashOf(part))))
        const isWhole = parts.every((part) => part !== undefined)
        await store(stanza, isWhole ? parts : 'unreadable', settled)
      } catch {
        queue.push([], { settled })
      }
    },

    historyOf,

    async historyIn(entries) {
      for (const hash of entries) {
        const known = await sealed.find(hash)
        const notification = typeof known === 'object' && historyOf(await readEntry(known))
        if (notification) return notification
      }
      return undefined
    },
  }
}
