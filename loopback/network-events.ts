import type { proto } from '@whiskeysockets/baileys'
import type { EventLog } from './events.ts'
import type { MediaFault, UploadFault } from './faults.ts'
import type { LedgerEntry } from './stanzas/ledger.ts'
import type { Submission } from './stanzas/submissions.ts'
import type { BinaryNode } from './wire/nodes.ts'

/** A typing indicator as a client sent it. */
export interface Chatstate {
  /** Phone JID of the account. */
  account: string
  /** JID of the companion. */
  companion: string
  /** The chat, as the client wrote it. */
  to: string
  state: 'composing' | 'recording' | 'paused'
  /** Epoch ms. */
  at: number
  stanza: BinaryNode
}

/** A message that a phone received and decrypted. */
export interface PhoneMessage {
  /** Phone JID of the account whose phone got it. */
  phone: string
  /** JID of the companion that sent it, or of another account whose phone did. */
  from: string
  /** The chat as the sender addressed it: the receiver's JID, or a group. */
  to: string
  id: string
  /** True for the copy that a client sends to its own account's phone. */
  ownCopy: boolean
  message: proto.IMessage
}

/** A message that a phone could not decrypt, by accident or on order. */
export interface UnreadableMessage {
  /** Phone JID of the account whose phone got it. */
  phone: string
  /** JID of the companion that sent it. */
  from: string
  id: string
  /** How often it has arrived like this, from 1. */
  count: number
  /** Whether the phone requests it again. */
  asks: boolean
}

/** Something that the loopback did not understand, or that violated the protocol. A test with such an event has failed. */
export interface Unhandled {
  /** Absent when the client was not logged in. */
  companion?: string
  reason: string
  stanza?: BinaryNode
  /** Epoch ms. */
  at: number
}

export interface LoopbackEvents {
  /** A client requested a pairing code for this number. */
  codeRequested: { account: string }
  /** A phone linked a companion. */
  paired: { account: string; companion: string }
  /** A phone, or the companion itself, ended the link. */
  unpaired: { account: string; companion: string }
  /** A companion is logged in and has its offline queue. */
  online: { account: string; companion: string }
  offline: { account: string; companion: string }
  chatstate: Chatstate
  /** `available`, `unavailable`, or `subscribe` with the JID subscribed to. */
  presence: { account: string; companion: string; type: string; to?: string }
  /** A message reached a phone. */
  message: PhoneMessage
  /** A phone could not decrypt a message of a client. */
  unreadable: UnreadableMessage
  /** A client's message reached the server: accepted, refused or swallowed. */
  submitted: Submission
  /** A client sent a receipt or an ack for a message. */
  receipt: LedgerEntry
  /** A client requested a file from the media host. */
  download: { path: string; range?: string; fault?: MediaFault }
  /** A client sent a file to a media host. `status` is absent when it got no answer. */
  upload: { host: string; path: string; bytes: number; status?: number; fault?: UploadFault }
  unhandled: Unhandled
  /** Each stanza in both directions; `companion` is absent before the login. */
  stanza: { companion?: string; direction: 'in' | 'out'; stanza: BinaryNode }
}

/** Counters since the start, and `connections` and `online` as they are now. */
export interface Stats {
  connections: number
  online: number
  /** Connections so far, including refused ones. */
  accepted: number
  pairings: number
  logins: number
  stanzasIn: number
  stanzasOut: number
  chatstates: number
  /** Message stanzas that clients sent. */
  messages: number
  receipts: number
  /** Requests to the media host. */
  downloads: number
  uploads: number
  unhandled: number
}

/** Counts and emits events. */
export interface Happenings {
  readonly events: EventLog<LoopbackEvents>
  readonly stats: Stats
}
