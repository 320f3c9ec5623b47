/**
 * The port below convergence: what is stored of one session, loaded by key and saved when changed. An adapter binds it to
 * a session and an open transaction. It decides nothing about facts; it does what is done to many rows at once, in the
 * way that its database does best.
 *
 * Row numbers (`id`, `addressId`, `chatId` …) are unique in a session, grow with each new row and are never 0. Times are
 * epoch milliseconds. Rejections are passed on: the transaction is undone.
 */
import type { SealedFact } from '../../model/facts.ts'
import type { ChatType, Jid } from '../../model/jid.ts'
import type { MessageStatus, MessageType } from '../../model/message.ts'

/** A person, group or channel, and what it is called. */
export interface Peer {
  readonly id: number
  /** From the account's address book; of a group or channel its own name. */
  name: string | null
  /** Chosen by the person. */
  pushName: string | null
}

export interface Chat {
  readonly id: number
  /** The other side of the chat: a person, the group, the channel. */
  readonly peerId: number
  readonly type: ChatType
  name: string | null
  unread: number
  archived: boolean
  pinned: boolean
  mutedUntil: number | null
  /** 0 = nothing known. */
  lastMessageAt: number
  /** What is not newer was cleared by the account; 0 = never cleared. */
  clearedUntil: number
  /** The same for the chat itself: it is not shown until something newer comes. */
  deletedUntil: number
}

/** A stored address, whose it is, and that peer's chat. */
export interface AddressRow {
  jid: Jid
  addressId: number
  peer: Peer
  chat: Chat | null
}

/** A person, and that person's direct chat. */
export interface PersonRow {
  peer: Peer
  chat: Chat | null
}

/** Who wrote a message, as far as its key needs to say it. */
export interface Author {
  fromMe: boolean
  /** Row number of the address that it came from; 0 for own messages and in direct chats. */
  address: number
  /** Whose address that is; 0 as above. */
  peerId: number
}

/** Where a message stands in its chat: by time, then by arrival. */
export interface Point {
  timestamp: number
  /** Unique in the session, in order of arrival. */
  seq: number
}

/** Why a message is not shown as it was: deleted for everyone, or by the account for itself alone. */
export type Deletion = 'none' | 'deleted' | 'removed'

/** What a stored message and a row that waits for one have in common. */
interface KeyedRow {
  waId: string
  author: Author
  body: string | null
  /** JSON array of JIDs. */
  mentions: string | null
  status: MessageStatus | null
  /** Why it failed. */
  error: string | null
  /** When the newest edit was made. */
  editedAt: number | null
  deletion: Deletion
}

export interface MessageRow extends KeyedRow, Point {
  chatId: number
  /** `msg_` + ULID. */
  id: string
  type: MessageType
  /** JSON of `Media`. */
  media: string | null
  quotedId: string | null
  /** Not decrypted yet. */
  placeholder: boolean
  /** Its protobuf: row number of the stored one, or bytes that are to be stored. */
  raw: number | Uint8Array | null
  createdAt: number
}

/** Edits, revokes and receipts that came before their message. */
export interface WaitingRow extends KeyedRow {
  /** The chat's peer. */
  peerId: number
}

/** Whose message of which WhatsApp id in which chat. */
export interface Key {
  /** The chat's peer. */
  peerId: number
  /** Absent while that peer has no chat: then only waiting rows can be found. */
  chatId: number | undefined
  waId: string
  /** Undefined = others than the account, whoever they are: at most `mostAuthorsTried`. */
  author: Author | undefined
}

/** A loaded row of either kind, with the chat's peer. */
export type Stored<Row> = Row & { peerId: number }

/** Sealed content, and where its message is to be looked for. */
export interface Sealed {
  fact: SealedFact
  /** Its place among what arrived, for the message that it may turn out to be. */
  seq: number
  /** The chat's peer. */
  peerId: number
  /** Row number of the address that it came from, and whose that is; 0 for own content and in direct chats. */
  sender: number
  senderPeer: number
  /** Its row number, when it has waited. */
  waiting?: number
}

/** A message under which something may be sealed. */
export interface SealingMessage {
  id: string
  fromMe: boolean
  authorPeer: number
  deletion: Deletion
  /** Row number of its protobuf. */
  raw: number | null
}

export interface PeopleRows {
  /** Those of the addresses that are stored, in no order. Addresses of one person each have a `peer` and `chat` of their own. */
  addresses(jids: Jid[]): Promise<AddressRow[]>
  /** Stores a new person, group or channel for each address; none of them is stored yet. In no order. */
  addPeers(jids: Jid[]): Promise<{ jid: Jid; addressId: number; peerId: number }[]>
  /** Stores further addresses of people who are stored. */
  addAddresses(addresses: { jid: Jid; peerId: number }[]): Promise<void>
  /** Stores empty chats of peers that have none. In no order. */
  addChats(chats: { peerId: number; type: ChatType }[]): Promise<{ id: number; peerId: number }[]>
  savePeers(peers: Peer[]): Promise<void>
  saveChats(chats: Chat[]): Promise<void>
  /** Shows these people under their newest phone JID, if they have one, and notes their newest LID. */
  showNewestAddresses(peerIds: number[]): Promise<void>
}

export interface MessageRows {
  /**
   * Counts messages that arrive.
   * @returns how many have arrived with them; undefined when the session was deleted
   */
  countArrivals(count: number): Promise<number | undefined>
  /**
   * Messages and waiting rows of these keys: of each author under the named address and the newest `mostAddressesTried`. A row
   * that several keys ask for may come several times.
   */
  entries(keys: Key[]): Promise<{ messages: Stored<MessageRow>[]; waiting: (Stored<WaitingRow> & { id: number })[] }>
  /** Inserts messages; where one stands at the same point of its chat, replaces all that can change of it. */
  saveMessages(messages: MessageRow[]): Promise<void>
  deleteMessages(messages: ({ chatId: number } & Point)[]): Promise<void>
  /** A protobuf, as it was saved. Undefined when it is gone or cannot be read. */
  readRaw(messageId: string, raw: number): Promise<Uint8Array | undefined>
  /** Adds rows, and forgets the oldest where more than `mostWaiting` allows wait. */
  saveWaiting(rows: WaitingRow[]): Promise<void>
  deleteWaiting(ids: number[]): Promise<void>
}

/** Whole chats, too long to be loaded. */
export interface ChatRows {
  /** The point of the message with this index (0 = the oldest); with `until`, among those not newer. Undefined = fewer. */
  pointAt(chatId: number, index: number, until?: number): Promise<Point | undefined>
  /** The point of others' message with this index, newest first; without reactions and system messages. Undefined = fewer. */
  incomingPointAt(chatId: number, index: number): Promise<Point | undefined>
  /** How many messages a chat has that others wrote, without reactions and system messages. */
  countIncoming(chatId: number): Promise<number>
  countMessages(chatId: number): Promise<number>
  /** Deletes messages that are not newer than `until`; with `before`, of those that stand before that point. */
  clearMessages(chatId: number, until: number, before?: Point): Promise<void>
  /** Moves all messages into another chat; with `before`, those that stand before that point. */
  moveMessages(from: number, to: number, before?: Point): Promise<void>
}

/** Two people who turn out to be one. */
export interface MergeRows {
  people(peerIds: number[]): Promise<PersonRow[]>
  /** Groups in which both have written. */
  sharedChats(one: number, other: number): Promise<Chat[]>
  /** WhatsApp ids under which the two have more than one message in a group: ascending, after `after`, at most `limit`. */
  idsOfBoth(chatId: number, peerIds: number[], page: { after: string; limit: number }): Promise<string[]>
  /** WhatsApp ids that both chats have from the same side; with `before`, of messages that stand before that point of `moved`. */
  idsInBoth(kept: number, moved: number, before?: Point): Promise<string[]>
  /** What waits in the chat of this person. */
  waitingIn(peerId: number): Promise<(Stored<WaitingRow> & { id: number })[]>
  /** Keys of what waits in the chats of these people, or from them elsewhere, where the chat is stored. */
  waitingOf(peerIds: number[]): Promise<Key[]>
  /** Takes a chat's peer away: its row number leads to the other chat from now on. */
  retireChat(chatId: number, into: number): Promise<void>
  /** Gives a chat to a peer that has none. */
  giveChat(chatId: number, peerId: number): Promise<void>
  /** Gives all addresses of the second, and what is sealed and waits in its chat, to the first; the second is gone. */
  absorbPeer(winner: number, loser: number): Promise<void>
}

export interface SealedRows {
  /** What this version opens and waits under messages of these WhatsApp ids. */
  sealedUnder(targets: { peerId: number; waId: string }[]): Promise<{ id: number; peerId: number; waId: string }[]>
  /** What this version opens and waits in the chats of these people, or from them: the newest `mostSealed.ofChat`. */
  sealedOf(peerIds: number[]): Promise<number[]>
  /** What waits, by row number, in no order; without what cannot be read. */
  sealed(ids: number[]): Promise<Sealed[]>
  /**
   * Keeps what is new, within `mostSealed`: the oldest give way. What waits already stays as it is.
   * `tried` = this version opens it.
   */
  saveSealed(sealed: (Sealed & { tried: boolean })[]): Promise<void>
  deleteSealed(ids: number[]): Promise<void>
  /** Messages of this WhatsApp id in the chat of this peer, at most `mostSealed.messagesTried`. */
  sealingMessages(peerId: number, waId: string): Promise<SealingMessage[]>
  /** The newest addresses of a person, at most `mostSealed.addressesTried`. */
  newestAddresses(peerId: number): Promise<Jid[]>
}

/** All rows of one session, in one transaction. */
export interface Rows extends PeopleRows, MessageRows, ChatRows, MergeRows, SealedRows {}
