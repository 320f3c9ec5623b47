/** One connection of one session, as the steps of its life see it: what it is at now, and what it owns then. */
import type { Me } from '../../model/account.ts'
import type { Owned } from '../../model/owned.ts'
import type { ClientEvent } from '../../ports/whatsapp/connection.ts'
import type { AuthState } from '../credentials/auth-state.ts'
import type { HistoryImports } from '../history/imports.ts'
import type { IngestQueue } from '../ingest-queue.ts'
import type { AttachedIntake } from '../intake/attached-intake.ts'
import type { MessageIntake } from '../intake/message-intake.ts'
import type { Baileys, WASocket } from '../library.ts'
import type { Reading } from '../reading/reading.ts'
import type { Ending } from './close-reason.ts'
import type { FirstSettings } from './first-settings.ts'
import type { Reports } from './reports.ts'
import type { Shared } from './shared.ts'
import type { Timers } from './timers.ts'

/** What there is before there is a socket. */
export interface Prepared {
  baileys: Baileys
  auth: AuthState
  intake: MessageIntake
  /** As of now. */
  reading: () => Reading
}

/** A socket, and what works on it. */
export interface Link extends Prepared {
  socket: WASocket
  /** Takes the messages of this socket. */
  incoming: AttachedIntake
  settings: FirstSettings
  imports: HistoryImports
  /** What phones show as the linked device: its name, a browser's picture, a version. The library reads it when it pairs. */
  browser: [name: string, picture: string, version: string]
  /** Resolves when the library says that the socket has closed. */
  closed: PromiseWithResolvers<void>
  /** Work of this connection that its end waits for. None of it rejects. */
  work: Promise<unknown>[]
}

export type Phase =
  /** The library, the credentials and the journal are being opened. */
  | { name: 'loading' }
  /** What an earlier connection has left behind is being stored. */
  | { name: 'recovering'; prepared: Prepared }
  | { name: 'connecting' | 'pairing' | 'open'; link: Link }
  /** What has arrived is being stored; nothing new is begun. */
  | { name: 'ending' }
  | { name: 'closed' }

export interface Connection {
  readonly sessionId: string
  /** The right to write for the session. */
  readonly owned: Owned
  readonly shared: Shared
  /** The only account that may be paired; absent = any. */
  readonly owner: Me | undefined
  phase: Phase
  readonly queue: IngestQueue
  readonly reports: Reports
  readonly timers: Timers
  /** Aborted with NotConnected as soon as the connection begins to end: no live call waits longer. */
  readonly ended: AbortController
  /** Resolves when there is a code to show. */
  readonly pairingBegun: PromiseWithResolvers<void>
  /** Entries of the journal that ended the process each time, and are kept unread. */
  setAside: number
  /** The store has not taken credentials or keys: a new connection at once would be one without them. */
  hasStoreFailed: boolean
  /** Tells the owner; nothing more after `closed`. */
  emit(event: ClientEvent): void
  /** Once: no more live calls, no more decrypting, all that has arrived stored, then `closed`. Never rejects. */
  end(how: Ending): Promise<void>
}

/** Ends the connection as lost. @param detail in words for an operator */
export const abandon = (connection: Pick<Connection, 'end'>, detail: string): void =>
  void connection.end({ reason: 'lost', detail })
