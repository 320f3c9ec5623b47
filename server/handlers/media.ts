import { type PlainFile, plainFileOf } from '../media/plain-file.ts'
import type { Attachment } from '../model/attachment.ts'
import { gone, notFound, unavailable } from '../model/errors.ts'
import { NotAuthentic } from '../model/media-cipher.ts'
import type { Chunks, RangedFile } from '../model/reply.ts'
import type { Handler } from '../operation.ts'
import { type LiveCalls, LiveError } from '../ports/live-calls.ts'
import { MediaMissing, type MediaPlace, type MediaStore } from '../ports/media.ts'
import type { Store } from '../ports/store/store.ts'
import type { AttachmentReader } from '../ports/whatsapp/media.ts'
import { dispositionOf, fileSecurity, typeOf } from './file-head.ts'

export interface MediaParts {
  store: Pick<Store, 'getMessage' | 'findMessageKey' | 'findRaw'>
  media: MediaStore
  attachments: AttachmentReader
  /** Calls that the owner of a session carries out. */
  calls: LiveCalls
}

/** How long a request waits for WhatsApp: shorter than the idle timeout of connections. The download goes on after it. */
const waitMs = 50_000

export const createDownload = (parts: MediaParts): Handler<'downloadMedia'> => {
  const { store, media, attachments, calls } = parts

  /** @throws GatewayError `not_found`, `gone` */
  const attachmentOf = async (sessionId: string, messageId: string): Promise<Attachment> => {
    const message = await store.getMessage(sessionId, messageId)
    if (message === undefined) throw notFound('message')
    if (!JSON.parse(message).hasMedia) throw notFound('attachment')
    const key = await store.findMessageKey(sessionId, messageId)
    const raw = key && (await store.findRaw(sessionId, key))
    const attachment = raw && (await attachments.attachmentIn(raw))
    if (attachment === undefined) throw gone('the message lacks the key or the address of its attachment', 'unusable')
    return attachment
  }

  const fetch = async (place: MediaPlace, signal: AbortSignal) => {
    try {
      await calls.call(place.sessionId, 'media.fetch', { messageId: place.id }, { withinMs: waitMs, signal })
    } catch (error) {
      if (!(error instanceof LiveError) || error.failure.kind === 'refused') throw error
      const words =
        error.failure.kind === 'not_live'
          ? 'the attachment was not fetched yet, and the session has no connected WhatsApp client'
          : 'the attachment is being fetched; try again soon'
      throw unavailable(words, error)
    }
  }

  /** @throws GatewayError `gateway_unavailable` */
  const opened = async (place: MediaPlace, attachment: Attachment): Promise<PlainFile | undefined> => {
    const stored = await media.open(place)
    try {
      return stored && (await plainFileOf(stored, attachment))
    } catch (error) {
      if (!(error instanceof NotAuthentic || error instanceof MediaMissing)) throw error
      // It was verified before, so the file was damaged later.
      await media.delete(place)
      return undefined
    }
  }

  return async ({ session, path, signal }) => {
    const attachment = await attachmentOf(session.id, path.mid)
    const place = { sessionId: session.id, of: 'message', id: path.mid } as const
    let file = await opened(place, attachment)
    if (file === undefined) {
      await fetch(place, signal)
      file = await opened(place, attachment)
    }
    if (file === undefined) throw unavailable('the attachment was deleted meanwhile; try again')
    return {
      status: 200,
      type: typeOf(attachment) as `${string}/${string}`,
      headers: {
        'Content-Disposition': dispositionOf(attachment, path.mid),
        'Content-Security-Policy': fileSecurity,
      },
      file: rangedOf(file, attachment, path.mid),
    }
  }
}

/** The message's own hash, or a name for a file that never changes. */
const rangedOf = ({ size, read }: PlainFile, { sha256 }: Attachment, messageId: string): RangedFile => ({
  size,
  etag: `"${sha256 === undefined ? messageId : Buffer.from(sha256).toString('hex')}"`,
  read: (range) => whileThere(read(range)),
})

/** What was evicted between the answer's head and its first byte can be fetched again. */
async function* whileThere(chunks: Chunks): Chunks {
  try {
    yield* chunks
  } catch (error) {
    throw error instanceof MediaMissing ? unavailable('the attachment was deleted meanwhile; try again', error) : error
  }
}
