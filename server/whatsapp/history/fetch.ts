import type { DownloadLimits } from '../../ports/whatsapp/media.ts'
import type { MediaHost } from '../media/media-host.ts'
import type { Reading } from '../reading/reading.ts'
import type { Notification } from './jobs.ts'
import { limits } from './limits.ts'
import { Unreadable } from './open-blob.ts'
import type { Task } from './protocol.ts'

/**
 * Fetches a history: inline, or from WhatsApp's media host.
 * @throws Unreadable · MediaFailure · the signal's reason
 */
export const fetchHistory = async (
  { initialHistBootstrapInlinePayload: inline, ...notification }: Notification,
  { me, now }: Pick<Reading, 'me' | 'now'>,
  media: Pick<MediaHost, 'get'>,
  download: Pick<DownloadLimits, 'totalMs' | 'idleMs' | 'signal'>,
): Promise<Task> => {
  const reading = { me, now }
  if (inline?.length) {
    if (inline.length > limits.packedBytes) throw new Unreadable('more than is taken')
    return { packed: inline, reading }
  }
  const { mediaKey, directPath, fileSha256, fileEncSha256 } = notification
  if (!mediaKey?.length || !directPath) throw new Unreadable('it says nothing, and not where it is')
  const packed = await media.get(directPath, { ...download, maxBytes: limits.packedBytes })
  const sealed = {
    mediaKey,
    ...(fileSha256?.length && { fileSha256 }),
    ...(fileEncSha256?.length && { fileEncSha256 }),
  }
  return { packed, sealed, reading }
}
