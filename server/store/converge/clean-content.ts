/** Normalizes and bounds what a message consists of: its values come from untrusted people. */
import type { Jid } from '../../model/jid.ts'
import { bareJid } from '../../model/jid.ts'
import {
  type ContactCard,
  type Location,
  type Media,
  type MessageContent,
  maxContacts,
  maxPollOptions,
  maxQuotedLength,
  maxVCardLength,
  messageTypes,
  type Poll,
  type Quoted,
} from '../../model/message.ts'
import { labelOf, textOf } from '../../model/text.ts'

const longestId = 256
const mostMentions = 1024
/** All options of a poll together, in UTF-16 units. */
const longestOptions = 65_536
const mostPixels = 1_000_000
const mostSeconds = 31_536_000
const lastTime = Date.UTC(9999, 11, 31)

const types: ReadonlySet<string> = new Set(messageTypes)

/** The content with what is valid of it. */
export function cleanContent(content: MessageContent): MessageContent {
  const body = textOf(content.body)
  const media = content.media && cleanMedia(content.media)
  const quoted = content.quoted && cleanQuoted(content.quoted)
  const mentions = cleanMentions(content.mentions)
  const location = content.location && cleanLocation(content.location)
  const contacts = content.contacts?.slice(0, maxContacts).map(cleanContact)
  const poll = content.poll && cleanPoll(content.poll)
  const { expiresAt } = content
  return {
    type: types.has(content.type) ? content.type : 'unknown',
    ...(body !== undefined && { body }),
    ...(media && { media }),
    ...(quoted && { quoted }),
    ...(mentions && { mentions }),
    ...(location && { location }),
    ...(contacts && contacts.length > 0 && { contacts }),
    ...(poll && { poll }),
    ...(content.forwarded === true && { forwarded: true }),
    ...(content.viewOnce === true && { viewOnce: true }),
    ...(isCount(expiresAt) && expiresAt > 0 && expiresAt <= lastTime && { expiresAt }),
  }
}

/** Undefined when nobody is mentioned. */
export function cleanMentions(jids: Jid[] | undefined): Jid[] | undefined {
  const mentions = jids?.slice(0, mostMentions).flatMap((jid) => bareJid(jid) ?? []) ?? []
  return mentions.length > 0 ? [...new Set(mentions)] : undefined
}

/** Undefined when it has no question or no options. */
export function cleanPoll({ name, options, selectableCount }: Poll): Poll | undefined {
  const question = textOf(name)
  const named = options.slice(0, maxPollOptions).flatMap((option) => textOf(option) || [])
  if (!question || named.length === 0 || named.join().length > longestOptions) return undefined
  return {
    name: question,
    options: [...new Set(named)],
    selectableCount: isCount(selectableCount) ? selectableCount : 0,
  }
}

function cleanMedia(media: Media): Media {
  const mimetype = labelOf(media.mimetype)
  const filename = labelOf(media.filename)
  const { size, width, height, seconds, sha256 } = media
  return {
    ...(mimetype && { mimetype }),
    ...(isCount(size) && { size }),
    ...(filename && { filename }),
    ...(isPixels(width) && { width }),
    ...(isPixels(height) && { height }),
    ...(isCount(seconds) && seconds <= mostSeconds && { seconds }),
    ...(media.voice === true && { voice: true }),
    ...(media.animated === true && { animated: true }),
    ...(typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
  }
}

function cleanQuoted({ id, fromMe, sender, type, body }: Quoted): Quoted | undefined {
  const known = textOf(id, longestId)
  const by = fromMe ? undefined : bareJid(sender)
  const text = charactersOf(body, maxQuotedLength)
  if (!known) return undefined
  return {
    id: known,
    fromMe: fromMe === true,
    ...(by && { sender: by }),
    type: types.has(type) ? type : 'unknown',
    ...(text !== undefined && { body: text }),
  }
}

function cleanLocation({ latitude, longitude, name, address, live }: Location): Location | undefined {
  if (!isWithin(latitude, 90) || !isWithin(longitude, 180)) return undefined
  const [called, inWords] = [textOf(name, maxQuotedLength), textOf(address, maxQuotedLength)]
  return {
    latitude,
    longitude,
    ...(called && { name: called }),
    ...(inWords && { address: inWords }),
    ...(live === true && { live: true }),
  }
}

function cleanContact({ name, vcard }: ContactCard): ContactCard {
  const called = labelOf(name)
  const card = textOf(vcard)
  return { ...(called && { name: called }), ...(card && card.length <= maxVCardLength && { vcard: card }) }
}

/** The beginning of a text, in characters: two UTF-16 units may be one. */
const charactersOf = (text: string | undefined, most: number) => {
  const wellFormed = textOf(text, most * 2)
  return wellFormed === undefined || wellFormed.length <= most ? wellFormed : [...wellFormed].slice(0, most).join('')
}

const isWithin = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= most

const isPixels = (value: unknown): value is number => isCount(value) && value > 0 && value <= mostPixels

/** Whether it is a whole number of 0 or more. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
