/** What a file is, by its first bytes. */
import type { MediaKind } from '../model/attachment.ts'

/** What the first bytes of a file say. */
export interface FileType {
  /** Media type, with the codec where WhatsApp needs it. */
  mimetype: string
  /** As what WhatsApp takes it, besides as a document. */
  kinds: readonly Exclude<MediaKind, 'document'>[]
}

/** So many bytes decide. */
export const headBytes = 64

/** Which types WhatsApp's apps show, by kind; for people. */
export const typesOf: Record<Exclude<MediaKind, 'document'>, string> = {
  image: 'JPEG, PNG or WebP',
  video: 'MP4 or 3GP',
  audio: 'MP3, AAC, M4A, AMR or Ogg with Opus',
  sticker: 'WebP',
}

/** The type of voice notes: apps play no other. */
export const voiceType = 'audio/ogg; codecs=opus'

/** @param head the first `headBytes` of the file, fewer where it has fewer @returns undefined for any other type */
export const fileTypeOf = (head: Buffer): FileType | undefined => {
  const text = head.toString('latin1')
  const at = (offset: number, words: string) => text.startsWith(words, offset)
  if (at(0, '\xff\xd8\xff')) return { mimetype: 'image/jpeg', kinds: ['image'] }
  if (at(0, '\x89PNG\r\n\x1a\n')) return { mimetype: 'image/png', kinds: ['image'] }
  if (at(0, 'RIFF') && at(8, 'WEBP')) return { mimetype: 'image/webp', kinds: ['sticker', 'image'] }
  if (at(4, 'ftyp')) return ofBrand(text.slice(8, 12))
  if (at(0, 'OggS') && at(28, 'OpusHead')) return { mimetype: voiceType, kinds: ['audio'] }
  if (at(0, 'ID3') || isMp3(head)) return { mimetype: 'audio/mpeg', kinds: ['audio'] }
  if (isAac(head)) return { mimetype: 'audio/aac', kinds: ['audio'] }
  if (at(0, '#!AMR\n')) return { mimetype: 'audio/amr', kinds: ['audio'] }
  if (at(0, 'GIF87a') || at(0, 'GIF89a')) return { mimetype: 'image/gif', kinds: [] }
  if (at(0, '%PDF-')) return { mimetype: 'application/pdf', kinds: [] }
  return undefined
}

/** Containers of the ISO base media format, by what wrote them. */
const ofBrand = (brand: string): FileType | undefined => {
  if (brand.startsWith('M4A') || brand.startsWith('M4B')) return { mimetype: 'audio/mp4', kinds: ['audio'] }
  if (brand.startsWith('3g')) return { mimetype: 'video/3gpp', kinds: ['video'] }
  if (brand === 'qt  ') return { mimetype: 'video/quicktime', kinds: [] }
  if (/^(hei|hev|mif1|msf1|avi[fs])/.test(brand)) return undefined
  return { mimetype: 'video/mp4', kinds: ['video'] }
}

/** A frame of layer III, whose header has no reserved value. */
const isMp3 = ([first = 0, second = 0, third = 0]: Buffer) =>
  first === 0xff &&
  (second & 0xe6) === 0xe2 &&
  (second & 0x18) !== 0x08 &&
  (third & 0xf0) !== 0xf0 &&
  (third & 0x0c) !== 0x0c

/** A frame in an ADTS stream. */
const isAac = ([first = 0, second = 0]: Buffer) => first === 0xff && (second & 0xf6) === 0xf0
