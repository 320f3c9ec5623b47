/**
 * Sees to it that each message which WhatsApp was told to have arrived is told to the store: what was decrypted is journaled
 * before the receipt, told when the library tells it, and settled with the commit that stores it; what a connection left
 * behind is told when the next one begins.
 */
import type { Fact } from '../../model/facts.ts'
import type { AuthState } from '../credentials/auth-state.ts'
import { createMessageGuard, nothing } from '../guards/message-guard.ts'
import { createRetryBudget } from '../guards/retry-budget.ts'
import type { Notification } from '../history/imports.ts'
import { inAttempts } from '../journal/attempts.ts'
import { openDecryptJournal } from '../journal/decrypt-journal.ts'
import { ciphertextsOf, encodeEntry, hashOf, type Journaled, stanzaHash } from '../journal/journal-entry.ts'
import { journaling } from '../journal/journal-keys.ts'
import { type Left, leftForLibrary, messageOf, type Recovered, recover } from '../journal/recovery.ts'
import type { LibraryLog } from '../library/library-log.ts'
import type { Baileys, BaileysEventMap, BinaryNode, SocketConfig, WAMessage, WASocket } from '../library.ts'
import { type FactEvent, factsOf, type Reading } from '../reading/from-baileys.ts'
import { absent, isPeer, isPlaceholder, stub } from '../reading/special-messages.ts'
import { createBackPressure, type Pausable } from './back-pressure.ts'
import type { IngestQueue } from './ingest-queue.ts'
import { createStanzaGate } from './stanza-gate.ts'

export interface MessageKeeper {
  /** What the library's configuration needs for it. */
  config: Pick<SocketConfig, 'makeSignalRepository' | 'shouldSyncHistoryMessage'>
  /** Call in the tick in which the socket was made. */
  attach(socket: WASocket): void
  /** Queues the facts of an event of the library. */
  tell(event: FactEvent, data: unknown): void
  /** Stores the messages that were decrypted and never told. Entries of before this call are looked at. */
  recover(): Promise<Pick<Recovered, 'messages' | 'setAside'>>
  /** Call when the connection is open: what was recovered and needs the library is given to it. */
  giveBack(): Promise<void>
  /** The history that one of these entries keeps; undefined when none does any more. @throws when the store fails */
  historyIn(entries: Buffer[]): Promise<Notification | undefined>
  /** No more decrypting. */
  close(): void
}

export interface MessageKeeperOptions {
  baileys: Baileys
  auth: AuthState
  queue: IngestQueue
  /** As of now. */
  reading: () => Reading
  log: LibraryLog
  /** Takes a history that the phone has sent; its entries are settled when it is stored. */
  onHistory: (notification: Notification, entries: Buffer[]) => void
  /** Sees each fact before it is stored. */
  watch: (facts: Iterable<Fact>) => Iterable<Fact>
  /** Told of each message of somebody else that pretended to be the account's own phone. It was left out. */
  onSpoofed: () => void
  /** Told of each message that can't be read, or only without a part of it. `cause` in words without what it says. */
  onUnreadable: (cause: string) => void
}

export const openMessageKeeper = async (options: MessageKeeperOptions): Promise<MessageKeeper> => {
  const { baileys, auth, queue, log, onSpoofed, onUnreadable } = options
  const { keys, creds } = auth.state
  const me = () => ({ id: creds.me?.id ?? '', lid: creds.me?.lid ?? '' })
  const guard = createMessageGuard({ baileys, onSpoofed, onLeftOut: onUnreadable })
  const journal = await openDecryptJournal({
    baileys,
    sealed: auth.journal,
    guard,
    me,
    onUnreadable: (stanza) => void socket?.sendRetryRequest(stanza, true).catch(() => {}),
    mayAskAgain: () => budget.take(),
    onGivenUp: (stanza, settled) => {
      // In the journal it waits for the next connection, should it not be told.
      tellOf(stanza, 'unreadable', settled).catch(() => {})
    },
  })
  const budget = createRetryBudget(() => options.reading().now)
  let socket: WASocket | undefined
  let passOn: (stanza: BinaryNode) => Promise<unknown> = async () => {}
  let isClosed = false
  /** Where the journal ended when the connection began. */
  let recoveredTo = 0

  const gate = createStanzaGate({
    pass: async (stanza) => {
      if (isClosed) return
      if (isAwaited(stanza) && !isNeverTold(stanza) && !budget.take()) return passUnasked(stanza)
      await passOn(stanza)
      await tellForgotten(stanza)
    },
    journal: async (stanza) => {
      // What the library would not take for a message it refuses, and says so to WhatsApp.
      const key = keyOf(stanza)
      if (key === undefined) return stanza
      const kept = withGuarded(stanza, key.fromMe === true)
      if (!isNeverTold(stanza)) {
        const hash = stanzaHash(kept)
        await keys.set(journaling(hash, encodeEntry({ stanza: kept })))
        journal.open(kept, hash)
      }
      return kept
    },
    onWaiting: (count) => pressure.weigh(count),
  })

  const keyOf = (stanza: BinaryNode) => {
    try {
      return journal.keyOf(stanza)
    } catch {
      return undefined
    }
  }

  const withGuarded = (stanza: BinaryNode, fromMe: boolean): BinaryNode => {
    if (!Array.isArray(stanza.content)) return stanza
    const content = stanza.content.map((child) =>
      child.tag === 'plaintext' && child.content instanceof Uint8Array
        ? { ...child, content: guard.unencrypted(child.content, fromMe) }
        : child,
    )
    return { ...stanza, content }
  }

  /** Tells a message that the library does not tell. */
  const tellOf = async (stanza: BinaryNode, parts: Buffer[] | 'unreadable', settled: Buffer[]) => {
    const message = await messageOf(stanza, parts, { baileys, guard, me: me(), log })
    queue.push(factsOf('messages.upsert', { messages: [message], type: 'append' }, options.reading()), { settled })
  }

  /** An envelope without its message, when the phone was asked for so many: shown as it is. The library says that it has it. */
  const passUnasked = async (stanza: BinaryNode) => {
    const key = keyOf(stanza)
    await passOn({ ...stanza, content: [{ tag: 'unavailable', attrs: { type: unasked } }] })
    if (key !== undefined && !isClosed) await tellOf(stanza, [], journal.take(key))
  }

  /**
   * The library breaks off in the middle of a message that it did not expect, and is done with it. It was receipted, or refused:
   * nobody else will tell of it.
   */
  const tellForgotten = async (stanza: BinaryNode) => {
    const key = keyOf(stanza)
    if (isClosed || key === undefined || isAwaited(stanza)) return
    const hashes = journal.take(key)
    if (hashes.length === 0) return
    onUnreadable('the library broke off')
    try {
      const said = await Promise.all(ciphertextsOf(stanza).map((part) => auth.journal.find(hashOf(part))))
      const parts = said.map((known) => (typeof known === 'object' ? known.plaintext : undefined))
      const isWhole = parts.every((part) => part !== undefined)
      await tellOf(stanza, isWhole ? parts : 'unreadable', hashes)
    } catch {
      queue.push([], { settled: hashes })
    }
  }

  // The library gives its socket to nobody; should it be elsewhere one day, memory has no bound again, and a fault test says so.
  const pressure = createBackPressure(() => (socket?.ws as { socket?: Pausable | null } | undefined)?.socket)

  /** The entries that are done with once the facts of this event are stored. */
  const settledBy = (event: FactEvent, data: unknown): Buffer[] => {
    switch (event) {
      case 'messages.upsert':
        return (data as Upsert).messages.flatMap(doneWith)
      case 'messages.update':
        // The phone has been asked for it, and answers with a message of its own.
        return (data as BaileysEventMap['messages.update']).flatMap(({ key, update }) =>
          update.messageStubParameters?.[0] === absent ? journal.take(key) : [],
        )
      default:
        return []
    }
  }

  const doneWith = (message: WAMessage): Buffer[] => {
    if (isPlaceholder(message)) return []
    const hashes = journal.take(message.key)
    if (!isPeer(message)) return hashes
    const notification = historyOf(message)
    if (notification) options.onHistory(notification, hashes)
    else if (hashes.length > 0) settleOnceProcessed(hashes)
    return []
  }

  const historyOf = (message: WAMessage): Notification | undefined =>
    isPeer(message) ? (baileys.getHistoryMsg(message.message ?? {}) ?? undefined) : undefined

  /** As it was told, from the journal. */
  const toldOf = async ({ stanza }: Journaled): Promise<WAMessage> => {
    const said = await Promise.all(ciphertextsOf(stanza).map((hash) => auth.journal.find(Buffer.from(hash))))
    const parts = said.map((known) => (typeof known === 'object' && known.plaintext) || nothing())
    return messageOf(stanza, parts, { baileys, guard, me: me(), log })
  }

  /** What the phone says is for the library: it is done with it when it takes the next message. */
  const settleOnceProcessed = (hashes: Buffer[]) => {
    const processed = socket?.messageMutex.mutex(async () => {
      await auth.flush()
      queue.push([], { settled: hashes })
    })
    processed?.catch(() => {})
  }

  const admit = (stanza: BinaryNode) => {
    const taken = guard.stanza(stanza)
    journal.note(taken)
    return gate.admit(taken)
  }

  const give = async ({ stanza, said, hashes }: Left) => {
    if (isClosed) return
    for (const { ciphertext, plaintext } of said) journal.replay(ciphertext, plaintext)
    for (const hash of hashes) journal.open(stanza, hash)
    await admit(stanza)
  }

  return {
    config: {
      makeSignalRepository: journal.makeSignalRepository,
      // It would inflate and decode on the main thread whatever a phone sends. What it does besides is done by
      // `history/imports.ts` and `settings-sync.ts`.
      shouldSyncHistoryMessage: () => false,
    },

    attach(made) {
      socket = made
      const { ws } = made
      const listeners = ws.listeners('CB:message')
      ws.removeAllListeners('CB:message')
      passOn = (stanza) => Promise.all(listeners.map((listener) => listener(stanza)))
      ws.on('CB:message', (stanza: BinaryNode) => void admit(stanza))
      ws.on('newListener', (event: string) => isAnswer(event) && pressure.awaitAnswer(1))
      ws.on('removeListener', (event: string) => isAnswer(event) && pressure.awaitAnswer(-1))
    },

    tell(event, data) {
      const told = event === 'messages.upsert' && isClosed ? withoutCutOff(data as Upsert) : data
      const facts = factsOf(event, told, options.reading())
      queue.push(options.watch(facts), { settled: settledBy(event, told) })
    },

    async recover() {
      const recovered = await recover({
        baileys,
        sealed: auth.journal,
        guard,
        me: me(),
        reading: options.reading(),
        log,
        tell: (facts, settled) => queue.push(facts, { settled }),
        stored: () => queue.idle(),
        onUnreadable: () => onUnreadable('it cannot be read again'),
      })
      recoveredTo = recovered.position
      return recovered
    },

    async giveBack() {
      if (recoveredTo === 0) return
      const giveAll = async (entries: Left[]) => {
        await Promise.all(entries.map(give))
      }
      await inAttempts(leftForLibrary(auth.journal, recoveredTo), auth.journal, giveAll, 'as new')
    },

    async historyIn(entries) {
      for (const hash of entries) {
        const known = await auth.journal.find(hash)
        const notification = typeof known === 'object' && historyOf(await toldOf(known))
        if (notification) return notification
      }
      return undefined
    },

    close() {
      isClosed = true
      pressure.close()
      journal.close()
    },
  }
}

type Upsert = BaileysEventMap['messages.upsert']

/**
 * On a connection that is ending the keys are shut, and the library takes a message that it was at for one that can't be
 * decrypted. WhatsApp has not heard of it and delivers it again: until then its parts that were decrypted, a group's key for
 * one, stay in the journal.
 */
const withoutCutOff = ({ messages, ...more }: Upsert): Upsert => ({
  ...more,
  messages: messages.filter((message) => message.messageStubType !== stub.undecryptable || isPlaceholder(message)),
})

/** Envelopes of which the library says nothing, and asks nobody. */
const unasked = 'view_once_unavailable_fanout'
const neverTold = new Set(['bot_unavailable_fanout', 'hosted_unavailable_fanout', unasked])

const isNeverTold = ({ content }: BinaryNode) =>
  Array.isArray(content) && content.some(({ tag, attrs }) => tag === 'unavailable' && neverTold.has(attrs.type ?? ''))

/** The phone is asked for what did not come with it: the library tells of it when it has been, or has answered. */
const isAwaited = ({ content }: BinaryNode) =>
  !Array.isArray(content) || content.every(({ tag }) => tag !== 'enc' && tag !== 'plaintext')

/** How the library listens for the answer to one of its queries. */
const isAnswer = (event: string) => event.startsWith('TAG:')
