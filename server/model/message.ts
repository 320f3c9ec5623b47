import type { Jid } from './jid.ts'

/** Message kinds as the contract names them; anything WhatsApp invents later is `unknown`. */
export type MessageType =
  | 'text'
  | 'image'
  | 'video'
  | 'audio'
  | 'document'
  | 'sticker'
  | 'location'
  | 'contact'
  | 'poll'
  | 'reaction'
  | 'system'
  | 'unknown'

/** How far an own message got. Later ones replace earlier ones, never the reverse; `failed` only replaces `pending`. */
export type MessageStatus = 'pending' | 'sent' | 'delivered' | 'read' | 'played' | 'failed'

/** Where in WhatsApp a message lives. Ids are chosen by the sender, so they identify only together with chat and sender. */
export interface MessageKey {
  chat: Jid
  id: string
  fromMe: boolean
  /** Who wrote it: the participant in a group, the peer in a direct chat; absent for own messages. */
  sender?: Jid
}

/** What is known of an attachment without downloading it. */
export interface Media {
  mimetype?: string
  /** Bytes. */
  size?: number
  filename?: string
}
