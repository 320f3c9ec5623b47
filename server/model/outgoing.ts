/** Messages on their way to WhatsApp: what callers ask for, and how it ends. Plain data. */
import { randomBytes } from 'node:crypto'
import type { Jid } from './jid.ts'
import type { MessageKey } from './message.ts'

/** A text. */
export interface TextDraft {
  /** Discriminates the kinds of drafts. */
  type: 'text'
  /** 1 to 65,536 UTF-16 units. */
  text: string
  /** Whom it mentions; absent when it mentions nobody. */
  mentions?: Jid[]
  /** The message that it answers, and that message's text for those who do not have it; absent when it answers none. */
  quoted?: MessageKey
}

/** What a message is to contain, before WhatsApp's own form is made of it. */
export type Draft = TextDraft

/** Why WhatsApp does not have a message, and will not get it. */
export interface SendFailure {
  /** For programs: WhatsApp's number, such as `463`, or a word of the gateway, such as `expired`. At most 32 characters. */
  code: string
  /** For people; stored as the message's `error`. */
  words: string
}

/** WhatsApp's id for a new message of this account: chosen by the sender, 22 characters, never given twice. */
export const newWaMessageId = (): string => `3EB0${randomBytes(9).toString('hex').toUpperCase()}`
