import type { IngestQueue } from '../ingest-queue.ts'
import type { MediaHost, MediaLimits } from '../media/media-host.ts'
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
  /** The history that these entries keep; undefined when it is settled. */
  kept: (entries: Buffer[]) => Promise<Notification | undefined>
  keepMappings: (mappings: Mapping[]) => Promise<void>
  keepTokens: (tokens: Token[]) => Promise<void>
  /** Resolves when all that was written is on the disk. */
  flush: () => Promise<void>
  /** The thread that read it has died. @returns whether that is enough */
  died: (entries: Buffer[]) => boolean
  /** Keeps it, and gives it to nobody any more. */
  setAside: (entries: Buffer[]) => Promise<void>
  /** Told once of a history of which something, or all, was left out. */
  onUnreadable: (cause: string) => void
  /** Told of one that is stored. */
  onImported: (summary: Summary) => void
  /** Told of one that waits for the next connection. */
  onLeft: (cause: string) => void
  timing?: Partial<Timing>
  /** Entries. */
  maxWaiting?: number
}

export interface Timing {
  /** From one try to the next, on one connection. */
  retryMs: readonly number[]
  download: Pick<MediaLimits, 'totalMs' | 'idleMs'>
}
