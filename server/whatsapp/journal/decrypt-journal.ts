/**
 * The decrypt journal. The library acknowledges a message before it can be stored, WhatsApp then deletes it, and a message cannot be
 * decrypted twice. So the plaintext is written in the commit that advances the ratchet, before the receipt, and stays in the journal
 * until the message is stored.
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
  /** The key and author of this stanza's message. @throws when the library would not treat it as a message */
  keyOf(stanza: BinaryNode): WAMessageKey
  /** Makes this ciphertext decrypt to its journaled plaintext. */
  replay(ciphertext: Uint8Array, plaintext: Buffer): void
  /** Refuses to decrypt from now on: the connection is closing, and messages could not be acknowledged. */
  close(): void
}

export interface DecryptJournalOptions
  extends Pick<DecryptionOptions, 'guard' | 'onUnreadable' | 'mayAskAgain' | 'onGivenUp'> {
  baileys: Pick<Baileys, 'DEFAULT_CONNECTION_CONFIG' | 'decodeMessageNode'>
  sealed: SealedJournal
  me: () => { id: string; lid: string }
}

/** How many hashes are in memory. Older ones are looked up in the store when a message cannot be decrypted. */
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

/** The library's own key store, whose transactions end in one write. */
const withTransactions = ({ keys }: SignalAuthState): SignalKeyStoreWithTransaction => {
  if ('transaction' in keys) return keys as SignalKeyStoreWithTransaction
  throw new Error('a key store without transactions')
}
