/**
 * Sees to it that each message which WhatsApp was told to have arrived reaches the store: what was decrypted is journaled before
 * the receipt, queued for the store when the library tells it, and settled with the commit that stores it; what a connection
 * left behind is stored when the next one begins.
 */
import type { AuthState } from '../credentials/auth-state.ts'
import { createMessageGuard } from '../guards/message-guard.ts'
import { createRetryBudget } from '../guards/retry-budget.ts'
import type { HistoryImports } from '../history/imports.ts'
import type { Notification } from '../history/jobs.ts'
import type { IngestQueue } from '../ingest-queue.ts'
import { openDecryptJournal } from '../journal/decrypt-journal.ts'
import { type Recovered, recover } from '../journal/recovery.ts'
import type { LibraryLog } from '../library/library-log.ts'
import type { Baileys, SocketConfig, WASocket } from '../library.ts'
import type { Reading } from '../reading/reading.ts'
import { type AttachedIntake, attachIntake } from './attached-intake.ts'
import { createJournaledMessages } from './journaled-messages.ts'

export interface MessageIntake {
  /** What the library's configuration needs for it. */
  config: Pick<SocketConfig, 'makeSignalRepository' | 'shouldSyncHistoryMessage'>
  /** Stores the messages that were decrypted and never stored. Entries of before this call are looked at. */
  recover(): Promise<Pick<Recovered, 'messages' | 'setAside'>>
  /** The history that one of these entries keeps; undefined when none does any more. @throws when the store fails */
  historyIn(entries: Buffer[]): Promise<Notification | undefined>
  /**
   * For the socket that this was configured for, once. Takes nothing over yet.
   * @param imports takes histories that the phone sends, and sees each fact before it is stored
   */
  attach(socket: WASocket, imports: Pick<HistoryImports, 'add' | 'watch'>): AttachedIntake
  /** No more decrypting. */
  close(): void
}

export interface MessageIntakeOptions {
  baileys: Baileys
  auth: AuthState
  queue: IngestQueue
  /** As of now. */
  reading: () => Reading
  log: LibraryLog
  /** Called for each message of somebody else that pretended to be the account's own phone. It was left out. */
  onSpoofed: () => void
  /** Called for each message that cannot be read, or only without a part of it. `cause` in words without what it says. */
  onUnreadable: (cause: string) => void
}

export const openMessageIntake = async (options: MessageIntakeOptions): Promise<MessageIntake> => {
  const { baileys, auth, queue, reading, log, onSpoofed, onUnreadable } = options
  const { creds } = auth.state
  const me = () => ({ id: creds.me?.id ?? '', lid: creds.me?.lid ?? '' })
  const guard = createMessageGuard({ baileys, onSpoofed, onLeftOut: onUnreadable })
  const budget = createRetryBudget(() => reading().now)
  const messages = createJournaledMessages({ baileys, sealed: auth.journal, guard, me, log, queue, reading })
  const closed = new AbortController()
  /** Nothing is decrypted before there is one. */
  let attached: WASocket | undefined
  /** Where the journal ended when the connection began. */
  let recoveredTo = 0

  const journal = await openDecryptJournal({
    baileys,
    sealed: auth.journal,
    guard,
    me,
    onUnreadable: (stanza) => void attached?.sendRetryRequest(stanza, true).catch(() => {}),
    mayAskAgain: budget.take,
    onGivenUp: (stanza, settled) => {
      // In the journal it waits for the next connection, should it not be stored.
      messages.store(stanza, 'unreadable', settled).catch(() => {})
    },
  })

  return {
    config: {
      makeSignalRepository: journal.makeSignalRepository,
      // It would inflate and decode on the main thread whatever a phone sends. What it does besides is done by
      // `history/imports.ts` and `settings-sync.ts`.
      shouldSyncHistoryMessage: () => false,
    },

    async recover() {
      const recovered = await recover({
        baileys,
        sealed: auth.journal,
        guard,
        me: me(),
        reading: reading(),
        log,
        queue: (facts, settled) => queue.push(facts, { settled }),
        stored: queue.idle,
        onUnreadable: () => onUnreadable('it cannot be read again'),
      })
      recoveredTo = recovered.position
      return recovered
    },

    historyIn: messages.historyIn,

    attach(socket, imports) {
      attached = socket
      return attachIntake(socket, {
        auth,
        queue,
        reading,
        guard,
        budget,
        journal,
        messages,
        imports,
        recoveredTo: () => recoveredTo,
        closed: closed.signal,
        onUnreadable,
      })
    },

    close() {
      closed.abort()
      journal.close()
    },
  }
}
