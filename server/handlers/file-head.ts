/** Type and name of an attachment as it is served. Both come from its sender, who may be anybody. */
import type { Attachment, MediaKind } from '../model/attachment.ts'

/** What a browser must not do with a file that it is given: open it as a page of this origin. */
export const fileSecurity = "sandbox; default-src 'none'"

const maxTypeLength = 100
const token = '[\\w!#$&^.+-]+'
const mediaType = new RegExp(`^${token}/${token}(?:\\s*;\\s*${token}=(?:${token}|"[\\w ,.+-]*"))*$`)

/** The media type, as its sender named it, if it is one. */
export const typeOf = ({ mimetype = '' }: Pick<Attachment, 'mimetype'>): string =>
  mimetype.length <= maxTypeLength && mediaType.test(mimetype) ? mimetype : 'application/octet-stream'

const maxNameLength = 120

/** `Content-Disposition` with a name that is safe on every system, plain and in UTF-8 (RFC 6266). */
export const dispositionOf = (attachment: Pick<Attachment, 'filename' | 'kind' | 'mimetype'>, id: string): string => {
  const name = nameOf(attachment.filename ?? '') ?? `${attachment.kind}-${id}${endingOf(attachment)}`
  const plain = name.replace(/[^\x20-\x7e]/g, '_').replace(/["%\\]/g, '_')
  const coded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return plain === name
    ? `attachment; filename="${name}"`
    : `attachment; filename="${plain}"; filename*=UTF-8''${coded}`
}

/** Windows opens these devices in place of a file, whatever the name ends in. */
const windowsDevice = /^(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?:\.|$)/i

/** Without folders, control and invisible characters, and what Windows reserves; undefined when nothing is left. */
const nameOf = (filename: string): string | undefined => {
  const visible = filename.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Co}\u2028\u2029]/gu, '')
  const last = visible.split(/[\\/]/).at(-1) ?? ''
  const safe = last.replace(/[<>:"|?*]/g, '_').replace(/^[.\s]+|[.\s]+$/g, '')
  if (safe === '') return undefined
  const name = windowsDevice.test(safe) ? `_${safe}` : safe
  const characters = [...name]
  if (characters.length <= maxNameLength) return name
  const [, ending = ''] = /(\.\w{1,10})$/.exec(name) ?? []
  return characters.slice(0, maxNameLength - ending.length).join('') + ending
}

const endings: Record<string, string> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/webp': '.webp',
  'image/gif': '.gif',
  'video/mp4': '.mp4',
  'video/3gpp': '.3gp',
  'audio/ogg': '.ogg',
  'audio/mpeg': '.mp3',
  'audio/mp4': '.m4a',
  'audio/aac': '.aac',
  'application/pdf': '.pdf',
}

const usualEndings: Record<MediaKind, string> = {
  image: '.jpg',
  video: '.mp4',
  audio: '.ogg',
  document: '',
  sticker: '.webp',
}

const endingOf = ({ kind, mimetype = '' }: Pick<Attachment, 'kind' | 'mimetype'>): string =>
  endings[mimetype.split(';')[0]?.trim().toLowerCase() ?? ''] ?? usualEndings[kind]
