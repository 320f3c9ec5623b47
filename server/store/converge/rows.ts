/**
 * The port between convergence and the database: loads the rows of one session by key, and saves changed rows. An adapter binds it to
 * a session and an open transaction. It makes no decisions about facts; bulk operations are part of it, so that the database can do
 * them efficiently.
 *
 * Row numbers (`id`, `addressId`, `chatId` …) are unique in a session, grow with each new row and are never 0. Times are
 * epoch milliseconds. After a rejection the transaction is rolled back.
 */
import type { SealedFact } from '../../model/facts.ts'
import type { ChatType, Jid } from '../../model/jid.ts'
import type { MessageStatus, MessageType } from '../../model/message.ts'

/** A person, group or channel, with its names. */
export interface Peer {
  readonly id: number
  /** From the account's address book; for a group or channel its own name. */
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
  /** How long its messages stay, in seconds; 0 = for good, null = unknown. Of a direct chat. */
  timer: number | null
  /** When that was set; 0 = unknown. */
  timerAt: number
  /** 0 = unknown. */
  lastMessageAt: number
  /** The account cleared messages up to this time; 0 = never. */
  clearedUntil: number
  /** The account deleted the chat at this time: it is hidden until something newer arrives. */
  deletedUntil: number
}

/** A stored address with its peer and the peer's chat. */
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

/** The author of a message, as part of its key. */
export interface Author {
  fromMe: boolean
  /** Row number of the sender's address; 0 for own messages and in direct chats. */
  address: number
  /** The peer of that address; 0 likewise. */
  peerId: number
}

/** The position of a message in its chat: by time, then by arrival. */
export interface Point {
  timestamp: number
  /** Unique in the session, in order of arrival. */
  seq: number
}

/** How a message was deleted: for everyone, or by the account for itself. */
export type Deletion = 'none' | 'deleted' | 'removed'

/** The common part of a stored message and of marks that wait for one. */
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
  /** JSON of `Saying`s. */
  reactions: string | null
  votes: string | null
}

export interface MessageRow extends KeyedRow, Point {
  chatId: number
  /** `msg_` + ULID. */
  id: string
  type: MessageType
  /** JSON of `Media`. */
  media: string | null
  quotedId: string | null
  /** JSON of what its sender quoted, without the id; null for older messages, of which only the id is stored. */
  quoted: string | null
  /** JSON object of members that are shown as they are: `location`, `contacts`, `forwarded`, `viewOnce`, `expiresAt`. */
  details: string | null
  /** JSON of `StoredPoll`. */
  poll: string | null
  /** Not decrypted yet. */
  placeholder: boolean
  /** Its protobuf: the row number if it is stored, or the bytes to store. */
  raw: number | Uint8Array | null
  createdAt: number
}

/** Edits, revokes, receipts, reactions and votes that arrived before their message. */
export interface WaitingRow extends KeyedRow {
  /** The chat's peer. */
  peerId: number
}

/** The key of a message: chat, WhatsApp id and author. */
export interface Key {
  /** The chat's peer. */
  peerId: number
  /** Absent while that peer has no chat: then only waiting rows can exist. */
  chatId: number | undefined
  waId: string
  /** Undefined = any author except the account: at most `mostAuthorsTried`. */
  author: Author | undefined
}

/** A loaded row of either kind, with the chat's peer. */
export type Stored<Row> = Row & { peerId: number }

/** Encrypted content, with the key of the message whose secret decrypts it. */
export interface Sealed {
  fact: SealedFact
  /** Its arrival number, for the message that it may contain. */
  seq: number
  /** The chat's peer. */
  peerId: number
  /** Row number of the sender's address, and its peer; 0 for own content and in direct chats. */
  sender: number
  senderPeer: number
  /** Its row number, if it is stored. */
  waiting?: number
}

/** A message whose secret may decrypt the content. */
export interface SealingMessage {
  id: string
  fromMe: boolean
  authorPeer: number
  deletion: Deletion
  /** Row number of its protobuf. */
  raw: number | null
}

export interface PeopleRows {
  /** The stored ones of these addresses, in no order. Each has `peer` and `chat` objects of its own, also when the person is the same. */
  addresses(jids: Jid[]): Promise<AddressRow[]>
  /** Stores a new person, group or channel for each address; none of them is stored yet. In no order. */
  addPeers(jids: Jid[]): Promise<{ jid: Jid; addressId: number; peerId: number }[]>
  /** Stores additional addresses of stored people. */
  addAddresses(addresses: { jid: Jid; peerId: number }[]): Promise<void>
  /** Stores empty chats of peers that have none. In no order. */
  addChats(chats: { peerId: number; type: ChatType }[]): Promise<{ id: number; peerId: number }[]>
  savePeers(peers: Peer[]): Promise<void>
  saveChats(chats: Chat[]): Promise<void>
  /**
   * Updates the shown address of these people to their newest phone JID, if they have one, and their LID to the newest. What is on its
   * way to them is then under that address.
   */
  showNewestAddresses(peerIds: number[]): Promise<void>
}

export interface Arrivals {
  /** How many messages have arrived at the session, these included. */
  arrived: number
  /** Whether contents of kinds that this version can decrypt wait for their messages. */
  hasSealed: boolean
}

export interface MessageRows {
  /**
   * Adds to the number of arrived messages. The first statement of the transaction, because it checks the owner.
   * @throws Fenced · SessionGone when this owner may not write any more
   */
  countArrivals(count: number): Promise<Arrivals>
  /**
   * Messages and waiting rows for these keys: of each author under the named address and the newest `mostAddressesTried` addresses. A
   * row may be returned several times if several keys match it.
   */
  entries(keys: Key[]): Promise<{ messages: Stored<MessageRow>[]; waiting: (Stored<WaitingRow> & { id: number })[] }>
  /** Inserts messages; if there is one at the same point of the chat, updates everything that can change. */
  saveMessages(messages: MessageRow[]): Promise<void>
  deleteMessages(messages: ({ chatId: number } & Point)[]): Promise<void>
  /** A stored protobuf. Undefined when it is gone or cannot be read. */
  readRaw(messageId: string, raw: number): Promise<Uint8Array | undefined>
  /** Adds rows, and evicts the oldest beyond `mostWaiting`. */
  saveWaiting(rows: WaitingRow[]): Promise<void>
  deleteWaiting(ids: number[]): Promise<void>
}

/** Operations on whole chats, which can be too long to load. */
export interface ChatRows {
  /**
   * The point of the message with this index (0 = the oldest); with `until`, among those that `clearMessages` deletes. Undefined = there
   * are fewer.
   */
  pointAt(chatId: number, index: number, until?: number): Promise<Point | undefined>
  /** The point of the incoming message with this index, newest first; without system messages. Undefined = there are fewer. */
  incomingPointAt(chatId: number, index: number): Promise<Point | undefined>
  /** The number of incoming messages of a chat, without system messages. */
  countIncoming(chatId: number): Promise<number>
  countMessages(chatId: number): Promise<number>
  /** Deletes messages that are not newer than `until`, and not pending; with `before`, only those before that point. */
  clearMessages(chatId: number, until: number, before?: Point): Promise<void>
  /** Moves all messages into another chat; with `before`, only those before that point. */
  moveMessages(from: number, to: number, before?: Point): Promise<void>
}

/** Operations to merge two people. */
export interface MergeRows {
  people(peerIds: number[]): Promise<PersonRow[]>
  /** Groups in which both have written. */
  sharedChats(one: number, other: number): Promise<Chat[]>
  /** WhatsApp ids with more than one message of the two in a group: ascending, after `after`, at most `limit`. */
  idsOfBoth(chatId: number, peerIds: number[], page: { after: string; limit: number }): Promise<string[]>
  /** WhatsApp ids that both chats have with the same `fromMe`; with `before`, only of messages before that point of `moved`. */
  idsInBoth(kept: number, moved: number, before?: Point): Promise<string[]>
  /** The waiting rows in the chat of this person. */
  waitingIn(peerId: number): Promise<(Stored<WaitingRow> & { id: number })[]>
  /** Keys of waiting rows in the chats of these people, or from them in other stored chats. */
  waitingOf(peerIds: number[]): Promise<Key[]>
  /** Removes a chat's peer: its row number resolves to the other chat from now on. */
  retireChat(chatId: number, into: number): Promise<void>
  /** Assigns a chat to a peer without one. */
  giveChat(chatId: number, peerId: number): Promise<void>
  /** Moves all addresses and waiting encrypted contents of the second to the first, and deletes the second. */
  absorbPeer(winner: number, loser: number): Promise<void>
}

export interface SealedRows {
  /** Contents of kinds that this version can decrypt, which wait for messages with these WhatsApp ids. */
  sealedUnder(targets: { peerId: number; waId: string }[]): Promise<{ id: number; peerId: number; waId: string }[]>
  /** Contents of kinds that this version can decrypt, which wait in the chats of these people or come from them: the newest `mostSealed.ofChat`. */
  sealedOf(peerIds: number[]): Promise<number[]>
  /** Waiting contents by row number, in no order; without unreadable ones. */
  sealed(ids: number[]): Promise<Sealed[]>
  /**
   * Stores new contents and evicts the oldest beyond `mostSealed`. Contents that wait already stay as they are.
   * `tried` = this version can decrypt their kind.
   */
  saveSealed(sealed: (Sealed & { tried: boolean })[]): Promise<void>
  deleteSealed(ids: number[]): Promise<void>
  /** Messages with this WhatsApp id in the chat of this peer, at most `mostSealed.messagesTried`. */
  sealingMessages(peerId: number, waId: string): Promise<SealingMessage[]>
  /** The newest addresses of a person, at most `mostSealed.addressesTried`. */
  newestAddresses(peerId: number): Promise<Jid[]>
}

/** All rows of one session, in one transaction. */
export interface Rows extends PeopleRows, MessageRows, ChatRows, MergeRows, SealedRows {}
