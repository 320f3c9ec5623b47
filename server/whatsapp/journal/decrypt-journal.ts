/**
 * Keeps what is decrypted. The library receipts a message before anyone could store it, and WhatsApp forgets it then; and what
 * was decrypted once can't be decrypted again. So the plaintext is written in the commit that moves the ratchet on, ahead of the
 * receipt, and stays until it is stored.
 */
import type {
  Baileys,
  BinaryNode,
  SignalAuthState,
  SignalKeyStoreWithTransaction,
  SocketConfig,
  WAMessageKey,
} from '../library.ts'
import { createDecryption, type DecryptionOptions } from './decryption.ts'
import { ciphertextsOf } from './journal-entry.ts'
import { createOpenEntries, type OpenEntries } from './open-entries.ts'
import { keepOwnAddresses } from './own-addresses.ts'
import { createRecentHashes } from './recent-hashes.ts'
import type { SealedJournal } from './sealed-journal.ts'

export interface DecryptJournal extends OpenEntries {
  /** For the library's configuration. */
  makeSignalRepository: SocketConfig['makeSignalRepository']
  /** Call with each message stanza before the library gets it. */
  note(stanza: BinaryNode): void
  /** Where the message of this stanza is, and who wrote it. @throws when the library would not take it for a message */
  keyOf(stanza: BinaryNode): WAMessageKey
  /** Makes this ciphertext decrypt to what it did before. */
  replay(ciphertext: Uint8Array, plaintext: Buffer): void
  /** Refuses to decrypt from now on: the connection is ending, and what it decrypts could not be receipted. */
  close(): void
}

export interface DecryptJournalOptions
  extends Pick<DecryptionOptions, 'guard' | 'onUnreadable' | 'mayAskAgain' | 'onGivenUp'> {
  baileys: Pick<Baileys, 'DEFAULT_CONNECTION_CONFIG' | 'decodeMessageNode'>
  sealed: SealedJournal
  me: () => { id: string; lid: string }
}

/** Hashes that are looked for in memory. What is older is looked for when it doesn't decrypt. */
const maxRecent = 10_000

export const openDecryptJournal = async (options: DecryptJournalOptions): Promise<DecryptJournal> => {
  const { baileys, sealed, guard, me } = options
  const stanzaOf = new WeakMap<Uint8Array, BinaryNode>()
  const replays = new WeakMap<Uint8Array, Buffer>()
  let isClosed = false

  const keyOf = (stanza: BinaryNode) => baileys.decodeMessageNode(stanza, me().id, me().lid).fullMessage.key
  const entries = createOpenEntries(keyOf)
  const recent = createRecentHashes(await sealed.recent(maxRecent), maxRecent)
  const decryptOnce = createDecryption({ ...options, entries, recent, keyOf, hasEnded: () => isClosed })

  const decrypt = async (
    keys: SignalKeyStoreWithTransaction,
    lock: string,
    ciphertext: Uint8Array,
    work: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> => {
    if (isClosed) throw new Error('the connection has ended')
    const stanza = stanzaOf.get(ciphertext)
    if (stanza === undefined) throw new Error('a ciphertext that came in no stanza')
    const replayed = replays.get(ciphertext)
    if (replayed !== undefined) return guard.plaintext(replayed, keyOf(stanza).fromMe === true)
    return decryptOnce({ stanza, ciphertext, keys, lock, work })
  }

  return {
    makeSignalRepository(auth, logger, pnToLid) {
      const base = baileys.DEFAULT_CONNECTION_CONFIG.makeSignalRepository(auth, logger, pnToLid)
      const keys = withTransactions(auth)
      keepOwnAddresses(base.lidMapping, me)
      return {
        ...base,
        decryptMessage: (message) => decrypt(keys, message.jid, message.ciphertext, () => base.decryptMessage(message)),
        decryptGroupMessage: (message) =>
          decrypt(keys, message.group, message.msg, () => base.decryptGroupMessage(message)),
      }
    },

    note(stanza) {
      for (const ciphertext of ciphertextsOf(stanza)) stanzaOf.set(ciphertext, stanza)
    },

    keyOf,

    replay(ciphertext, plaintext) {
      replays.set(ciphertext, plaintext)
    },

    ...entries,

    close() {
      isClosed = true
    },
  }
}

/** The library gives its own store to the repository: the one whose transactions end in one write. */
const withTransactions = ({ keys }: SignalAuthState): SignalKeyStoreWithTransaction => {
  if ('transaction' in keys) return keys as SignalKeyStoreWithTransaction
  throw new Error('a key store without transactions')
}
