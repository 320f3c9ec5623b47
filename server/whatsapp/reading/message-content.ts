/** Extracts the content of a message from the fifty shapes that WhatsApp has for it. */
import type { Jid } from '../../model/jid.ts'
import { bareJid } from '../../model/jid.ts'
import { type MessageContent, maxQuotedLength, type Quoted } from '../../model/message.ts'
import { labelOf, maxBodyLength, saidIn, textOf } from '../../model/text.ts'
import type { proto } from '../library.ts'
import { mediaOf } from './message-details.ts'
import { layersOf, unwrap } from './message-envelopes.ts'
import { firstSaid, type Part, partOf } from './message-part.ts'
import { type Attachment, anyShape, type Shown, shapes, together } from './message-shapes.ts'
import { numberOf } from './plain.ts'

/** What is known of the message around its content. */
export interface Frame {
  /** When its time to disappear begins: epoch milliseconds. */
  from: number
  /** Whether an address is one of the account's. */
  isMe: (jid: Jid) => boolean
}

const noFrame: Frame = { from: 0, isMe: () => false }

/** A group has at most 1,024 members to mention. */
const maxMentions = 1_024

/** The deepest nesting of messages in messages. */
const maxNesting = 4

/**
 * The content of an unwrapped message. Undefined when it is not a message for people: key distribution, reactions, votes, pins and
 * other technical messages.
 */
export const contentOf = (message: proto.IMessage, frame: Frame = noFrame): MessageContent | undefined => {
  const shown = shownIn(message)
  if (shown.length === 0) return undefined
  const { attached: [attachment] = [], target, contexts = [], carried, ...said } = together(shown)
  const brief = briefOf(said, attachment?.type)
  return {
    ...brief,
    ...(attachment && { media: mediaOf(attachment.part) }),
    ...carriedBy(brief.type, carried),
    ...(attachment?.part.viewOnce === true && { viewOnce: true }),
    ...contextOf([...contexts, attachment?.part.contextInfo], frame),
    ...quotedTarget(target, frame),
  }
}

/** Whether it is in one of the envelopes for messages that may be opened once. */
export const isViewOnce = (message: proto.IMessage): boolean =>
  layersOf(message).some(
    (layer) => layer.viewOnceMessage || layer.viewOnceMessageV2 || layer.viewOnceMessageV2Extension,
  )

const briefOf = ({ type, words, otherwise }: Shown, attached: Shown['type'] | undefined) => {
  const body = joined(words) ?? joined(otherwise ?? [])
  return { type: attached ?? type, ...(body !== undefined && { body }) }
}

/** Only a modified client sends a place, contacts or a poll together with something else: then only what the type says is shown. */
const carriedBy = (type: Shown['type'], { location, contacts, poll }: NonNullable<Shown['carried']> = {}) => ({
  ...(type === 'location' && location && { location }),
  ...(type === 'contact' && contacts && { contacts }),
  ...(type === 'poll' && poll && { poll }),
})

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
    ...(isComment && { target: partOf(part.targetMessageKey) }),
    contexts: [part.contextInfo, ...(shown.contexts ?? [])],
  }
}

/** The part of a message that has its file; undefined when it has none. */
export const attachedIn = (message: proto.IMessage): Attachment | undefined => together(shownIn(message)).attached?.[0]

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
  'reactionMessage',
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

/** A message that this one belongs to, of which the content has only the key. */
const quotedTarget = (key: Part | undefined, frame: Frame): { quoted?: Quoted } => {
  const id = labelOf(key?.id)
  return id === undefined ? {} : { quoted: { id, ...senderOf(key?.participant, frame), type: 'unknown' } }
}

const senderOf = (participant: unknown, { isMe }: Frame): Pick<Quoted, 'fromMe' | 'sender'> => {
  const sender = bareJid(participant)
  if (sender === undefined) return { fromMe: false }
  return isMe(sender) ? { fromMe: true } : { fromMe: false, sender }
}

/** The quoted message, the mentions, and whether it was forwarded and disappears. */
const contextOf = (
  contexts: unknown[],
  frame: Frame,
): Pick<MessageContent, 'quoted' | 'mentions' | 'forwarded' | 'expiresAt'> => {
  const known = contexts.map(partOf).filter((context) => context !== undefined)
  const named: unknown[] = known.flatMap(({ mentionedJid }) => (Array.isArray(mentionedJid) ? mentionedJid : []))
  const jids = named.slice(0, maxMentions).map(bareJid)
  const mentions = [...new Set(jids.filter((jid) => jid !== undefined))]
  const quoting = known.find(({ stanzaId }) => firstSaid(stanzaId) !== undefined)
  const seconds = Math.max(0, ...known.map(({ expiration }) => numberOf(expiration) ?? 0))
  return {
    ...(quoting && quotedIn(quoting, frame)),
    ...(mentions.length > 0 && { mentions }),
    ...(known.some(isForwarded) && { forwarded: true }),
    ...(seconds > 0 && frame.from > 0 && { expiresAt: frame.from + Math.trunc(seconds) * 1_000 }),
  }
}

const isForwarded = ({ isForwarded: is, forwardingScore }: Part) => is === true || (numberOf(forwardingScore) ?? 0) > 0

const quotedIn = ({ stanzaId, participant, quotedMessage }: Part, frame: Frame): { quoted?: Quoted } => {
  const id = labelOf(stanzaId)
  if (id === undefined) return {}
  const message = unwrap(partOf(quotedMessage))
  const { attached: [attachment] = [], ...said } = together(message === undefined ? [] : shownIn(message))
  const { type, body } = briefOf(said, attachment?.type)
  const text = textOf(body, maxQuotedLength * 2)
  return { quoted: { id, ...senderOf(participant, frame), type, ...(text !== undefined && { body: text }) } }
}
