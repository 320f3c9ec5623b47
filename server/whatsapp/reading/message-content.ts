/** Extracts the content of a message from the fifty shapes that WhatsApp has for it. */
import type { Jid } from '../../model/jid.ts'
import { bareJid } from '../../model/jid.ts'
import type { Media, MessageType } from '../../model/message.ts'
import { labelOf, maxBodyLength, saidIn, textOf } from '../../model/text.ts'
import type { proto } from '../library.ts'
import { unwrap } from './message-envelopes.ts'
import { firstSaid, type Part, partOf } from './message-part.ts'
import { anyShape, type Shown, shapes, together } from './message-shapes.ts'
import { sizeOf } from './plain.ts'

/** The part of a message fact that comes from its content. */
export interface Content {
  type: MessageType
  body?: string
  media?: Media
  quotedMessageId?: string
  mentions?: Jid[]
}

/** A group has at most 1,024 members to mention. */
const maxMentions = 1_024

/** The deepest nesting of messages in messages. */
const maxNesting = 4

/**
 * The content of an unwrapped message. Undefined when it is not a message for people: key distribution, poll votes, pins and other
 * technical messages.
 */
export const contentOf = (message: proto.IMessage): Content | undefined => {
  const shown = shownIn(message)
  if (shown.length === 0) return undefined
  const [first] = shown
  if (first?.type === 'reaction')
    return { type: 'reaction', body: textOf(first.words[0], 64) ?? '', ...quoted(first.target) }
  const { type, words, otherwise, attached: [attachment] = [], target, contexts = [] } = together(shown)
  const body = joined(words) ?? joined(otherwise ?? [])
  return {
    type: attachment?.type ?? type,
    ...(body !== undefined && { body }),
    ...(attachment && { media: mediaOf(attachment.part) }),
    ...contextOf([...contexts, attachment?.part.contextInfo]),
    ...quoted(target),
  }
}

/** The visible content of each part for people. */
const shownIn = (message: proto.IMessage, nesting = 0): Shown[] => {
  const known = readers.flatMap(([name, read]) => {
    const part = partOf(message[name])
    return part === undefined ? [] : [{ contexts: [part.contextInfo], ...read(part) }]
  })
  const others = Object.entries(message).flatMap(([name, value]) => {
    const part = partOf(value)
    return part === undefined || name in shapes || silent.has(name) ? [] : [other(name, part, nesting)]
  })
  return [...plain(message), ...known, ...others]
}

const plain = ({ conversation }: proto.IMessage): Shown[] =>
  conversation ? [{ type: 'text', words: [conversation] }] : []

const readers = Object.entries(shapes) as [keyof proto.IMessage, (part: Part) => Shown][]

/** The content of an unknown kind; if it contains a message, that message's content. */
const other = (name: string, part: Part, nesting: number): Shown => {
  const inner = nesting < maxNesting ? unwrap(partOf(part.message) ?? partOf(part.noteMessage)) : undefined
  const shown = inner === undefined ? anyShape(part) : together(shownIn(inner, nesting + 1))
  const isComment = name === 'commentMessage'
  return {
    ...shown,
    ...(!isComment && { type: 'unknown' as const }),
    ...(isComment && { target: partOf(part.targetMessageKey)?.id }),
    contexts: [part.contextInfo, ...(shown.contexts ?? [])],
  }
}

/** Joins texts as lines, without duplicates. */
const joined = (words: unknown[]): string | undefined => {
  const said = [...new Set(words.flatMap((text) => saidIn(text) ?? []))]
  return said.length === 0 ? undefined : textOf(said.join('\n'), maxBodyLength)
}

/** Parts that are not for people, or unreadable without the message that they belong to. */
export const silent: ReadonlySet<string> = new Set([
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

/** The quoted message and the mentions. */
const contextOf = (contexts: unknown[]): Pick<Content, 'quotedMessageId' | 'mentions'> => {
  const known = contexts.map(partOf).filter((context) => context !== undefined)
  const named: unknown[] = known.flatMap(({ mentionedJid }) => (Array.isArray(mentionedJid) ? mentionedJid : []))
  const jids = named.slice(0, maxMentions).map(bareJid)
  const mentions = [...new Set(jids.filter((jid) => jid !== undefined))]
  return { ...quoted(firstSaid(...known.map(({ stanzaId }) => stanzaId))), ...(mentions.length > 0 && { mentions }) }
}
