/** The WhatsApp adapter on Baileys: what all connections of the process share. One connection is `baileys-client.ts`. */
import { isLoopbackUrl } from '../model/loopback.ts'
import type { SealedReader } from '../ports/store/sealed.ts'
import type { WhatsApp } from '../ports/whatsapp/connection.ts'
import type { ContentReader } from '../ports/whatsapp/content.ts'
import type { AttachmentReader } from '../ports/whatsapp/media.ts'
import { connectClient } from './connect.ts'
import type { Shared, Timeouts } from './connection/shared.ts'
import { createDeaths } from './history/deaths.ts'
import { createHistoryWorkers } from './history/workers.ts'
import { createTurns } from './intake/turns.ts'
import { loadLibrary } from './library.ts'
import { createMediaHost } from './media/media-host.ts'
import { createUploadHost } from './media/upload-host.ts'
import { createAttachmentReader } from './reading/attachment.ts'
import { createContentReader } from './reading/content-reader.ts'
import { createSealedReader } from './reading/sealed-content.ts'

export interface BaileysOptions
  extends Omit<Shared, 'load' | 'timeouts' | 'inTurn' | 'media' | 'uploads' | 'histories' | 'historyDied'> {
  /** Root key of the certificates of the WhatsApp at `url`, 32 bytes; never without `url`. */
  testRootKey?: Buffer
  /** Media host of the WhatsApp at `url`, over plain HTTP; never without `url`. Default: WhatsApp's own. */
  mediaUrl?: string
  timeouts?: Partial<Timeouts>
}

export interface BaileysWhatsApp extends WhatsApp {
  /**
   * Loads the library, which takes half a second and 65 MB: when the first client connects, unless it is called before.
   * Idempotent.
   */
  load(): Promise<void>
  /** Ends the threads that read histories. For the end of the process, after its connections. Idempotent. */
  close(): Promise<void>
}

const defaultTimeouts: Timeouts = {
  // The library's own limits.
  queryMs: 20_000,
  keepAliveMs: 30_000,
  // Ours: for the first frame; longer than a slow login takes; and the end of a connection within eight seconds.
  connectMs: 20_000,
  watchdogMs: 60_000,
  silentMs: 30 * 60_000,
  pairingMs: 20_000,
  callMs: 15_000,
  closeMs: 6_000,
}

/** @throws Error when `url` is not a loopback address, or `testRootKey` comes without it */
export const createBaileysWhatsApp = (options: BaileysOptions): BaileysWhatsApp => {
  const { url, testRootKey, mediaUrl } = options
  if (url !== undefined && !isLoopbackUrl(url)) throw new Error('a WhatsApp URL must be a loopback address')
  if (testRootKey !== undefined && url === undefined) throw new Error('a test root key needs a loopback WhatsApp URL')
  if (mediaUrl !== undefined && (url === undefined || !isLoopbackUrl(mediaUrl, 'http:')))
    throw new Error('a media URL must be a loopback address, and needs a loopback WhatsApp URL')
  if (testRootKey !== undefined && testRootKey.length !== 32) throw new Error('a test root key has 32 bytes')

  const inTurn = createTurns()
  const media = createMediaHost(mediaUrl)
  const uploads = createUploadHost(mediaUrl)
  const histories = createHistoryWorkers()
  const historyDied = createDeaths()
  const load = async () => {
    const baileys = await loadLibrary()
    if (testRootKey !== undefined) baileys.WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(testRootKey)
    return baileys
  }

  return {
    connect: (connection) =>
      connectClient(
        {
          ...options,
          inTurn,
          media,
          uploads,
          histories,
          historyDied,
          load,
          timeouts: { ...defaultTimeouts, ...options.timeouts },
        },
        connection,
      ),
    load: async () => {
      await load()
    },
    close: histories.close,
  }
}

/** Loads the library at the first use, when a connection has usually loaded it. */
export const createMediaReader = (): AttachmentReader => createAttachmentReader(loadLibrary)

/** Loads the library at the first use. */
export const createMessageReader = (): ContentReader => createContentReader(loadLibrary)

/** For the store. Loads the library at the first use, when a connection has loaded it anyway. */
export const createLibraryReader = (clock: () => number): SealedReader => createSealedReader(loadLibrary, clock)
