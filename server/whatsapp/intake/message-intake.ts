/**
 * Guarantees that each acknowledged message is stored: a decrypted message is journaled before the receipt, queued for the store when
 * the library emits it, and settled in the commit that stores it. The next connection stores what an earlier one left in the journal.
 */
import type { AuthState } from '../credentials/auth-state.ts'
import { keysBeforeCiphertext } from '../credentials/keys-before-ciphertext.ts'
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
import type { InTurn } from './turns.ts'

export interface MessageIntake {
  /** Its part of the library's configuration. */
  config: Pick<SocketConfig, 'makeSignalRepository' | 'shouldSyncHistoryMessage'>
  /** Stores the messages that were decrypted and never stored, from the entries before this call. */
  recover(): Promise<Pick<Recovered, 'messages' | 'setAside'>>
  /** The history in one of these entries; undefined when it is in none any more. @throws when the store fails */
  historyIn(entries: Buffer[]): Promise<Notification | undefined>
  /**
   * For the socket with this configuration, once. Replaces no listener yet.
   * @param imports imports histories from the phone, and sees each fact before it is stored
   */
  attach(socket: WASocket, imports: Pick<HistoryImports, 'add' | 'watch'>): AttachedIntake
  /** Stops decryption. */
  close(): void
}

export interface MessageIntakeOptions {
  baileys: Baileys
  auth: AuthState
  queue: IngestQueue
  /** Shared by all sessions. */
  inTurn: InTurn
  /** As of now. */
  reading: () => Reading
  log: LibraryLog
  /** Called for each message that was dropped because it spoofed the account's own phone. */
  onSpoofed: () => void
  /** Called for each message that is unreadable, completely or in part. `cause` contains no text of the message. */
  onUnreadable: (cause: string) => void
}

export const openMessageIntake = async (options: MessageIntakeOptions): Promise<MessageIntake> => {
  const { baileys, auth, queue, inTurn, reading, log, onSpoofed, onUnreadable } = options
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
      // If it is not stored now, it stays in the journal for the next connection.
      messages.store(stanza, 'unreadable', settled).catch(() => {})
    },
  })

  return {
    config: {
      makeSignalRepository: keysBeforeCiphertext(journal.makeSignalRepository, auth.state.keys),
      // The library would decompress and decode anything on the main thread. Its other work is done by
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
        inTurn,
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
