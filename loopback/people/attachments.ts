import { normalizeMessageContent, type proto } from '@whiskeysockets/baileys'
import { type BlobReference, decryptBlob, type MediaKind } from '../media/blob.ts'
import type { MediaStore } from '../media/store.ts'

/** What a message says of its file. */
export interface FileAbout {
  /** Default: a usual one of the kind. */
  mimetype?: string
  caption?: string
  /** Of a document. */
  fileName?: string
  /** Whether audio is a voice note. */
  voice?: boolean
  seconds?: number
  width?: number
  height?: number
}

/** A file on the media host, and what decrypts it. */
export interface Attachment {
  kind: MediaKind
  mimetype: string
  reference: BlobReference
}

const MIMETYPES: Record<MediaKind, string> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/ogg; codecs=opus',
  document: 'application/pdf',
  sticker: 'image/webp',
}

/** A message with this file. */
export function attach(kind: MediaKind, reference: BlobReference, about: FileAbout): proto.IMessage {
  const { mimetype = MIMETYPES[kind], caption, fileName, voice, seconds, width, height } = about
  const content = {
    ...reference,
    url: `https://mmg.whatsapp.net${reference.directPath}`,
    mediaKeyTimestamp: Math.floor(Date.now() / 1000),
    mimetype,
    ...(caption !== undefined && { caption }),
    ...(fileName !== undefined && { fileName }),
    ...(voice !== undefined && { ptt: voice }),
    ...(seconds !== undefined && { seconds }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  }
  return { [`${kind}Message`]: content }
}

/** The file of a message; undefined when it has none, or its keys are not whole. */
export function attachmentIn(message: proto.IMessage): Attachment | undefined {
  const content = normalizeMessageContent(message) ?? message
  const { imageMessage, videoMessage, audioMessage, documentMessage, stickerMessage } = content
  const parts = { image: imageMessage, video: videoMessage, audio: audioMessage, document: documentMessage }
  for (const [kind, part] of Object.entries({ ...parts, sticker: stickerMessage })) {
    if (!part?.mediaKey || !part.directPath || !part.fileSha256 || !part.fileEncSha256) continue
    const reference = {
      mediaKey: Buffer.from(part.mediaKey),
      directPath: part.directPath,
      fileSha256: Buffer.from(part.fileSha256),
      fileEncSha256: Buffer.from(part.fileEncSha256),
      fileLength: Number(part.fileLength ?? 0),
    }
    return { kind: kind as MediaKind, mimetype: part.mimetype ?? '', reference }
  }
  return undefined
}

/**
 * Downloads and decrypts a file as a careful phone does.
 * @throws when the host does not have it, or it is not what the message says
 */
export function openAttachment({ kind, reference }: Attachment, media: MediaStore): Buffer {
  const sealed = media.get(reference.directPath)
  if (!Buffer.isBuffer(sealed)) throw new Error(`the media host has nothing at ${reference.directPath}`)
  return decryptBlob(sealed, reference, kind)
}
