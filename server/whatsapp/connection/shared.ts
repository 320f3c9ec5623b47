/** What all connections of the process share. */
import type { CredentialStore, Sealer } from '../credential-store.ts'
import type { Retry } from '../credentials/store-attempts.ts'
import type { Timing } from '../history/imports-options.ts'
import type { HistoryWorkers } from '../history/workers.ts'
import type { InTurn } from '../intake/turns.ts'
import type { Log } from '../library/library-log.ts'
import type { Baileys } from '../library.ts'
import type { MediaHost } from '../media/media-host.ts'
import type { UploadHost } from '../media/upload-host.ts'
import type { UnreadableKind } from './reports.ts'

export interface Timeouts {
  /** From connecting to WhatsApp's first frame. */
  connectMs: number
  /** The answer to one query. */
  queryMs: number
  /** Between two pings. */
  keepAliveMs: number
  /** From the first frame to a code or an open connection, and from a scan to the restart that WhatsApp requests. */
  watchdogMs: number
  /** How long an open connection may be silent before it is replaced; 0 = any time. */
  silentMs: number
  /** Until a pairing code can be requested, and until WhatsApp has accepted it. */
  pairingMs: number
  /** Default timeout of a live call. */
  callMs: number
  /** How long the end of a connection may take to store what has arrived. */
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
  /** Retries of reads and writes of credentials and keys: number and pauses. */
  retry?: Retry
  /** Called for each message that was dropped because it spoofed the account's own phone, for metrics. */
  onSpoofed?: () => void
  /** Called with the kind of each thing from WhatsApp that was unreadable and dropped, for metrics. */
  onUnreadable?: (kind: UnreadableKind) => void
  /** Called with the session whenever something from WhatsApp is about to be processed. */
  onWork?: (sessionId: string) => void
  /** Messages of all connections take turns with the library. */
  inTurn: InTurn
  media: MediaHost
  uploads: UploadHost
  histories: HistoryWorkers
  /** Counts a worker thread that died of the history with these entries. @returns true when the history must be given up */
  historyDied: (entries: Buffer[]) => boolean
  historyTiming?: Partial<Timing>
  /** The most history entries that wait on a connection. */
  maxHistories?: number
  load: () => Promise<Baileys>
}
