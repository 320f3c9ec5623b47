/** Decrypts a ciphertext once, and journals its plaintext in the write that advances the ratchet; later the journal answers. */
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
  /** Older ones are looked up in the store when a message cannot be decrypted. */
  recent: RecentHashes
  keyOf: (stanza: BinaryNode) => WAMessageKey
  /** Called with an undecryptable message from the account's phone: the library does not request it again. */
  onUnreadable: (stanza: BinaryNode) => void
  /** Whether the sender of an undecryptable message should be asked for it again. */
  mayAskAgain: () => boolean
  /** Called with a message that is not requested again, and its entries: the library emits nothing for it. */
  onGivenUp: (stanza: BinaryNode, hashes: Buffer[]) => void
  /** Whether the connection is closing: a failure to decrypt then has nothing to do with the message. */
  hasEnded: () => boolean
}

export interface Encrypted {
  stanza: BinaryNode
  ciphertext: Uint8Array
  keys: SignalKeyStoreWithTransaction
  /** Key of the library's transaction that changes these Signal keys. */
  lock: string
  /** Decrypts it with the library. */
  work: () => Promise<Uint8Array>
}

/** How long, in steps, to wait for the keys of a message from the phone. */
const phoneWaitsMs = [50, 200, 750]

/** After this many consecutive failures there is no waiting, because all other messages of the session are queued behind. */
const mostWaitedFor = 3

/** @returns the plaintext @throws as the library expects when it cannot be decrypted */
export const createDecryption = (options: DecryptionOptions): ((encrypted: Encrypted) => Promise<Buffer>) => {
  const { sealed, guard, entries, recent, keyOf, hasEnded } = options
  let unreadOfPhone = 0

  const isOwn = (stanza: BinaryNode) => keyOf(stanza).fromMe === true
  const isFromPhone = (stanza: BinaryNode) => stanza.attrs.category === 'peer' && isOwn(stanza)
  const isUndecryptable = (error: unknown): error is Undecryptable => error instanceof Undecryptable && !hasEnded()

  /** The journaled plaintext of a ciphertext; empty if the message is stored already, which the library acknowledges all the same. */
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
    // The library's own transaction, nested with the same lock, becomes a part of this one.
    const plaintext = await keys.transaction(journaled, lock)
    recent.add(hash)
    entries.open(stanza, hash)
    if (isFromPhone(stanza)) unreadOfPhone = 0
    return plaintext
  }

  /**
   * The library acknowledges messages from the phone, readable or not. And it sends a request before it has stored the keys for the
   * answer, so the answer may come too early.
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

  /** The library emits it after it has reported to WhatsApp that it is unreadable and requested it from its sender. */
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

/** The keys are unchanged. `cause` is the cipher's error. */
class Undecryptable extends Error {
  override name = 'Undecryptable'
}

/** The only error for which the library refuses a message without requesting it again and without emitting it. */
const usedUp = 'Key used already or never filled'

const isUsedUp = (error: unknown) => error instanceof Error && error.message === usedUp
