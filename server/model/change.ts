/** Changes that the account makes to stored messages, own ones and others': what callers ask for, as plain data. */

import type { Jid } from './jid.ts'
import type { MessageKey, MessageType } from './message.ts'

interface Change {
  /** Where the message that it changes is in WhatsApp. */
  target: MessageKey
  /** When it was made; epoch milliseconds. */
  at: number
}

/** A new text or caption for an own message. */
export interface Edit extends Change {
  /** Discriminates the kinds of changes. */
  type: 'edit'
  /** What kind of message it is: its caption is edited where it has an attachment. */
  of: MessageType
  /** 1 to 65,536 UTF-16 units. */
  text: string
  /** Whom the new text mentions; absent when it mentions nobody. */
  mentions?: Jid[]
}

/** Deletes a message for everyone. */
export interface Revoke extends Change {
  /** Discriminates the kinds of changes. */
  type: 'revoke'
}

/** What the account thinks of a message. */
export interface React extends Change {
  /** Discriminates the kinds of changes. */
  type: 'reaction'
  /** Takes the place of an earlier one; empty = that is taken back. */
  emoji: string
}

/** What the account chooses in a poll. */
export interface PollVote extends Change {
  /** Discriminates the kinds of changes. */
  type: 'vote'
  /** The names of all options that are chosen now; none = an earlier vote is taken back. */
  options: string[]
}

/** What the account has to say of messages. */
export type ChangeDraft = Edit | Revoke | React | PollVote

/** The kinds of changes. */
export type ChangeType = ChangeDraft['type']
