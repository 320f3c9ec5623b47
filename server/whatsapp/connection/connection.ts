/** The state of one connection: its phase, and what it owns in that phase. */
import type { Me } from '../../model/account.ts'
import type { Owned } from '../../model/owned.ts'
import type { ClientEvent, Presence } from '../../ports/whatsapp/connection.ts'
import type { Addressing } from '../calls/addressing.ts'
import type { DeviceCache } from '../calls/device-cache.ts'
import type { Uploader } from '../calls/uploads.ts'
import type { Writes } from '../calls/writes.ts'
import type { AuthState } from '../credentials/auth-state.ts'
import type { HistoryImports } from '../history/imports.ts'
import type { IngestQueue } from '../ingest-queue.ts'
import type { AttachedIntake } from '../intake/attached-intake.ts'
import type { MessageIntake } from '../intake/message-intake.ts'
import type { Baileys, WASocket } from '../library.ts'
import type { Reading } from '../reading/reading.ts'
import type { Ending } from './close-reason.ts'
import type { FirstSettings } from './first-settings.ts'
import type { Groups } from './groups.ts'
import type { Reports } from './reports.ts'
import type { Shared } from './shared.ts'
import type { Timers } from './timers.ts'

/** What exists before the socket. */
export interface Prepared {
  baileys: Baileys
  auth: AuthState
  intake: MessageIntake
  /** As of now. */
  reading: () => Reading
}

/** A socket, and what uses it. */
export interface Link extends Prepared {
  socket: WASocket
  /** Handles the messages of this socket. */
  incoming: AttachedIntake
  settings: FirstSettings
  imports: HistoryImports
  groups: Groups
  addressing: Addressing
  devices: DeviceCache
  writes: Writes
  uploader: Uploader
  /** How phones show the linked device: name, browser icon, version. The library reads it when it pairs. */
  browser: [name: string, picture: string, version: string]
  /** Resolves when the library says that the socket has closed. */
  closed: PromiseWithResolvers<void>
  /** Background work that the end of the connection waits for. None of it rejects. */
  work: Promise<unknown>[]
}

export type Phase =
  /** The library, the credentials and the journal are being opened. */
  | { name: 'loading' }
  /** Messages in the journal of earlier connections are being stored. */
  | { name: 'recovering'; prepared: Prepared }
  | { name: 'connecting' | 'pairing' | 'open'; link: Link }
  /** Messages that have arrived are being stored; nothing new is started. */
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
  /** Aborted with NotConnected as soon as the connection starts to end, so that no live call waits longer. */
  readonly ended: AbortController
  /** Resolves when there is a code to show. */
  readonly pairingBegun: PromiseWithResolvers<void>
  /** Journal entries that are kept unread, because reading them ended the process each time. */
  setAside: number
  /** Credentials or keys could not be stored: a new connection must wait, because it would lack them. */
  hasStoreFailed: boolean
  /** Tells the owner what a person does now. */
  hearPresence(presence: Presence): void
  /** Emits an event to the owner; none after `closed`. */
  emit(event: ClientEvent): void
  /** Once: stops live calls and decryption, stores everything that has arrived, then emits `closed`. Never rejects. */
  end(how: Ending): Promise<void>
}

/** Ends the connection as lost. @param detail for an operator */
export const abandon = (connection: Pick<Connection, 'end'>, detail: string): void =>
  void connection.end({ reason: 'lost', detail })
