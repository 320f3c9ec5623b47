/** Reads what a message says of its file. */
import { type Attachment, type MediaKind, mediaKinds } from '../../model/attachment.ts'
import { fileNameOf, labelOf } from '../../model/text.ts'
import type { AttachmentReader } from '../../ports/whatsapp/media.ts'
import type { Baileys, proto } from '../library.ts'
import { attachedIn } from './message-content.ts'
import { unwrap } from './message-envelopes.ts'
import { sizeOf } from './plain.ts'

/** @param load the library, when there is something to read for the first time */
export const createAttachmentReader = (load: () => Promise<Pick<Baileys, 'proto'>>): AttachmentReader => ({
  async attachmentIn(raw) {
    const { proto } = await load()
    try {
      return attachmentOf(proto.Message.decode(raw))
    } catch {
      // What cannot be read now cannot be read later either.
      return undefined
    }
  },
})

/** Undefined when it has no file, or nothing that decrypts it. */
export const attachmentOf = (message: proto.IMessage): Attachment | undefined => {
  const { type, part = {} } = attachedIn(unwrap(message) ?? {}) ?? {}
  const mediaKey = bytesOf(part.mediaKey)
  if (!isKind(type) || mediaKey === undefined) return undefined
  const [sha256, encSha256] = [bytesOf(part.fileSha256), bytesOf(part.fileEncSha256)]
  const directPath = typeof part.directPath === 'string' && part.directPath !== '' ? part.directPath : undefined
  const mimetype = labelOf(part.mimetype)
  const filename = fileNameOf(part.fileName) ?? fileNameOf(part.title)
  const size = sizeOf(part.fileLength)
  return {
    kind: type,
    mediaKey,
    ...(sha256 && { sha256 }),
    ...(encSha256 && { encSha256 }),
    ...(directPath !== undefined && { directPath }),
    ...(mimetype !== undefined && { mimetype }),
    ...(filename !== undefined && { filename }),
    ...(size !== undefined && { size }),
  }
}

const isKind = (type: string | undefined): type is MediaKind => mediaKinds.some((kind) => kind === type)

/** Keys and hashes have 32 bytes. */
const bytesOf = (value: unknown): Uint8Array | undefined =>
  value instanceof Uint8Array && value.length === 32 ? value : undefined
