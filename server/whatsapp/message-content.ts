/** What a message says, out of the fifty shapes that WhatsApp has for it. */
import type { proto } from '@whiskeysockets/baileys'
import type { Jid } from './client.ts'
import type { Media, MessageType } from './facts.ts'
import { bareJid } from './jid.ts'
import { labelOf, sizeOf, textOf } from './plain.ts'

/** The part of a message fact that its content decides. */
export interface Content {
  type: MessageType
  body?: string
  media?: Media
  quotedMessageId?: string
  mentions?: Jid[]
}

/** A group has at most 1,024 members to mention. */
const maxMentions = 1_024

/** Wrappers inside wrappers end somewhere: WhatsApp itself nests three. */
const maxDepth = 12

/** Envelopes whose only content is another message. */
const wrappers = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'deviceSentMessage',
  'editedMessage',
  'associatedChildMessage',
  'groupMentionedMessage',
  'botInvokeMessage',
  'botForwardedMessage',
  'lottieStickerMessage',
  'pollCreationMessageV4',
  'pollCreationOptionImageMessage',
  'eventCoverImage',
  'questionMessage',
  'questionReplyMessage',
] as const satisfies (keyof proto.IMessage)[]

/** The message inside its wrappers; undefined when there is none, or the wrapping has no end. */
export const unwrap = (message: proto.IMessage | null | undefined): proto.IMessage | undefined => {
  let inner = message ?? undefined
  for (let depth = 0; depth < maxDepth; depth += 1) {
    const wrapper = wrappers.find((name) => inner?.[name]?.message)
    if (wrapper === undefined) return inner
    inner = inner?.[wrapper]?.message ?? undefined
  }
  return undefined
}

/**
 * What to store of an unwrapped message. Undefined for what is no message to people: key distribution, poll votes, pins,
 * and everything else that travels as one.
 */
export const contentOf = (message: proto.IMessage): Content | undefined => {
  if (message.conversation) return { type: 'text', body: textOf(message.conversation) ?? '' }
  for (const [name, read] of readers) {
    const part = partOf(message[name])
    if (part !== undefined) return { ...read(part), ...contextOf(part) }
  }
  return hasOnlySilentParts(message) ? undefined : { type: 'unknown' }
}

/** Any part of a message, read without trust: what is there is a string, a number, bytes or a part. */
type Part = Record<string, unknown>

const withBody = (type: MessageType, body: unknown): Content => {
  const text = textOf(body)
  return text === undefined || text === '' ? { type } : { type, body: text }
}

const media = (type: MessageType, body?: (part: Part) => unknown) => (part: Part) => ({
  ...withBody(type, body?.(part)),
  media: mediaOf(part),
})

const body = (type: MessageType, read: (part: Part) => unknown) => (part: Part) => withBody(type, read(part))

const caption = (part: Part) => part.caption
const name = (part: Part) => part.name

/** In the order in which they are looked for: a message has one of them, and extras that don't count. */
const byPart: { [name in keyof proto.IMessage]?: (part: Part) => Content } = {
  extendedTextMessage: body('text', (part) => part.text),
  imageMessage: media('image', caption),
  videoMessage: media('video', caption),
  ptvMessage: media('video', caption),
  audioMessage: media('audio'),
  documentMessage: media('document', caption),
  stickerMessage: media('sticker'),
  locationMessage: body('location', (part) => part.comment || part.name || part.address),
  liveLocationMessage: body('location', caption),
  contactMessage: body('contact', (part) => part.displayName),
  contactsArrayMessage: body('contact', (part) => part.displayName),
  pollCreationMessage: body('poll', name),
  pollCreationMessageV2: body('poll', name),
  pollCreationMessageV3: body('poll', name),
  pollCreationMessageV5: body('poll', name),
  reactionMessage: (part) => ({
    type: 'reaction',
    body: textOf(part.text, 64) ?? '',
    ...quoted(partOf(part.key)?.id),
  }),
  buttonsMessage: body('text', (part) => part.contentText),
  listMessage: body('text', (part) => part.description || part.title),
  interactiveMessage: body('text', (part) => partOf(part.body)?.text),
  templateMessage: body('text', (part) => {
    const template = partOf(part.hydratedTemplate) ?? partOf(part.hydratedFourRowTemplate)
    return template?.hydratedContentText ?? partOf(partOf(part.interactiveMessageTemplate)?.body)?.text
  }),
  buttonsResponseMessage: body('text', (part) => part.selectedDisplayText),
  templateButtonReplyMessage: body('text', (part) => part.selectedDisplayText),
  listResponseMessage: body('text', (part) => part.title),
  interactiveResponseMessage: body('text', (part) => partOf(part.body)?.text),
  groupInviteMessage: body('text', (part) => part.caption || part.groupName),
  productMessage: body('unknown', (part) => part.body),
  orderMessage: body('unknown', (part) => part.message),
  eventMessage: body('unknown', name),
  stickerPackMessage: body('unknown', name),
}

const readers = Object.entries(byPart) as [keyof proto.IMessage, (part: Part) => Content][]

/** Parts that say nothing to people, or that can't be read without the message they belong to. */
const silent = new Set([
  'messageContextInfo',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
  'protocolMessage',
  'pollUpdateMessage',
  'encReactionMessage',
  'encCommentMessage',
  'encEventResponseMessage',
  'secretEncryptedMessage',
  'keepInChatMessage',
  'pinInChatMessage',
  'albumMessage',
  'stickerSyncRmrMessage',
  'messageHistoryBundle',
  'messageHistoryNotice',
  'call',
  'callLogMesssage',
  'bcallMessage',
  'placeholderMessage',
  'chat',
])

const hasOnlySilentParts = (message: proto.IMessage) =>
  Object.entries(message).every(
    ([part, value]) => value === null || value === undefined || value === '' || silent.has(part),
  )

const partOf = (value: unknown): Part | undefined =>
  typeof value === 'object' && value !== null ? (value as Part) : undefined

const mediaOf = (part: Part): Media => {
  const mimetype = labelOf(part.mimetype)
  const size = sizeOf(part.fileLength)
  const filename = labelOf(part.fileName) ?? labelOf(part.title)
  return {
    ...(mimetype !== undefined && { mimetype }),
    ...(size !== undefined && { size }),
    ...(filename !== undefined && { filename }),
  }
}

const quoted = (id: unknown) => {
  const quotedMessageId = labelOf(id)
  return quotedMessageId === undefined ? {} : { quotedMessageId }
}

/** What it answers and whom it mentions. */
const contextOf = (part: Part): Pick<Content, 'quotedMessageId' | 'mentions'> => {
  const context = partOf(part.contextInfo)
  if (context === undefined) return {}
  const named = Array.isArray(context.mentionedJid) ? context.mentionedJid.slice(0, maxMentions) : []
  const mentions = [...new Set(named.map(bareJid).filter((jid) => jid !== undefined))]
  return { ...quoted(context.stanzaId), ...(mentions.length > 0 && { mentions }) }
}
