/**
 * Keeps what is decrypted. The library receipts a message before anyone could store it, and WhatsApp forgets it then; and what
 * was decrypted once can't be decrypted again. So the plaintext is written in the commit that moves the ratchet on, ahead of the
 * receipt, and stays until it is stored.
 */
import { bareJid } from '../../model/jid.ts'
import { pause } from '../../model/pause.ts'
import { type MessageGuard, nothing } from '../guards/message-guard.ts'
import type {
  Baileys,
  BinaryNode,
  SignalAuthState,
  SignalKeyStoreWithTransaction,
  SignalRepositoryWithLIDStore,
  SocketConfig,
  WAMessageKey,
} from '../library.ts'
import { ciphertextsOf, encodeEntry, hashOf, unreadableHash, withCiphertexts } from './journal-entry.ts'
import { journaling } from './journal-keys.ts'
import type { SealedJournal } from './sealed-journal.ts'

export interface DecryptJournal {
  /** For the library's configuration. */
  makeSignalRepository: SocketConfig['makeSignalRepository']
  /** Call with each message stanza before the library gets it. */
  note(stanza: BinaryNode): void
  /** Where the message of this stanza is, and who wrote it. @throws when the library would not take it for a message */
  keyOf(stanza: BinaryNode): WAMessageKey
  /** Makes this ciphertext decrypt to what it did before. */
  replay(ciphertext: Uint8Array, plaintext: Buffer): void
  /** Says that this entry belongs to the message of this stanza, until `take`. */
  open(stanza: BinaryNode, hash: Buffer): void
  /** The entries of a message, which nobody gets a second time. */
  take(key: WAMessageKey): Buffer[]
  /** Refuses to decrypt from now on: the connection is ending, and what it decrypts could not be receipted. */
  close(): void
}

export interface DecryptJournalOptions {
  baileys: Pick<Baileys, 'DEFAULT_CONNECTION_CONFIG' | 'decodeMessageNode'>
  sealed: SealedJournal
  guard: Pick<MessageGuard, 'plaintext'>
  me: () => { id: string; lid: string }
  /** Told of what the account's phone said to its clients and can't be decrypted: nobody else would ask for it again. */
  onUnreadable: (stanza: BinaryNode) => void
  /** Asked for each message that can't be decrypted: whether its sender is to be asked for it. */
  mayAskAgain: () => boolean
  /** Told of a message that nobody is asked for, with its entries: the library says nothing of it. */
  onGivenUp: (stanza: BinaryNode, hashes: Buffer[]) => void
}

/** Hashes that are looked for in memory. What is older is looked for when it doesn't decrypt. */
const maxRecent = 10_000

/** Messages that are decrypted and not yet told. */
const maxOpened = 10_000

/** How long the keys to what the phone says may take, in steps. */
const phoneWaitsMs = [50, 200, 750]

/** After so many in a row that could not be decrypted nothing is waited for: all other messages of the session stand behind. */
const mostWaitedFor = 3

export const openDecryptJournal = async (options: DecryptJournalOptions): Promise<DecryptJournal> => {
  const { baileys, sealed, guard } = options
  const stanzaOf = new WeakMap<Uint8Array, BinaryNode>()
  const replays = new WeakMap<Uint8Array, Buffer>()
  const opened = new Map<string, Buffer[]>()
  const recent = new Set((await sealed.recent(maxRecent)).map(short))
  let closed = false
  let unreadOfPhone = 0

  const remember = (hash: Buffer) => {
    recent.add(short(hash))
    if (recent.size <= maxRecent) return
    const oldest = recent.values().next()
    if (!oldest.done) recent.delete(oldest.value)
  }

  const keyOf = (stanza: BinaryNode) => {
    const { id, lid } = options.me()
    return baileys.decodeMessageNode(stanza, id, lid).fullMessage.key
  }

  const open = (stanza: BinaryNode, hash: Buffer) => {
    const name = nameOf(keyOf(stanza))
    opened.set(name, [...(opened.get(name) ?? []), hash])
    // Of a few the library never tells. In the journal they wait for the next connection.
    const [oldest] = opened.keys()
    if (opened.size > maxOpened && oldest !== undefined) opened.delete(oldest)
  }

  const take = (key: WAMessageKey) => {
    const name = nameOf(key)
    const hashes = opened.get(name) ?? []
    opened.delete(name)
    return hashes
  }

  /** What this ciphertext said when it was decrypted; of what is stored, nothing: the library receipts it all the same. */
  const recall = async (stanza: BinaryNode, hash: Buffer): Promise<Buffer | undefined> => {
    const known = await sealed.find(hash)
    if (known === undefined) return undefined
    if (known === 'settled') return nothing()
    open(stanza, hash)
    return known.plaintext === undefined ? nothing() : guard.plaintext(known.plaintext, isOwn(stanza))
  }

  const isOwn = (stanza: BinaryNode) => keyOf(stanza).fromMe === true

  const decrypt = async (
    keys: SignalKeyStoreWithTransaction,
    lock: string,
    ciphertext: Uint8Array,
    work: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> => {
    if (closed) throw new Error('the connection has ended')
    const stanza = stanzaOf.get(ciphertext)
    if (stanza === undefined) throw new Error('a ciphertext that came in no stanza')
    const replayed = replays.get(ciphertext)
    if (replayed !== undefined) return guard.plaintext(replayed, isOwn(stanza))
    const hash = hashOf(ciphertext)
    const known = recent.has(short(hash)) ? await recall(stanza, hash) : undefined
    if (known !== undefined) return known

    const journaled = async () => {
      const said = await work().catch((cause: unknown) => {
        throw new Undecryptable('the cipher refuses', { cause })
      })
      const plaintext = guard.plaintext(said, isOwn(stanza))
      await keys.set(journaling(hash, encodeEntry({ stanza: withCiphertexts(stanza, hashOf), plaintext })))
      return plaintext
    }
    const once = async () => {
      // The library's own transaction, inside of this one with the same lock, becomes a part of it.
      const plaintext = await keys.transaction(journaled, lock)
      remember(hash)
      open(stanza, hash)
      if (isFromPhone(stanza)) unreadOfPhone = 0
      return plaintext
    }

    try {
      return await once()
    } catch (error) {
      if (!isUndecryptable(error)) throw error
      const before = await recall(stanza, hash)
      if (before !== undefined) return before
      if (!isFromPhone(stanza)) throw await unreadable(keys, stanza, hash, error.cause)
      return answerOfPhone(stanza, once)
    }
  }

  const isUndecryptable = (error: unknown): error is Undecryptable => error instanceof Undecryptable && !closed

  /**
   * The library receipts what the phone says, readable or not. And it sends a question before it has written the keys for the
   * answer, so the answer may be too early.
   */
  const answerOfPhone = async (stanza: BinaryNode, once: () => Promise<Buffer>): Promise<Buffer> => {
    for (const waitMs of unreadOfPhone < mostWaitedFor ? phoneWaitsMs : []) {
      await pause(waitMs)
      try {
        return await once()
      } catch (error) {
        if (!isUndecryptable(error)) throw error
      }
    }
    unreadOfPhone += 1
    options.onUnreadable(stanza)
    throw new Error('the phone is asked to say it again')
  }

  /** The library tells of it once WhatsApp has been told that it can't be read, and asks its sender for it again. */
  const unreadable = async (
    keys: SignalKeyStoreWithTransaction,
    stanza: BinaryNode,
    hash: Buffer,
    cause: unknown,
  ): Promise<unknown> => {
    const mark = unreadableHash(hash)
    await keys.set(journaling(mark, encodeEntry({ stanza: withCiphertexts(stanza, hashOf) })))
    if (!isUsedUp(cause) && options.mayAskAgain()) {
      open(stanza, mark)
      return cause
    }
    options.onGivenUp(stanza, [mark, ...take(keyOf(stanza))])
    return new Error(usedUp)
  }

  const isFromPhone = (stanza: BinaryNode) => stanza.attrs.category === 'peer' && isOwn(stanza)

  return {
    makeSignalRepository(auth, logger, pnToLid) {
      const base = baileys.DEFAULT_CONNECTION_CONFIG.makeSignalRepository(auth, logger, pnToLid)
      const keys = withTransactions(auth)
      keepOwnAddresses(base.lidMapping, options.me)
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

    open,

    take,

    close() {
      closed = true
    },
  }
}

/**
 * Who the account is, WhatsApp says at each login. What else names it beside a stranger's address would have the library look for
 * the keys of its own phone under that one, and find none.
 */
const keepOwnAddresses = (
  mappings: Pick<SignalRepositoryWithLIDStore['lidMapping'], 'storeLIDPNMappings'>,
  me: DecryptJournalOptions['me'],
) => {
  const store = mappings.storeLIDPNMappings.bind(mappings)
  const isPlausible = ({ lid, pn }: { lid: string; pn: string }) => {
    const [ownNumber, ownLid] = [bareJid(me().id), bareJid(me().lid)]
    if (ownNumber === undefined || ownLid === undefined) return true
    return (bareJid(pn) === ownNumber) === (bareJid(lid) === ownLid)
  }
  mappings.storeLIDPNMappings = async (pairs) => {
    const plausible = pairs.filter(isPlausible)
    return plausible.length === 0 ? undefined : store(plausible)
  }
}

/** The keys are as they were. `cause` is the cipher's reason. */
class Undecryptable extends Error {
  override name = 'Undecryptable'
}

/** The one reason for which the library refuses a message without asking for it and without telling of it. */
const usedUp = 'Key used already or never filled'

const isUsedUp = (error: unknown) => error instanceof Error && error.message === usedUp

/** Enough of a hash to look further. */
const short = (hash: Buffer) => hash.readUInt32BE()

/** Ids are chosen by senders: a message is found by where it is and who wrote it as well. */
const nameOf = ({ remoteJid, participant, fromMe, id }: WAMessageKey) =>
  JSON.stringify([bareJid(remoteJid) ?? remoteJid, bareJid(participant) ?? '', fromMe === true, id])

/** The library gives its own store to the repository: the one whose transactions end in one write. */
const withTransactions = ({ keys }: SignalAuthState): SignalKeyStoreWithTransaction => {
  if ('transaction' in keys) return keys as SignalKeyStoreWithTransaction
  throw new Error('a key store without transactions')
}
