/**
 * Sees to it that each message which WhatsApp was told to have arrived is told to the store: what was decrypted is journaled
 * before the receipt, told when the library tells it, and settled with the commit that stores it; what a connection left
 * behind is told when the next one begins.
 */
import type { BaileysEventMap, BinaryNode, proto, SocketConfig, WAMessage, WASocket } from '@whiskeysockets/baileys'
import { type AuthState, journaling } from './auth-state.ts'
import { createBackPressure, type Pausable } from './back-pressure.ts'
import type { Baileys } from './baileys-client.ts'
import { openDecryptJournal } from './decrypt-journal.ts'
import type { Fact } from './facts.ts'
import { type FactEvent, factsOf, type Reading } from './from-baileys.ts'
import type { IngestQueue } from './ingest-queue.ts'
import { encodeEntry, stanzaHash } from './journal-entry.ts'
import type { LibraryLog } from './library-log.ts'
import { leftForLibrary, messageOf, recover } from './recovery.ts'
import { createRetryBudget } from './retry-budget.ts'
import { absent, isPeer, isPlaceholder, stub } from './special-messages.ts'
import { isSpoofed } from './spoofed.ts'
import { createStanzaGate } from './stanza-gate.ts'

export interface MessageKeeper {
  /** What the library's configuration needs for it. */
  config: Pick<SocketConfig, 'makeSignalRepository' | 'shouldSyncHistoryMessage'>
  /** Call in the tick in which the socket was made. */
  attach(socket: WASocket): void
  /** Queues the facts of an event of the library. */
  tell(event: FactEvent, data: unknown): void
  /** Queues the messages that were decrypted and never told. @returns how many; entries of before this call are looked at */
  recover(): Promise<number>
  /** Call when the connection is open: what was recovered and needs the library is given to it. */
  giveBack(): Promise<void>
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
  /** Told of each message of somebody else that pretended to be the account's own phone. It was left out. */
  onSpoofed: () => void
}

export const openMessageKeeper = async (options: MessageKeeperOptions): Promise<MessageKeeper> => {
  const { baileys, auth, queue, log, onSpoofed } = options
  const { keys, creds } = auth.state
  const me = () => ({ id: creds.me?.id ?? '', lid: creds.me?.lid ?? '' })
  const journal = await openDecryptJournal({
    baileys,
    sealed: auth.journal,
    me,
    onUnreadable: (stanza) => void socket?.sendRetryRequest(stanza, true).catch(() => {}),
    mayAskAgain: () => budget.take(),
    onGivenUp: (stanza, settled) => {
      const shown = messageOf(stanza, 'unreadable', { baileys, me: me(), log }).then((message) =>
        queue.push(factsOf('messages.upsert', { messages: [message], type: 'append' }, options.reading()), { settled }),
      )
      // In the journal it waits for the next connection.
      shown.catch(() => {})
    },
    onSpoofed,
  })
  const budget = createRetryBudget(() => options.reading().now)
  let socket: WASocket | undefined
  let passOn: (stanza: BinaryNode) => Promise<unknown> = async () => {}
  let isClosed = false
  /** The library is at work on history, and has not told it yet. */
  let isHistoryAwaited = false
  /** Where the journal ended when the connection began. */
  let recoveredTo = 0

  const gate = createStanzaGate({
    pass: async (stanza) => {
      if (!isClosed) await passOn(stanza)
    },
    journal: async (stanza) => {
      const { fromMe } = baileys.decodeMessageNode(stanza, me().id, me().lid).fullMessage.key
      const kept = fromMe ? stanza : withoutSpoof(stanza)
      if (!isNeverTold(stanza)) {
        const hash = stanzaHash(kept)
        await keys.set(journaling(hash, encodeEntry({ stanza: kept })))
        journal.open(kept, hash)
      }
      return kept
    },
    onWaiting: (count) => pressure.weigh(count),
  })

  // The library gives its socket to nobody; should it be elsewhere one day, memory has no bound again, and a fault test says so.
  const pressure = createBackPressure(() => (socket?.ws as { socket?: Pausable | null } | undefined)?.socket)

  const withoutSpoof = (stanza: BinaryNode): BinaryNode => {
    if (!Array.isArray(stanza.content)) return stanza
    const content = stanza.content.map((child) => {
      if (child.tag !== 'plaintext' || !(child.content instanceof Uint8Array)) return child
      if (!isSpoofed(baileys, child.content, false)) return child
      onSpoofed()
      return { ...child, content: Buffer.alloc(0) }
    })
    return { ...stanza, content }
  }

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
      case 'messaging-history.set':
        isHistoryAwaited = false
        return []
      default:
        return []
    }
  }

  const doneWith = (message: WAMessage): Buffer[] => {
    if (isPlaceholder(message)) return []
    const hashes = journal.take(message.key)
    if (!isPeer(message)) return hashes
    if (hashes.length > 0) settleOnceProcessed(hashes)
    return []
  }

  /** What the phone says is for the library: it is done with it when it takes the next message. */
  const settleOnceProcessed = (hashes: Buffer[]) => {
    isHistoryAwaited = false
    const processed = socket?.messageMutex.mutex(async () => {
      // The history could not be had; the next connection tries again.
      if (isHistoryAwaited) return
      await auth.flush()
      queue.push([], { settled: hashes })
    })
    processed?.catch(() => {})
  }

  return {
    config: {
      makeSignalRepository: journal.makeSignalRepository,
      shouldSyncHistoryMessage: ({ syncType }) => {
        // The recent months that WhatsApp sends to every linked device; years of history would be an import of its own.
        const isWanted = syncType !== fullHistory
        isHistoryAwaited = isWanted && isProcessed(baileys, syncType)
        return isWanted
      },
    },

    attach(made) {
      socket = made
      const { ws } = made
      const listeners = ws.listeners('CB:message')
      ws.removeAllListeners('CB:message')
      passOn = (stanza) => Promise.all(listeners.map((listener) => listener(stanza)))
      ws.on('CB:message', (stanza: BinaryNode) => gate.admit(stanza))
      ws.on('newListener', (event: string) => isAnswer(event) && pressure.awaitAnswer(1))
      ws.on('removeListener', (event: string) => isAnswer(event) && pressure.awaitAnswer(-1))
      // The library tells of each stanza here before it does anything with it.
      ws.on('frame', (frame: unknown) => {
        if (isMessage(frame)) journal.note(frame)
      })
    },

    tell(event, data) {
      const told = event === 'messages.upsert' && isClosed ? withoutCutOff(data as Upsert) : data
      const facts = factsOf(event, told, options.reading())
      queue.push(facts, { paced: event === 'messaging-history.set', settled: settledBy(event, told) })
    },

    async recover() {
      let told = 0
      const tell = async (facts: Fact[], settled: Buffer[]) => {
        queue.push(facts, { settled })
        told += 1
        if (told % maxTold === 0) await queue.idle()
      }
      const recovered = await recover({
        baileys,
        sealed: auth.journal,
        me: me(),
        reading: options.reading(),
        log,
        tell,
      })
      recoveredTo = recovered.position
      await queue.idle()
      return recovered.messages
    },

    async giveBack() {
      if (recoveredTo === 0) return
      for await (const { stanza, said, hashes } of leftForLibrary(auth.journal, recoveredTo)) {
        if (isClosed) return
        journal.note(stanza)
        for (const { ciphertext, plaintext } of said) journal.replay(ciphertext, plaintext)
        for (const hash of hashes) journal.open(stanza, hash)
        gate.admit(stanza)
      }
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

/** Recovered messages that wait for the store. */
const maxTold = 500

/** `HistorySync.HistorySyncType` of the years before. */
const fullHistory = 2

const isProcessed = (
  { PROCESSABLE_HISTORY_TYPES }: Baileys,
  syncType: proto.Message.IHistorySyncNotification['syncType'],
) => PROCESSABLE_HISTORY_TYPES.some((type) => type === syncType)

/** Envelopes of which the library says nothing, and asks nobody. */
const neverTold = new Set(['bot_unavailable_fanout', 'hosted_unavailable_fanout', 'view_once_unavailable_fanout'])

const isNeverTold = ({ content }: BinaryNode) =>
  Array.isArray(content) && content.some(({ tag, attrs }) => tag === 'unavailable' && neverTold.has(attrs.type ?? ''))

/** How the library listens for the answer to one of its queries. */
const isAnswer = (event: string) => event.startsWith('TAG:')

const isMessage = (frame: unknown): frame is BinaryNode =>
  typeof frame === 'object' && frame !== null && 'tag' in frame && frame.tag === 'message'
