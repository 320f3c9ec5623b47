import type { DownloadLimits } from '../../ports/whatsapp/media.ts'
import type { IngestQueue } from '../ingest-queue.ts'
import type { MediaHost } from '../media/media-host.ts'
import type { Reading } from '../reading/reading.ts'
import type { Notification } from './jobs.ts'
import type { Mapping, Summary, Token } from './protocol.ts'
import type { HistoryWorkers } from './workers.ts'

export interface HistoryImportsOptions {
  media: MediaHost
  workers: HistoryWorkers
  queue: IngestQueue
  /** As of now. */
  reading: () => Reading
  /** The history in these entries; undefined when it is settled. */
  kept: (entries: Buffer[]) => Promise<Notification | undefined>
  keepMappings: (mappings: Mapping[]) => Promise<void>
  keepTokens: (tokens: Token[]) => Promise<void>
  /** Resolves when all writes are durable. */
  flush: () => Promise<void>
  /** Called when its worker has died. @returns true when the history must be given up */
  died: (entries: Buffer[]) => boolean
  /** Keeps it, and never reads it again. */
  setAside: (entries: Buffer[]) => Promise<void>
  /** Called once for a history that was dropped, completely or in part. */
  onUnreadable: (cause: string) => void
  /** Called when one is stored. */
  onImported: (summary: Summary) => void
  /** Called when one is left for the next connection. */
  onLeft: (cause: string) => void
  timing?: Partial<Timing>
  /** Entries. */
  maxWaiting?: number
}

export interface Timing {
  /** From one try to the next, on one connection. */
  retryMs: readonly number[]
  download: Pick<DownloadLimits, 'totalMs' | 'idleMs'>
}
