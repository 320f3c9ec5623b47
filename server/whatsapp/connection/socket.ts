import { makeSound } from '../guards/sound-actions.ts'
import { libraryLog } from '../library/library-log.ts'
import type { WASocket } from '../library.ts'
import { libraryDownloads } from '../media/library-downloads.ts'
import type { MediaFailure } from '../media/media-host.ts'
import type { Connection, Link, Prepared } from './connection.ts'
import { ownMessage } from './own-message.ts'

/**
 * Of a file of settings. The library decodes it in one go on the main thread: ten thousand entries, which is two megabytes, take
 * it a second and a half. And it holds up the account's own writes until it has it.
 */
const settingsLimits = { maxBytes: 2 * 1024 * 1024, totalMs: 20_000, idleMs: 10_000 }

export interface SocketListeners {
  browser: Link['browser']
  /** Called for each download of the library that failed. */
  onDownloadFailed: (failure: MediaFailure) => void
  /** Called for each change of a setting or a chat by another device of the account, before the library works with it. */
  onSyncAction: (action: unknown) => void
}

/** The library's socket, configured as the gateway needs it. It begins to connect at once. */
export const openSocket = (
  connection: Connection,
  { baileys, auth: { state }, intake }: Prepared,
  { browser, onDownloadFailed, onSyncAction }: SocketListeners,
): WASocket => {
  const { shared, reports, ended, sessionId } = connection
  const { timeouts } = shared
  return baileys.makeWASocket({
    ...intake.config,
    auth: state,
    logger: libraryLog(shared.log, sessionId, (action) => {
      onSyncAction(action)
      if (!makeSound(baileys, action, state.creds.me ?? { id: '' }))
        reports.leftOut('stanza', 'settings', { cause: 'a broken change' })
    }),
    browser,
    ...(shared.version !== undefined && { version: shared.version }),
    ...(shared.url !== undefined && { waWebSocketUrl: shared.url }),
    connectTimeoutMs: timeouts.connectMs,
    defaultQueryTimeoutMs: timeouts.queryMs,
    keepAliveIntervalMs: timeouts.keepAliveMs,
    // Being online silences the notifications of the owner's phone.
    markOnlineOnConnect: false,
    syncFullHistory: false,
    // Link previews would make the gateway fetch what strangers name.
    generateHighQualityLinkPreview: false,
    // A failing write is tried again by our own store of keys, and then ends the connection: see auth-state.ts.
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    // The library would wait in the line in which all messages of the session stand: a contact who sends a hundred that cannot
    // be decrypted would hold up everybody else for half a minute.
    retryRequestDelayMs: 0,
    options: {
      // `fetch` wants undici's own class by its type, and its one method in fact.
      dispatcher: libraryDownloads({
        host: shared.media,
        limits: settingsLimits,
        signal: ended.signal,
        onFailure: onDownloadFailed,
      }),
    } as object,
    // Asked for when a receiver could not decrypt a message of ours.
    getMessage: (key) => ownMessage(connection, baileys, key),
  })
}
