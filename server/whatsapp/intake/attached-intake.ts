/** The messages of one socket: stanzas on their way to the library, and its events on their way to the store. */
import type { EventEmitter } from 'node:events'
import type { AuthState } from '../credentials/auth-state.ts'
import type { MessageGuard } from '../guards/message-guard.ts'
import type { RetryBudget } from '../guards/retry-budget.ts'
import type { HistoryImports } from '../history/imports.ts'
import type { IngestQueue } from '../ingest-queue.ts'
import { inAttempts } from '../journal/attempts.ts'
import type { DecryptJournal } from '../journal/decrypt-journal.ts'
import { type Left, leftForLibrary } from '../journal/recovery.ts'
import type { BinaryNode, WASocket } from '../library.ts'
import { factsOf } from '../reading/from-baileys.ts'
import type { FactEvent, Reading } from '../reading/reading.ts'
import { createBackPressure, type Pausable } from './back-pressure.ts'
import type { JournaledMessages } from './journaled-messages.ts'
import { createRepeats } from './repeated-facts.ts'
import { createSettling } from './settling.ts'
import { createStanzaPassing } from './stanza-passing.ts'
import { createStanzaQueue } from './stanza-queue.ts'
import { storeFirst } from './stored-first.ts'
import type { InTurn } from './turns.ts'

export interface AttachedIntake {
  /** Takes messages, and what is told of groups, calls and channels, before the library gets them. Call in the tick in which the socket was made. */
  takeStanzas(): void
  /** Queues the facts of an event of the library. */
  take(event: FactEvent, data: unknown): void
  /** Call when the connection is open: gives recovered stanzas to the library that only it can process. */
  giveBack(): Promise<void>
}

export interface AttachedIntakeParts {
  auth: AuthState
  queue: IngestQueue
  reading: () => Reading
  guard: MessageGuard
  budget: RetryBudget
  journal: DecryptJournal
  messages: JournaledMessages
  imports: Pick<HistoryImports, 'add' | 'watch'>
  inTurn: InTurn
  /** Position in the journal of the last entry that was recovered; 0 when there was none. */
  recoveredTo: () => number
  /** Aborted when nothing more is to be decrypted. */
  closed: AbortSignal
  onUnreadable: (cause: string) => void
}

export const attachIntake = (socket: WASocket, parts: AttachedIntakeParts): AttachedIntake => {
  const { auth, queue, reading, guard, journal, imports, closed } = parts
  let listeners: ((stanza: BinaryNode) => unknown)[] = []
  const pressure = createBackPressure(() => pausableOf(socket))
  const withoutRepeated = createRepeats()
  closed.addEventListener('abort', pressure.close)

  const stanzas = createStanzaQueue({
    ...createStanzaPassing({
      ...parts,
      keys: auth.state.keys,
      toLibrary: (stanza) => Promise.all(listeners.map((listener) => listener(stanza))),
    }),
    inTurn: parts.inTurn,
    onWaiting: pressure.weigh,
  })
  const settling = createSettling({
    journal,
    historyOf: parts.messages.historyOf,
    onHistory: imports.add,
    onProcessed: (hashes) => settleOnceProcessed(hashes),
    closed,
  })

  /** The phone's own messages are processed by the library, which is done with one when it takes the next. */
  const settleOnceProcessed = (hashes: Buffer[]) => {
    const processed = socket.messageMutex.mutex(async () => {
      await auth.flush()
      queue.push([], { settled: hashes })
    })
    processed.catch(() => {})
  }

  const push = (stanza: BinaryNode) => {
    const kept = guard.stanza(stanza)
    journal.note(kept)
    return stanzas.push(kept)
  }

  const give = async ({ stanza, said, hashes }: Left) => {
    if (closed.aborted) return
    for (const { ciphertext, plaintext } of said) journal.replay(ciphertext, plaintext)
    for (const hash of hashes) journal.open(stanza, hash)
    await push(stanza)
  }

  const storeNotice = (stanza: BinaryNode, onStored: () => void) => {
    if (closed.aborted) return
    const facts = imports.watch(withoutRepeated(factsOf('notice', stanza, reading())))
    queue.push(facts, { onStored: () => closed.aborted || onStored() })
  }

  return {
    takeStanzas() {
      const ws: EventEmitter = socket.ws
      listeners = ws.listeners(messageEvent) as typeof listeners
      ws.removeAllListeners(messageEvent)
      ws.on(messageEvent, (stanza: BinaryNode) => void push(stanza))
      storeFirst(ws, storeNotice)
      ws.on('newListener', (event: string) => isAnswer(event) && pressure.awaitAnswer(1))
      ws.on('removeListener', (event: string) => isAnswer(event) && pressure.awaitAnswer(-1))
    },

    take(event, data) {
      const kept = settling.withoutCutOff(event, data)
      const facts = imports.watch(withoutRepeated(factsOf(event, kept, reading())))
      queue.push(facts, { settled: settling.doneWith(event, kept) })
    },

    async giveBack() {
      const recoveredTo = parts.recoveredTo()
      if (recoveredTo === 0) return
      const giveAll = async (entries: Left[]) => {
        await Promise.all(entries.map(give))
      }
      await inAttempts(leftForLibrary(auth.journal, recoveredTo), auth.journal, giveAll, 'as new')
    },
  }
}

const messageEvent = 'CB:message'

/** How the library listens for the answer to one of its queries. */
const isAnswer = (event: string) => event.startsWith('TAG:')

interface HasSocket extends EventEmitter {
  socket?: Pausable | null
}

/** The library does not expose its socket. If a later version moves it, back-pressure stops working, which a fault test detects. */
const pausableOf = ({ ws }: WASocket) => (ws as EventEmitter as HasSocket).socket
