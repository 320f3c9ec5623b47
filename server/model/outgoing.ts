/** Messages on their way to WhatsApp: what callers ask for, and how it ends. Plain data. */
import { randomBytes } from 'node:crypto'
import type { MediaKind } from './attachment.ts'
import type { ChangeDraft } from './change.ts'
import type { Jid } from './jid.ts'
import type { MessageKey, MessageType } from './message.ts'

/** What every kind of message may have. */
interface Answering {
  /** The message that it answers; absent when it answers none. */
  quoted?: MessageKey
}

/** What receivers see of a link. */
export interface LinkPreview {
  /** As it stands in the text. */
  url: string
  /** Of the page; 1 to 256 characters. */
  title: string
  /** At most 1,024 characters; absent when there is none. */
  description?: string
  /** A JPEG picture in Base64; absent when there is none. */
  thumbnail?: string
}

/** A text. */
export interface TextDraft extends Answering {
  /** Discriminates the kinds of drafts. */
  type: 'text'
  /** 1 to 65,536 code points. */
  text: string
  /** Whom it mentions; absent when it mentions nobody. */
  mentions?: Jid[]
  /** Absent when no link is shown. */
  linkPreview?: LinkPreview
}

/** A picture, video, sound, document or sticker. */
export interface MediaDraft extends Answering {
  /** Discriminates the kinds of drafts. */
  type: MediaKind
  /** The upload that is its file: `med_` + ULID. */
  uploadId: string
  /** The file was stored for this message alone, and is not needed after it. */
  ownFile?: true
  /** Media type of the file, as receivers get it. */
  mimetype: string
  /** Text next to it; absent when it has none. */
  caption?: string
  /** Whom the caption mentions; absent when it mentions nobody. */
  mentions?: Jid[]
  /** Of a document. */
  filename?: string
  /** Sound that was spoken into a phone: a voice note. */
  voice?: true
}

/** A place. */
export interface LocationDraft extends Answering {
  /** Discriminates the kinds of drafts. */
  type: 'location'
  /** Degrees, from -90 in the south to 90. */
  latitude: number
  /** Degrees, from -180 in the west to 180. */
  longitude: number
  /** What it is called; absent when it has no name. */
  name?: string
  /** In words; absent when it is not told. */
  address?: string
}

/** A contact. */
export interface ContactDraft extends Answering {
  /** Discriminates the kinds of drafts. */
  type: 'contact'
  /** Who it is; absent when the card has no name. */
  name?: string
  /** A whole vCard. */
  vcard: string
}

/** A question with options. */
export interface PollDraft extends Answering {
  /** Discriminates the kinds of drafts. */
  type: 'poll'
  /** The question. */
  name: string
  /** 2 to 12, each once, in the order in which they are shown. */
  options: string[]
  /** How many options a person may choose; 0 = any number. */
  selectableCount: number
}

/** The content of a stored message, for another chat. What of it can be sent is known when it is made. */
export interface ForwardDraft extends Answering {
  /** Discriminates the kinds of drafts. */
  type: 'forward'
  /** The message. */
  of: MessageKey
  /** What kind of message it is. */
  kind: MessageType
  /** Its text or caption, as it was when the forward was accepted; absent when it had none. */
  body?: string
}

/** What a message is to contain, before WhatsApp's own form is made of it. */
export type Draft = TextDraft | MediaDraft | LocationDraft | ContactDraft | PollDraft | ForwardDraft

/** Whether a message has a file. */
export const hasFile = (draft: Draft): draft is MediaDraft => 'uploadId' in draft

/** What the outbox sends: a message, or a change of one. */
export type Sendable = Draft | ChangeDraft

/** Whether it changes a message that exists. */
export const isChange = (draft: Sendable): draft is ChangeDraft => 'target' in draft

/** A message or a change in WhatsApp's form. */
export interface Made {
  /** Its protobuf. */
  bytes: Uint8Array
  /** After how many seconds the message disappears, as the protobuf says; absent when it stays, and of a change. */
  timer?: number
}

/** Why WhatsApp does not have a message, and will not get it. */
export interface SendFailure {
  /** For programs: WhatsApp's number, such as `463`, or a word of the gateway, such as `expired`. At most 32 characters. */
  code: string
  /** For people; stored as the message's `error`. */
  words: string
}

/** WhatsApp's id for a new message of this account: chosen by the sender, 22 characters, never given twice. */
export const newWaMessageId = (): string => `3EB0${randomBytes(9).toString('hex').toUpperCase()}`
