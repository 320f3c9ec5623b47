/** Messages with files, in WhatsApp's form. The library would fetch and encrypt the file itself: here it is on the media host already. */
import type { MediaDraft } from '../../../model/outgoing.ts'
import type { LocatedFile } from '../../../model/upload.ts'
import type { proto } from '../../library.ts'

export const mediaContent = (draft: MediaDraft, file: LocatedFile): proto.IMessage => {
  switch (draft.type) {
    case 'image':
      return { imageMessage: { ...fileOf(draft, file), ...sizeOf(file), ...textOf(draft) } }
    case 'video':
      return { videoMessage: { ...fileOf(draft, file), ...sizeOf(file), ...durationOf(file), ...textOf(draft) } }
    case 'audio':
      return { audioMessage: { ...fileOf(draft, file), ...durationOf(file), ptt: draft.voice === true } }
    case 'document':
      return { documentMessage: { ...fileOf(draft, file), ...nameOf(draft), ...textOf(draft) } }
    case 'sticker':
      return { stickerMessage: { ...fileOf(draft, file), ...sizeOf(file), isAnimated: file.animated === true } }
  }
}

const fileOf = ({ mimetype }: MediaDraft, { keys, size, url, directPath, at }: LocatedFile) => ({
  mimetype,
  url,
  directPath,
  mediaKey: keys.mediaKey,
  mediaKeyTimestamp: Math.trunc(at / 1_000),
  fileSha256: keys.sha256,
  fileEncSha256: keys.encSha256,
  fileLength: size,
})

const sizeOf = ({ width, height }: LocatedFile) =>
  width !== undefined && height !== undefined ? { width, height } : {}

const durationOf = ({ seconds }: LocatedFile) => (seconds === undefined ? {} : { seconds })

const textOf = ({ caption, mentions }: MediaDraft) => ({
  ...(caption !== undefined && { caption }),
  ...(mentions && { contextInfo: { mentionedJid: mentions } }),
})

const nameOf = ({ filename }: MediaDraft) => (filename === undefined ? {} : { fileName: filename, title: filename })
