/**
 * What WhatsApp reported, as plain data: the only vocabulary between the WhatsApp adapter and the store. A fact may arrive twice, and
 * facts may arrive in any order; the store converges.
 *
 * JIDs are bare (no device) but not canonical: the same person may appear as phone JID or LID. The store resolves aliases.
 * Times are epoch milliseconds, UTC.
 */
import type { components } from '../../generated/types.ts'
import type { Jid } from './jid.ts'
import type { MessageContent, MessageKey, MessageStatus, Poll } from './message.ts'
import type { SendFailure } from './outgoing.ts'

/** A message as WhatsApp delivered it. The same key again is the same message. */
export interface MessageFact extends MessageKey, MessageContent {
  /** Discriminates the kinds of facts. */
  kind: 'message'
  /** When WhatsApp says it was sent. */
  timestamp: number
  /** Own messages only. */
  status?: MessageStatus
  /** True while only the envelope is known, because the text could not be decrypted yet. A later fact with the same key replaces it. */
  undecryptable?: boolean
  /** True for a message that arrived live or from the offline queue: it counts as unread. False for history. */
  live: boolean
  /** True when the gateway marks it as read on WhatsApp: then it does not count as unread. */
  read?: boolean
  /** The sender's own display name, as the envelope carried it. */
  pushName?: string
  /**
   * Its protobuf (`proto.Message`), at most 1 MiB, with its secrets: stored sealed, never served. Absent when there is none, as in
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
 * Content that only the secret of an earlier message of its chat decrypts. The store decrypts it, now or when that message arrives,
 * which gives other facts.
 */
export interface SealedFact {
  /** Discriminates the kinds of facts. */
  kind: 'sealed'
  /** What it contains, once decrypted. */
  holds: SealedKind
  /** The envelope of the message that carried it. */
  carrier: Omit<MessageFact, 'kind' | keyof MessageContent | 'undecryptable' | 'raw'>
  /** Id of the message whose secret decrypts it. */
  targetId: string
  /** The address under which the carrier names the author of that message. */
  author?: Jid
  /** Addresses of the account. */
  own: Jid[]
  /** When it was made, by the sender's clock within plausible bounds. */
  at: number
  /** 12 bytes. */
  iv: Uint8Array
  /** Ciphertext and tag of AES-256-GCM, at most 128 KiB. */
  payload: Uint8Array
  /** The secret of the carrier itself, if it has one: a later reply to a comment needs it. */
  secret?: Uint8Array
}

/** Changes to messages, which may arrive before the messages themselves, and to people and chats. */
type OtherFact =
  /**
   * A new text for a message, with its mentions. Both replace the former ones, so absent `mentions` means nobody. Attachment and
   * quoted message stay. `at` orders the edits of a message. Only an edit by its author counts.
   */
  | { kind: 'edit'; target: MessageKey; by: Jid | 'me'; body: string; mentions?: Jid[]; at: number }
  /**
   * What a person thinks of a message, in one emoji; '' takes it back. Each person has one reaction, the newest by `at`. `carrier` is
   * the message that brought it, of which a placeholder may be stored.
   */
  | { kind: 'reaction'; target: MessageKey; by: Jid | 'me'; emoji: string; at: number; carrier?: MessageKey }
  /**
   * What a person chooses in a poll: the SHA-256 of each chosen option's name, in hexadecimal; none withdraws the vote. The newest
   * one of each person counts. `poll`: what is voted about, for stored polls that lack it. `carrier`: as of a reaction.
   */
  | {
      kind: 'vote'
      target: MessageKey
      by: Jid | 'me'
      options: string[]
      at: number
      poll?: Poll
      carrier?: MessageKey
    }
  /** Deleted for everyone, by its author or by a group admin. */
  | { kind: 'revoke'; target: MessageKey; by: Jid | 'me'; at: number }
  /** The account deleted it "for me" on another of its devices. It stays deleted, even if the message arrives (again). */
  | { kind: 'remove'; target: MessageKey }
  /**
   * The account cleared the chat up to this time on another of its devices. With `gone` it deleted the chat, which comes back with
   * the next newer message.
   */
  | { kind: 'clear'; chat: Jid; until: number; gone: boolean }
  /** An own message reached a later status. */
  | { kind: 'receipt'; target: MessageKey; status: MessageStatus; error?: string; at: number }
  /** Two addresses of one person. */
  | { kind: 'alias'; lid: Jid; pn: Jid }
  /** Names of a person: `name` from the account's address book, `pushName` chosen by the person. */
  | { kind: 'contact'; jid: Jid; name?: string; pushName?: string }
  /** Properties of a chat. Absent member = unchanged; `mutedUntil: null` = unmute. `unreadCount` is absolute. */
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
  /** How long messages of a direct chat stay, in seconds, since `at`; 0 = for good. Either side may change it; the newest counts. */
  | { kind: 'timer'; chat: Jid; seconds: number; at: number }
  /** The account read the chat on another device. */
  | { kind: 'read'; chat: Jid }

/** How a message of the outbox ended: WhatsApp acknowledged or refused it, or the gateway gave it up. Others have no outcome here. */
export interface OutcomeFact {
  /** Discriminates the kinds of facts. */
  kind: 'outcome'
  /** WhatsApp's id of the message. */
  id: string
  /** When WhatsApp has it, by WhatsApp's clock. */
  at: number
  /** Absent = WhatsApp has it. */
  failure?: SendFailure
}

/** What the stored copy is made of. `history: true` = it came with the phone's history: it is stored, and no event is written. */
export type CopyFact = MessageFact | SealedFact | (OtherFact & { history?: true })

type Payload = components['schemas']['EventPayload']

/** What an event says that is about no row of the stored copy. */
export type Notice =
  | { event: 'group.update'; payload: Required<Pick<Payload, 'group'>> }
  | { event: 'group.participant'; payload: Required<Pick<Payload, 'participants'>> }
  | { event: 'group.join_request'; payload: Required<Pick<Payload, 'joinRequest'>> }
  | { event: 'call.incoming'; payload: Required<Pick<Payload, 'call'>> }
  | { event: 'newsletter.update'; payload: Required<Pick<Payload, 'newsletter'>> }

/** Something that happened and changes nothing in the stored copy: it becomes an event, once. */
export type NoticeFact = Notice & {
  /** Discriminates the kinds of facts. */
  kind: 'notice'
  /** The chat that it is about; its events keep their order. */
  chat: Jid
  /** The same whenever WhatsApp reports it again. */
  key: string
}

/** One thing that WhatsApp reported. */
export type Fact = CopyFact | OutcomeFact | NoticeFact
