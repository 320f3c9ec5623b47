import { enums } from '../../generated/enums.ts'
import type { Jid } from './jid.ts'

/** Message types, as the contract names them; a type that WhatsApp adds later is `unknown`. */
export const messageTypes = enums.MessageType
/** One of `messageTypes`. */
export type MessageType = (typeof messageTypes)[number]

/** The statuses of an own message, as the contract names them. */
export type MessageStatus = (typeof enums)['MessageStatus'][number]

/** From `pending` to `played`. */
const progress: readonly MessageStatus[] = enums.MessageStatus.filter((status) => status !== 'failed')

/** Every status. Its index is WhatsApp's own number for it and the contract's `ackLevel`: 0 is `failed`, 5 `played`. */
export const messageStatuses: readonly MessageStatus[] = ['failed', ...progress]

/** A status only moves forward. `failed` replaces `pending` only, and is replaced when the message arrives after all. */
export const statusOrder: readonly MessageStatus[] = progress.toSpliced(1, 0, 'failed')

/** Where in WhatsApp a message lives. Ids are chosen by the sender, so they identify only together with chat and sender. */
export interface MessageKey {
  /** Any address of the chat. */
  chat: Jid
  /** As WhatsApp has it: 1 to 256 code points. */
  id: string
  /** Whether the account wrote it. */
  fromMe: boolean
  /** Who wrote it: the participant in a group, the peer in a direct chat; absent for own messages. */
  sender?: Jid
}

/** What is known of an attachment without downloading it. */
export interface Media {
  /** Media type, as the sender named it. */
  mimetype?: string
  /** Bytes. */
  size?: number
  /** As the sender named the file. */
  filename?: string
  /** Pixels, 1 or more. */
  width?: number
  /** Pixels, 1 or more. */
  height?: number
  /** How long it takes; 0 or more. */
  seconds?: number
  /** A voice note. */
  voice?: true
  /** A sticker or video that is shown as an animation. */
  animated?: true
  /** SHA-256 of the attachment as the sender declared it: 64 lower-case hexadecimal digits. */
  sha256?: string
}

/** The message that another one answers, as the sender of the answer quoted it. */
export interface Quoted {
  /** WhatsApp's id. */
  id: string
  /** Whether the account wrote it. */
  fromMe: boolean
  /** Who wrote it; absent for own messages, and when it is not known. */
  sender?: Jid
  /** `unknown` when only the id is known. */
  type: MessageType
  /** At most `maxQuotedLength` characters; absent when there is none. */
  body?: string
}

/** A quoted message of which only the key is known. */
export const quotedBy = ({ id, fromMe, sender }: MessageKey): Quoted => ({
  id,
  fromMe,
  ...(sender !== undefined && { sender }),
  type: 'unknown',
})

/** A place on the map. */
export interface Location {
  /** Degrees north, -90 to 90. */
  latitude: number
  /** Degrees east, -180 to 180. */
  longitude: number
  /** What the place is called. */
  name?: string
  /** In words. */
  address?: string
  /** A live location: the place where it began. */
  live?: true
}

/** A shared contact. */
export interface ContactCard {
  /** What the contact is called. */
  name?: string
  /** The card as text, at most `maxVCardLength` characters, without pictures. */
  vcard?: string
}

/** A poll without its result. */
export interface Poll {
  /** The question. */
  name: string
  /** In the poll's order, at most `maxPollOptions`; each once. */
  options: string[]
  /** How many options one person may choose; 0 = any number. */
  selectableCount: number
}

/** What a message consists of. */
export interface MessageContent {
  /** What kind of content it has. */
  type: MessageType
  /** Text or caption; the question of a poll; what a place or contact is called; absent otherwise. */
  body?: string
  /** The attachment; absent when there is none. */
  media?: Media
  /** The message that this one answers; absent when it answers none. */
  quoted?: Quoted
  /** Whom the text mentions; absent when it mentions nobody. */
  mentions?: Jid[]
  /** The place that it shows. */
  location?: Location
  /** The contacts that it shares, at most `maxContacts`. */
  contacts?: ContactCard[]
  /** The poll that it is. */
  poll?: Poll
  /** It was forwarded from another chat. */
  forwarded?: true
  /** It may be opened once. */
  viewOnce?: true
  /** When it disappears from the apps: epoch milliseconds. */
  expiresAt?: number
}

/** Characters of a quoted text. */
export const maxQuotedLength = 1_024
/** Characters of a contact's card. */
export const maxVCardLength = 8_192
/** Contacts of one message. */
export const maxContacts = 256
/** Options of one poll. */
export const maxPollOptions = 256
