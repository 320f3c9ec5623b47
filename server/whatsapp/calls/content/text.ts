import type { LinkPreview, TextDraft } from '../../../model/outgoing.ts'
import type { AnyMessageContent } from '../../library.ts'

export const textContent = ({ text, mentions, linkPreview }: TextDraft): AnyMessageContent => ({
  text,
  ...(mentions && { mentions }),
  // Null, not absent: the library would fetch an address that the caller chose.
  linkPreview: linkPreview === undefined ? null : previewOf(linkPreview),
})

const previewOf = ({ url, title, description, thumbnail }: LinkPreview) => ({
  'canonical-url': url,
  'matched-text': url,
  title,
  ...(description !== undefined && { description }),
  ...(thumbnail !== undefined && { jpegThumbnail: Buffer.from(thumbnail, 'base64') }),
})
