/**
 * What of a message is sent on. Everything is copied by name: whatever else a message carries (secrets, quoted messages, mentions,
 * keys of its chat, fields that WhatsApp adds later) stays behind.
 */
import { randomBytes } from 'node:crypto'
import type { ForwardDraft } from '../../../model/outgoing.ts'
import { fileNameOf } from '../../../model/text.ts'
import { Refused } from '../../../ports/whatsapp/calls.ts'
import type { proto } from '../../library.ts'
import { layersOf, unwrap } from '../../reading/message-envelopes.ts'
import { listOf, type Part, partOf, within } from '../../reading/message-part.ts'

/** Phones say "forwarded many times" long before. */
const mostForwarded = 127

/**
 * The content of the new message. An attachment is not uploaded again: the new message names the same file.
 * @param source undefined when its content is not stored
 * @throws Refused when it cannot be forwarded
 */
export const forwardOf = (draft: ForwardDraft, source: proto.IMessage | undefined): proto.IMessage => {
  const content = source && (unwrap(source) as Part | undefined)
  if (source === undefined || content === undefined || isViewOnce(source)) throw new Refused('not_forwardable')
  const [name, part] = Object.keys(content).flatMap((key): [string, Part][] => {
    const value = partOf(content[key])
    return value !== undefined && isContent(key) ? [[key, value]] : []
  })[0] ?? ['conversation', {}]
  const score = Number(within(part, 'contextInfo').forwardingScore ?? 0)
  const contextInfo = { isForwarded: true, forwardingScore: Math.min(score + 1, mostForwarded) }
  const made = draft.kind === 'text' ? text(part, draft.body) : kinds[name]?.(part, draft.body)
  if (made === undefined) throw new Refused('not_forwardable')
  return {
    [made.name]: { ...made.content, contextInfo },
    // A secret of its own, under which votes and reactions to it are sealed.
    messageContextInfo: { messageSecret: randomBytes(32) },
  }
}

interface Made {
  name: keyof proto.IMessage
  content: Part
}

type Make = (part: Part, body: string | undefined) => Made | undefined

const isContent = (name: string) => Object.hasOwn(kinds, name) || name === 'extendedTextMessage'

/** These members of a part, as far as it has them. */
const only = (part: Part, names: readonly string[]): Part =>
  Object.fromEntries(
    names.flatMap((name) => (part[name] === undefined || part[name] === null ? [] : [[name, part[name]]])),
  )

const previewed = ['matchedText', 'title', 'description', 'previewType', 'jpegThumbnail']

/** The words as they are now; what is shown of a link, only where it is still in them. */
const text: Make = (part, body) => {
  if (!body) return undefined
  const { matchedText } = part
  const isShown = typeof matchedText === 'string' && matchedText !== '' && body.includes(matchedText)
  return { name: 'extendedTextMessage', content: { text: body, ...(isShown && only(part, previewed)) } }
}

const filed = [
  'url',
  'directPath',
  'mediaKey',
  'mediaKeyTimestamp',
  'fileSha256',
  'fileEncSha256',
  'fileLength',
  'mimetype',
  'jpegThumbnail',
]

/** Where the file is, what opens it, and what is shown of it. */
const file =
  (name: keyof proto.IMessage, shown: readonly string[]): Make =>
  (part, body) => {
    const isThere = part.mediaKey && part.fileEncSha256 && (part.directPath || part.url)
    if (!isThere) return undefined
    const caption = body !== undefined && shown.includes('caption') && { caption: body }
    return { name, content: { ...only(part, [...filed, ...shown.filter((one) => one !== 'caption')]), ...caption } }
  }

/** A name that hides its ending is not passed on. */
const document: Make = (part, body) => {
  const made = file('documentMessage', ['caption', 'pageCount'])(part, body)
  const names = { title: fileNameOf(part.title), fileName: fileNameOf(part.fileName) }
  return made && { ...made, content: { ...made.content, ...only(names, ['title', 'fileName']) } }
}

const video = ['caption', 'seconds', 'width', 'height', 'gifPlayback', 'gifAttribution', 'streamingSidecar']

const place: Make = (part) => ({
  name: 'locationMessage',
  content: only(part, ['degreesLatitude', 'degreesLongitude', 'name', 'address', 'url', 'jpegThumbnail']),
})

const card = ['displayName', 'vcard']

const cards: Make = (part) => ({
  name: 'contactsArrayMessage',
  content: {
    ...only(part, ['displayName']),
    contacts: listOf(part.contacts, Number.POSITIVE_INFINITY).map((one) => only(one, card)),
  },
})

/** The votes stay with the original: they are sealed under its secret. */
const poll: Make = (part) => ({
  name: part.selectableOptionsCount === 1 ? 'pollCreationMessageV3' : 'pollCreationMessage',
  content: {
    ...only(part, ['name', 'selectableOptionsCount']),
    options: listOf(part.options, Number.POSITIVE_INFINITY).map((one) => only(one, ['optionName'])),
  },
})

const kinds: Readonly<Record<string, Make>> = {
  imageMessage: file('imageMessage', ['caption', 'width', 'height']),
  videoMessage: file('videoMessage', video),
  ptvMessage: file('ptvMessage', video),
  audioMessage: file('audioMessage', ['seconds', 'ptt', 'waveform', 'streamingSidecar']),
  documentMessage: document,
  stickerMessage: file('stickerMessage', ['width', 'height', 'isAnimated', 'pngThumbnail']),
  locationMessage: place,
  contactMessage: (part) => ({ name: 'contactMessage', content: only(part, card) }),
  contactsArrayMessage: cards,
  pollCreationMessage: poll,
  pollCreationMessageV2: poll,
  pollCreationMessageV3: poll,
}

const viewedOnce = ['viewOnceMessage', 'viewOnceMessageV2', 'viewOnceMessageV2Extension']

const isViewOnce = (message: proto.IMessage): boolean =>
  layersOf(message).some((layer) =>
    Object.entries(layer).some(([name, part]) => viewedOnce.includes(name) || partOf(part)?.viewOnce === true),
  )
