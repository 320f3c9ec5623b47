/**
 * What WhatsApp told us, in our words: the only vocabulary between the WhatsApp adapter and the store. A fact is plain
 * data, may arrive twice, and may arrive in any order; the store converges.
 *
 * JIDs are bare (no device) but not canonical: the same person may appear as phone JID or LID. The store resolves aliases.
 * Times are epoch milliseconds, UTC.
 */
import type { Jid } from './jid.ts'
import type { Media, MessageKey, MessageStatus, MessageType } from './message.ts'

/** A message as WhatsApp delivered it. The same key again is the same message. */
export interface MessageFact extends MessageKey {
  /** Tells it from other facts. */
  kind: 'message'
  /** When WhatsApp says it was sent. */
  timestamp: number
  /** What kind of content it has. */
  type: MessageType
  /** Text or caption; the emoji of a reaction ('' = taken back); the question of a poll; absent otherwise. */
  body?: string
  /** What is attached; absent when nothing is. */
  media?: Media
  /** Id of the message this one answers or reacts to. */
  quotedMessageId?: string
  /** Who is mentioned in the text; absent when nobody is. */
  mentions?: Jid[]
  /** Own messages only. */
  status?: MessageStatus
  /** True while only the envelope is known: the text could not be decrypted yet. A later fact with the same key replaces it. */
  undecryptable?: boolean
  /** True for a message that arrived live or from the offline queue: it counts as unread. False for history. */
  live: boolean
  /** True when the gateway marks it as read on WhatsApp: then it does not count as unread. */
  read?: boolean
  /** The sender's own display name, as the envelope carried it. */
  pushName?: string
  /**
   * Its protobuf (`proto.Message`), at most 1 MiB, with its secrets: kept sealed, never shown. Absent when there is none, as of
   * a system message.
   */
  raw?: Uint8Array
}

/** What WhatsApp seals under the secret of an earlier message. */
export type SealedKind =
  | 'edit'
  | 'event_edit'
  | 'poll_edit'
  | 'poll_option'
  | 'vote'
  | 'reaction'
  | 'comment'
  | 'event_answer'

/**
 * Content that opens with the secret of an earlier message of its chat alone. The store opens it, now or once it has that
 * message; what comes of it are other facts.
 */
export interface SealedFact {
  /** Tells it from other facts. */
  kind: 'sealed'
  /** What it is, once it is open. */
  holds: SealedKind
  /** The message that brought it, as far as its envelope goes. */
  carrier: Omit<
    MessageFact,
    'kind' | 'type' | 'body' | 'media' | 'quotedMessageId' | 'mentions' | 'undecryptable' | 'raw'
  >
  /** Id of the message under whose secret it is. */
  targetId: string
  /** The address under which the carrier names the author of that message. */
  author?: Jid
  /** Addresses of the account. */
  own: Jid[]
  /** When it was made, by the sender's clock as far as it can be believed. */
  at: number
  /** 12 bytes. */
  iv: Uint8Array
  /** Ciphertext and tag of AES-256-GCM, at most 128 KiB. */
  payload: Uint8Array
  /** The secret of the carrier itself, where it has one: what is sealed under a comment later needs it. */
  secret?: Uint8Array
}

/** What is told of messages that may not have come, of people and chats. */
type OtherFact =
  /**
   * New words for a message, and whom they mention: both replace what was there, so that absent mentions mention nobody. What
   * is attached, and what the message answers, stay. `at` orders edits among themselves. Only its author's edit counts.
   */
  | { kind: 'edit'; target: MessageKey; by: Jid | 'me'; body: string; mentions?: Jid[]; at: number }
  /** Deleted for everyone, by its author or by a group admin. */
  | { kind: 'revoke'; target: MessageKey; by: Jid | 'me'; at: number }
  /** Deleted by the account for itself alone, on another of its devices. It stays deleted, should it come (again). */
  | { kind: 'remove'; target: MessageKey }
  /**
   * Everything up to this time is gone from the chat, by the account, on another of its devices; with `gone` the chat itself, until
   * something newer comes.
   */
  | { kind: 'clear'; chat: Jid; until: number; gone: boolean }
  /** An own message got further. */
  | { kind: 'receipt'; target: MessageKey; status: MessageStatus; error?: string; at: number }
  /** Two addresses of one person. */
  | { kind: 'alias'; lid: Jid; pn: Jid }
  /** Names of a person: `name` from the account's address book, `pushName` chosen by the person. */
  | { kind: 'contact'; jid: Jid; name?: string; pushName?: string }
  /** What is known of a chat. `unreadCount` is absolute. Absent members say nothing; `mutedUntil: null` takes a mute away. */
  | {
      kind: 'chat'
      jid: Jid
      name?: string
      unreadCount?: number
      archived?: boolean
      pinned?: boolean
      mutedUntil?: number | null
      lastMessageAt?: number
    }
  /** The account read the chat on another device. */
  | { kind: 'read'; chat: Jid }

/** One thing that WhatsApp told. `history` is true for what the phone tells with its history: it changes what is stored, and is no news to anybody. */
export type Fact = MessageFact | SealedFact | (OtherFact & { history?: true })
