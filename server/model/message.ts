import { enums } from '../../generated/enums.ts'
import type { Jid } from './jid.ts'

/** Message types, as the contract names them; a type that WhatsApp adds later is `unknown`. */
export const messageTypes = enums['Message.type']
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
}
