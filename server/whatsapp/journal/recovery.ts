/** Recovers messages that were decrypted but never stored, because the process or connection ended in between. */
import type { Fact } from '../../model/facts.ts'
import { type MessageGuard, nothing } from '../guards/message-guard.ts'
import type { LibraryLog } from '../library/library-log.ts'
import type { Baileys, BinaryNode, SignalRepositoryWithLIDStore, WAMessage } from '../library.ts'
import { factsOf } from '../reading/from-baileys.ts'
import type { Reading } from '../reading/reading.ts'
import { isPeer, isPlaceholder } from '../reading/special-messages.ts'
import { inAttempts, isSetAside } from './attempts.ts'
import { ciphertextsOf, unreadableHash, withCiphertexts } from './journal-entry.ts'
import type { SealedJournal } from './sealed-journal.ts'

export interface RecoveryOptions {
  baileys: Pick<Baileys, 'decryptMessageNode' | 'cleanMessage'>
  sealed: SealedJournal
  guard: MessageGuard
  /** Own addresses, with device; `lid` is empty until known. */
  me: { id: string; lid: string }
  reading: Reading
  log: LibraryLog
  /** Queues facts; `settled` are the entries that are settled with them. */
  queue: (facts: Iterable<Fact>, settled: Buffer[]) => void
  /** Resolves when everything that was queued is stored. */
  stored: () => Promise<void>
  /** Called for each unreadable stanza, which is settled without facts. */
  onUnreadable: (error: unknown) => void
}

export interface Recovered {
  /** How many messages were queued. */
  messages: number
  /** Position of the last entry that was read. */
  position: number
  /** Entries that are set aside: see attempts.ts. */
  setAside: number
}

/** For how long a stanza that is not complete, or that the library can't take, is kept. */
const keptMs = 14 * 24 * 60 * 60 * 1000

/**
 * Queues the messages in the journal, in the order in which they were decrypted, as the library would have emitted them. Two kinds stay
 * in the journal: what the library itself has to process (see `leftForLibrary`), and stanzas with a missing part, which were not
 * acknowledged and are delivered again.
 */
export const recover = async (options: RecoveryOptions): Promise<Recovered> => {
  const { sealed, reading, queue, stored } = options
  const recovered = { messages: 0, position: 0, setAside: 0 }

  async function* whole() {
    for await (const entry of stanzasOf(sealed)) {
      const { stanza, parts, hashes, position } = entry
      recovered.position = position
      if (isSetAside(entry)) recovered.setAside += 1
      else if (parts !== undefined) yield { ...entry, parts }
      else if (isOld(stanza, reading)) queue([], hashes)
    }
  }

  const queueAll = async (entries: (Stanza & { parts: Parts })[]) => {
    for (const { stanza, parts, hashes } of entries) {
      const { facts, isForLibrary } = await readingOf(stanza, parts, options)
      recovered.messages += facts.some(({ kind }) => kind === 'message') ? 1 : 0
      queue(facts, isForLibrary && !isOld(stanza, reading) ? [] : hashes)
    }
    await stored()
  }

  await inAttempts(whole(), sealed, queueAll, 'as before')
  await stored()
  return recovered
}

/** An error concerns this stanza only. */
const readingOf = async (
  stanza: BinaryNode,
  parts: Parts,
  options: RecoveryOptions,
): Promise<{ facts: Fact[]; isForLibrary: boolean }> => {
  try {
    const message = await messageOf(stanza, parts, options)
    const facts = [...factsOf('messages.upsert', { messages: [message], type: 'append' }, options.reading)]
    return { facts, isForLibrary: needsLibrary(message) }
  } catch (error) {
    options.onUnreadable(error)
    return { facts: [], isForLibrary: false }
  }
}

/** The most that WhatsApp's clock and this one differ. An invalid time is ignored. */
const isOld = ({ attrs }: BinaryNode, { now }: Reading) => {
  const at = Number(attrs.t) * 1000
  return !(at >= now - keptMs && at <= now + aheadMs)
}

const aheadMs = 24 * 60 * 60 * 1000

/** A stanza for the library, with the plaintexts of its ciphertexts. */
export interface Left {
  stanza: BinaryNode
  said: { ciphertext: Uint8Array; plaintext: Buffer }[]
  hashes: Buffer[]
  position: number
  attempts: number
  bytes: number
}

/**
 * The stanzas that the library itself has to process after recovery: messages from the account's phone, group keys, and messages that
 * have to be requested again. @param position of the last entry to read
 */
export async function* leftForLibrary(sealed: SealedJournal, position: number): AsyncGenerator<Left> {
  for await (const { stanza, parts, hashes, ...entry } of stanzasOf(sealed)) {
    if (entry.position > position) return
    if (parts !== undefined && parts !== 'unreadable') yield { ...entry, ...rebuilt(stanza, parts), hashes }
  }
}

type Parts = Buffer[] | 'unreadable'

interface Stanza {
  stanza: BinaryNode
  /** The plaintexts of its ciphertexts, in order. Absent when one is missing. */
  parts: Parts | undefined
  hashes: Buffer[]
  position: number
  attempts: number
  bytes: number
}

async function* stanzasOf(sealed: SealedJournal): AsyncGenerator<Stanza> {
  for await (const { stanza, hash, plaintext, ...counted } of sealed.open()) {
    // An entry has hashes in place of ciphertexts.
    const all = ciphertextsOf(stanza).map((part) => Buffer.from(part))
    if (all.length > 0 && plaintext === undefined) {
      yield { stanza, parts: 'unreadable', hashes: [hash], ...counted }
      continue
    }
    const last = all.at(-1)
    const isLast = last?.equals(hash) ?? true
    // The last part was reported as unreadable, or is stored: the stanza will not be delivered again.
    const isOver = last !== undefined && !isLast && (await isKnown(sealed, last))
    const parts: Buffer[] = []
    for (const part of isLast || isOver ? all : []) {
      const known = part.equals(hash) ? { plaintext } : await sealed.find(part)
      if (known !== undefined || isOver) parts.push((typeof known === 'object' && known.plaintext) || nothing())
    }
    const isWhole = (isLast || isOver) && parts.length === all.length
    const bytes = parts.reduce((sum, part) => sum + part.length, counted.bytes)
    const hashes = isWhole && all.length > 0 ? all : [hash]
    yield { ...counted, stanza, parts: isWhole ? parts : undefined, hashes, bytes }
  }
}

const isKnown = async (sealed: SealedJournal, hash: Buffer): Promise<boolean> => {
  const unreadable = await sealed.find(unreadableHash(hash))
  return unreadable !== undefined || (await sealed.find(hash)) === 'settled'
}

/** As the library would have emitted it. */
export const messageOf = async (
  stanza: BinaryNode,
  parts: Parts,
  { baileys, guard, me, log }: Pick<RecoveryOptions, 'baileys' | 'guard' | 'me' | 'log'>,
): Promise<WAMessage> => {
  const { stanza: whole, said } = rebuilt(guard.stanza(stanza), parts === 'unreadable' ? [] : parts)
  const plaintexts = new Map(said.map(({ ciphertext, plaintext }) => [ciphertext, plaintext]))
  const isOwn = () => fullMessage.key.fromMe === true
  const repository = answering((ciphertext) => {
    const plaintext = parts === 'unreadable' ? undefined : plaintexts.get(ciphertext)
    return plaintext && guard.plaintext(plaintext, isOwn())
  })
  const { fullMessage, decrypt } = baileys.decryptMessageNode(whole, me.id, me.lid, repository, log)
  await decrypt()
  baileys.cleanMessage(fullMessage, me.id, me.lid)
  return fullMessage
}

/** Gives each ciphertext unique bytes, by which its plaintext is found. */
const rebuilt = (stanza: BinaryNode, parts: Buffer[]) => {
  const said: Left['said'] = []
  const whole = withCiphertexts(stanza, (hash) => {
    const ciphertext = Buffer.from(hash)
    said.push({ ciphertext, plaintext: parts[said.length] ?? nothing() })
    return ciphertext
  })
  return { stanza: whole, said }
}

/** A Signal repository with known answers, for reading a stanza. */
const answering = (plaintextOf: (ciphertext: Uint8Array) => Buffer | undefined) => {
  const answer = async (ciphertext: Uint8Array) => {
    const plaintext = plaintextOf(ciphertext)
    if (plaintext === undefined) throw new Error('unreadable')
    return plaintext
  }
  return {
    decryptMessage: ({ ciphertext }: { ciphertext: Uint8Array }) => answer(ciphertext),
    decryptGroupMessage: ({ msg }: { msg: Uint8Array }) => answer(msg),
    processSenderKeyDistributionMessage: async () => {},
    migrateSession: async () => ({ migrated: 0, skipped: 0, total: 0 }),
    lidMapping: { getLIDForPN: async () => null, storeLIDPNMappings: async () => {} },
  } as unknown as SignalRepositoryWithLIDStore
}

const needsLibrary = (message: WAMessage) =>
  isPeer(message) || isPlaceholder(message) || message.message?.senderKeyDistributionMessage != null
