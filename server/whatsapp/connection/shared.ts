/** What all connections of the process share. */
import type { CredentialStore, Sealer } from '../credential-store.ts'
import type { Retry } from '../credentials/store-attempts.ts'
import type { Timing } from '../history/imports-options.ts'
import type { HistoryWorkers } from '../history/workers.ts'
import type { Log } from '../library/library-log.ts'
import type { Baileys } from '../library.ts'
import type { MediaHost } from '../media/media-host.ts'
import type { UnreadableKind } from './reports.ts'

export interface Timeouts {
  /** WebSocket upgrade, and the write of one stanza. */
  connectMs: number
  /** The answer to one query. */
  queryMs: number
  /** Between two pings. */
  keepAliveMs: number
  /** From connecting to a code or an open connection, and from a scan to the new connection that WhatsApp asks for. */
  watchdogMs: number
  /** Without a word from WhatsApp, on an open connection, until a new one is made; 0 = never. */
  silentMs: number
  /** Until a pairing code can be asked for, and until WhatsApp has accepted it. */
  pairingMs: number
  /** Until a live call is given up whose caller sets no limit. */
  callMs: number
  /** For storing what has arrived, when a connection ends. */
  closeMs: number
}

export interface Shared {
  store: CredentialStore
  sealer: Sealer
  /** Epoch ms. */
  clock: () => number
  log: Log
  /** Client version told to WhatsApp; absent = the one that the library ships. */
  version?: [number, number, number]
  /** A WhatsApp on a loopback address instead of the real one, for tests. */
  url?: string
  timeouts: Timeouts
  /** How often, and how far apart, a failing read or write of credentials and keys is tried. */
  retry?: Retry
  /** Called for each message of somebody else that pretended to be the account's own phone, for metrics. It was left out. */
  onSpoofed?: () => void
  /** Called for each thing that could not be taken as WhatsApp sent it, by kind, for metrics. It was left out. */
  onUnreadable?: (kind: UnreadableKind) => void
  /** Called, for each session, whenever something from WhatsApp is about to be worked on. */
  onWork?: (sessionId: string) => void
  media: MediaHost
  histories: HistoryWorkers
  /** A thread has died of the history with these entries. @returns whether that is enough */
  historyDied: (entries: Buffer[]) => boolean
  historyTiming?: Partial<Timing>
  /** Entries of histories that wait on a connection. */
  maxHistories?: number
  load: () => Promise<Baileys>
}
