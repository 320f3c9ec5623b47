/** Decrypts a ciphertext once, and journals what it said in the write that moves the ratchet on; later it is recalled. */
import { pause } from '../../model/pause.ts'
import { type MessageGuard, nothing } from '../guards/message-guard.ts'
import type { BinaryNode, SignalKeyStoreWithTransaction, WAMessageKey } from '../library.ts'
import { encodeEntry, hashOf, unreadableHash, withCiphertexts } from './journal-entry.ts'
import { journaling } from './journal-keys.ts'
import type { OpenEntries } from './open-entries.ts'
import type { RecentHashes } from './recent-hashes.ts'
import type { SealedJournal } from './sealed-journal.ts'

export interface DecryptionOptions {
  sealed: Pick<SealedJournal, 'find'>
  guard: Pick<MessageGuard, 'plaintext'>
  entries: OpenEntries
  /** What is older is looked for when it does not decrypt. */
  recent: RecentHashes
  keyOf: (stanza: BinaryNode) => WAMessageKey
  /** Called with what the account's phone said to its clients and cannot be decrypted: nobody else would ask for it again. */
  onUnreadable: (stanza: BinaryNode) => void
  /** Asked for each message that cannot be decrypted: whether its sender is to be asked for it. */
  mayAskAgain: () => boolean
  /** Called with a message that nobody is asked for, and its entries: the library says nothing of it. */
  onGivenUp: (stanza: BinaryNode, hashes: Buffer[]) => void
  /** Whether the connection is ending: what cannot be decrypted then says nothing of the message. */
  hasEnded: () => boolean
}

export interface Encrypted {
  stanza: BinaryNode
  ciphertext: Uint8Array
  keys: SignalKeyStoreWithTransaction
  /** Of the library's transaction with which these keys are changed. */
  lock: string
  /** Has the library decrypt it. */
  work: () => Promise<Uint8Array>
}

/** How long the keys to what the phone says may take, in steps. */
const phoneWaitsMs = [50, 200, 750]

/** After so many in a row that could not be decrypted nothing is waited for: all other messages of the session stand behind. */
const mostWaitedFor = 3

/** @returns what decrypts. @throws as the library expects of what cannot be decrypted */
export const createDecryption = (options: DecryptionOptions): ((encrypted: Encrypted) => Promise<Buffer>) => {
  const { sealed, guard, entries, recent, keyOf, hasEnded } = options
  let unreadOfPhone = 0

  const isOwn = (stanza: BinaryNode) => keyOf(stanza).fromMe === true
  const isFromPhone = (stanza: BinaryNode) => stanza.attrs.category === 'peer' && isOwn(stanza)
  const isUndecryptable = (error: unknown): error is Undecryptable => error instanceof Undecryptable && !hasEnded()

  /** What this ciphertext said when it was decrypted; of what is stored, nothing: the library receipts it all the same. */
  const recall = async (stanza: BinaryNode, hash: Buffer): Promise<Buffer | undefined> => {
    const known = await sealed.find(hash)
    if (known === undefined) return undefined
    if (known === 'settled') return nothing()
    entries.open(stanza, hash)
    return known.plaintext === undefined ? nothing() : guard.plaintext(known.plaintext, isOwn(stanza))
  }

  const once = async ({ stanza, ciphertext, keys, lock, work }: Encrypted): Promise<Buffer> => {
    const hash = hashOf(ciphertext)
    const journaled = async () => {
      const said = await work().catch((cause: unknown) => {
        throw new Undecryptable('the cipher refuses', { cause })
      })
      const plaintext = guard.plaintext(said, isOwn(stanza))
      await keys.set(journaling(hash, encodeEntry({ stanza: withCiphertexts(stanza, hashOf), plaintext })))
      return plaintext
    }
    // The library's own transaction, inside of this one with the same lock, becomes a part of it.
    const plaintext = await keys.transaction(journaled, lock)
    recent.add(hash)
    entries.open(stanza, hash)
    if (isFromPhone(stanza)) unreadOfPhone = 0
    return plaintext
  }

  /**
   * The library receipts what the phone says, readable or not. And it sends a question before it has written the keys for the
   * answer, so the answer may be too early.
   */
  const onceKeysHaveCome = async (encrypted: Encrypted): Promise<Buffer> => {
    for (const waitMs of unreadOfPhone < mostWaitedFor ? phoneWaitsMs : []) {
      await pause(waitMs)
      try {
        return await once(encrypted)
      } catch (error) {
        if (!isUndecryptable(error)) throw error
      }
    }
    unreadOfPhone += 1
    options.onUnreadable(encrypted.stanza)
    throw new Error('the phone is asked to say it again')
  }

  /** The library tells of it once WhatsApp has been told that it cannot be read, and asks its sender for it again. */
  const refusal = async ({ stanza, ciphertext, keys }: Encrypted, cause: unknown): Promise<unknown> => {
    const mark = unreadableHash(hashOf(ciphertext))
    await keys.set(journaling(mark, encodeEntry({ stanza: withCiphertexts(stanza, hashOf) })))
    if (!isUsedUp(cause) && options.mayAskAgain()) {
      entries.open(stanza, mark)
      return cause
    }
    options.onGivenUp(stanza, [mark, ...entries.take(keyOf(stanza))])
    return new Error(usedUp)
  }

  return async (encrypted) => {
    const { stanza, ciphertext } = encrypted
    const hash = hashOf(ciphertext)
    const known = recent.has(hash) ? await recall(stanza, hash) : undefined
    if (known !== undefined) return known
    try {
      return await once(encrypted)
    } catch (error) {
      if (!isUndecryptable(error)) throw error
      const before = await recall(stanza, hash)
      if (before !== undefined) return before
      if (!isFromPhone(stanza)) throw await refusal(encrypted, error.cause)
      return onceKeysHaveCome(encrypted)
    }
  }
}

/** The keys are as they were. `cause` is the cipher's reason. */
class Undecryptable extends Error {
  override name = 'Undecryptable'
}

/** The one reason for which the library refuses a message without asking for it and without telling of it. */
const usedUp = 'Key used already or never filled'

const isUsedUp = (error: unknown) => error instanceof Error && error.message === usedUp
