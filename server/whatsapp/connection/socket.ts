import type { MediaFailure } from '../../ports/whatsapp/media.ts'
import type { DeviceCache } from '../calls/device-cache.ts'
import { makeSound } from '../guards/sound-actions.ts'
import { libraryLog } from '../library/library-log.ts'
import type { SocketConfig, WASocket } from '../library.ts'
import { libraryDownloads } from '../media/library-downloads.ts'
import type { Connection, Link, Prepared } from './connection.ts'
import type { Groups } from './groups.ts'
import { ownMessage } from './own-message.ts'

/**
 * The largest settings file. The library decodes it in one go on the main thread: ten thousand entries (2 MB) take 1.5 seconds. And
 * it blocks the account's own writes until the download is done.
 */
const settingsLimits = { maxBytes: 2 * 1024 * 1024, totalMs: 20_000, idleMs: 10_000 }

export interface SocketListeners {
  browser: Link['browser']
  /** Called for each download of the library that failed. */
  onDownloadFailed: (failure: MediaFailure) => void
  /** Called for each change of a setting or chat by another device of the account, before the library processes it. */
  onSyncAction: (action: unknown) => void
  /** Called with the id of each message that is about to be written. */
  onWrite: (messageId: string) => void
  groups: Groups
  devices: DeviceCache
}

/** Creates the library's socket with the gateway's configuration. It starts to connect at once. */
export const openSocket = (
  connection: Connection,
  { baileys, auth: { state }, intake }: Prepared,
  { browser, onDownloadFailed, onSyncAction, onWrite, groups, devices }: SocketListeners,
): WASocket => {
  const { shared, reports, ended, sessionId } = connection
  const { timeouts } = shared
  return baileys.makeWASocket({
    ...intake.config,
    auth: { ...state, keys: groups.keys.keys },
    logger: libraryLog(shared.log, sessionId, {
      onSyncAction(action) {
        onSyncAction(action)
        if (!makeSound(baileys, action, state.creds.me ?? { id: '' }))
          reports.leftOut('stanza', 'settings', { cause: 'a broken change' })
      },
      onWrite,
    }),
    browser,
    ...(shared.version !== undefined && { version: shared.version }),
    ...(shared.url !== undefined && { waWebSocketUrl: shared.url }),
    // None: the library would make a timer, a promise and two stack traces for each frame that it sends. Our own timers end a
    // connection that does not come about, and the keep-alive one that takes nothing any more.
    connectTimeoutMs: 0,
    defaultQueryTimeoutMs: timeouts.queryMs,
    keepAliveIntervalMs: timeouts.keepAliveMs,
    // Not online: WhatsApp would stop notifications on the owner's phone.
    markOnlineOnConnect: false,
    syncFullHistory: false,
    // No link previews: the gateway would fetch URLs that other people choose.
    generateHighQualityLinkPreview: false,
    // No retries by the library: our key store retries a failing write, and then ends the connection (auth-state.ts).
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    // The library counts each request of a receiver twice, and a phone requests a message up to five times.
    maxMsgRetryCount: 12,
    // No delay: the library would wait in the queue of all messages of the session, and a contact with a hundred undecryptable messages
    // would delay all others by half a minute.
    retryRequestDelayMs: 0,
    options: {
      // The type wants undici's own class; `fetch` needs one method of it.
      dispatcher: libraryDownloads({
        host: shared.media,
        limits: settingsLimits,
        signal: ended.signal,
        onFailure: onDownloadFailed,
      }),
    } as object,
    // The type wants a cache of anything; the library keeps devices in it.
    userDevicesCache: devices as object as NonNullable<SocketConfig['userDevicesCache']>,
    cachedGroupMetadata: async (jid) => groups.members.known(jid),
    // Called when a receiver could not decrypt a message of ours.
    getMessage: (key) => ownMessage(connection, baileys, key),
  })
}
