/**
 * The port to the stored copy: sessions, credentials, API keys, chats and messages. Each adapter passes
 * `store.behaviour.ts`.
 *
 * Shapes are plain data, times are epoch milliseconds UTC, and a method that names a session takes its id without asking
 * who owns it: only `findSession` and `listSessions` know organizations, so nothing of a foreign session can be reached
 * without passing them.
 *
 * Every method rejects with `StoreUnavailable` when the database can't do it now (locked, full, gone). What was resolved
 * is durable.
 */
import type { components } from '../../generated/types.ts'
import type { Capability } from '../auth/principal.ts'
import type { Jid } from '../whatsapp/client.ts'
import type { Fact, MessageKey, SealedFact } from '../whatsapp/facts.ts'

export type SessionStatus = 'starting' | 'scan_qr_code' | 'working' | 'failed' | 'stopped' | 'logged_out'

/** One attached WhatsApp number, as stored. Optional members are absent until known. */
export interface SessionRow {
  /** `sess_` + ULID. */
  id: string
  organizationId: string
  label?: string
  status: SessionStatus
  /** Why it is in this status, in words for an operator; absent when there is nothing to add. */
  statusReason?: string
  /** True when it shall be connected: after a restart of the process such a session comes back. */
  wanted: boolean
  autoRead: boolean
  presenceTyping: boolean
  ratePerMin: number
  ratePerHour: number
  /** Phone JID; present means paired. */
  waJid?: Jid
  waLid?: Jid
  /** The account that it belongs to, from its first pairing on: stays when it is unpaired. */
  accountJid?: Jid
  accountLid?: Jid
  /** Absent when an API key created it. */
  createdByUserId?: string
  createdAt: number
  updatedAt: number
  lastConnectedAt?: number
}

/** `undefined` leaves a member as it is, `null` clears it. */
export type SessionPatch = {
  [K in
    | 'status'
    | 'statusReason'
    | 'wanted'
    | 'waJid'
    | 'waLid'
    | 'accountJid'
    | 'accountLid'
    | 'lastConnectedAt'
    | 'label']?: SessionRow[K] | (K extends 'status' | 'wanted' ? never : null)
}

/** The contract's object, which the database writes as JSON. */
type Chat = components['schemas']['Chat']

/** JSON text of a value of type T, made by the database: the server passes it on without parsing it. */
export type JsonText<T> = string & { readonly jsonOf?: T }

/** The same as UTF-8 bytes, for what is long: text with one emoji would be converted twice on its way through JavaScript. */
export type JsonBytes<T> = Buffer & { readonly jsonOf?: T }

/** Where a page ended: the next page starts behind it. Opaque above the store; two integers that never change meaning. */
export type Position = readonly [major: number, minor: number]

/** One page of a list. `last` is absent when the list ends here. */
export interface Page {
  /** A JSON array of the contract's objects, in list order. */
  data: JsonBytes<unknown[]>
  /** Position of the page's last row, present only when more rows follow. */
  last?: Position
}

export interface PageRequest {
  /** 1..200 rows at most; where rows are very long, fewer come. */
  limit: number
  /** Rows behind this position; absent = from the start of the list. */
  after?: Position
}

/** A page of one chat. */
export interface ChatPage extends Page {
  /** Row number of the chat: what a cursor is bound to. */
  chatId: number
}

/** An API key as it is kept: never the secret, only its SHA-256. */
export interface ApiKeyRow {
  /** `key_` + ULID. */
  id: string
  organizationId: string
  capabilities: Capability[]
  label?: string
  /** SHA-256 of the whole key text. */
  secretHash: Buffer
  createdAt: number
  expiresAt?: number
  revokedAt?: number
  /** Coarse: written at most once a minute. */
  lastUsedAt?: number
}

/** One entry of a session's Signal key store; `value: null` deletes. The bytes are sealed above the store. */
export interface KeyEntry {
  type: string
  id: string
  value: Buffer | null
}

/** What the gateway has decrypted, until it is stored: with the keys that this used up, it can't be decrypted again. */
export interface JournalEntry {
  /** SHA-256 of the ciphertext: 32 bytes. */
  hash: Buffer
  /** Sealed above the store. */
  entry: Buffer
}

/** An entry that is not settled. */
export interface OpenJournalEntry extends JournalEntry {
  /** Grows with each entry. */
  position: number
  /** 0 until `setJournalAttempts`. */
  attempts: number
}

/** How many facts of which kind an `ingest` call changed something with: for metrics. */
export interface Ingested {
  messages: number
  /** Contents that are sealed under a message that is not there, or of which nothing is kept: they wait. Absent = none. */
  unopened?: number
}

/** Reads what is sealed under an earlier message. Given to the store, which knows the messages; it knows nothing of the store. */
export interface SealedReader {
  /** The secret in a message's protobuf; undefined when there is none. */
  secretOf(raw: Uint8Array): Promise<Uint8Array | undefined>
  /**
   * What it says, as facts; none when it says nothing that can be understood. Undefined when it does not open.
   * @param secret of the message under which it may be sealed
   * @param authors addresses of who wrote that message
   * @param senders addresses of who sent this
   */
  open(
    fact: SealedFact,
    under: { secret: Uint8Array; authors: Jid[]; senders: Jid[] },
  ): Promise<Exclude<Fact, SealedFact>[] | undefined>
}

export interface Store {
  // sessions

  /** @throws StoreUnavailable */
  insertSession(row: SessionRow): Promise<void>
  /** The organization's session, or undefined: unknown and foreign look the same. */
  findSession(organizationId: string, sessionId: string): Promise<SessionRow | undefined>
  /** The organization's sessions, oldest first. */
  listSessions(organizationId: string): Promise<SessionRow[]>
  /** Every session of every organization, oldest first: for the start of the process. */
  allSessions(): Promise<SessionRow[]>
  /** Applies a patch and sets `updatedAt`; returns the row after it, undefined when the session is gone. */
  updateSession(sessionId: string, patch: SessionPatch, now: number): Promise<SessionRow | undefined>
  /** Removes the session and everything that is stored under it. False when there was none. */
  deleteSession(sessionId: string): Promise<boolean>

  // credentials and Signal keys; opaque bytes here

  readCreds(sessionId: string): Promise<Buffer | undefined>
  writeCreds(sessionId: string, creds: Buffer): Promise<void>
  /** The entries that exist, in no order. */
  readKeys(sessionId: string, type: string, ids: string[]): Promise<{ id: string; value: Buffer }[]>
  /**
   * All entries or none, and with them what was decrypted by them: one statement, one commit. A hash that is journaled
   * already stays as it is.
   */
  writeKeys(sessionId: string, entries: KeyEntry[], journal?: JournalEntry[]): Promise<void>
  /**
   * When its credentials were found to come from an older copy of the database. They must not be used then: WhatsApp and the
   * session's contacts have gone on since. Undefined when they are the newest.
   */
  restoredAt(sessionId: string): Promise<number | undefined>
  /** A person says that restored credentials are the newest after all. @returns of how many sessions */
  acceptRestored(): Promise<number>
  /** Forgets credentials, keys and journal of the session. */
  clearCredentials(sessionId: string): Promise<void>

  // the journal of what was decrypted

  /**
   * What no `ingest` has settled yet, in the order in which it was written. Large entries come fewer at a time than `limit`;
   * none at the end alone.
   * @param page entries behind this position; absent = from the first
   */
  listJournal(sessionId: string, page: { after?: number; limit: number }): Promise<OpenJournalEntry[]>
  /** Sets how often these entries were taken up and not come back from. Those that are settled meanwhile are left out. */
  setJournalAttempts(sessionId: string, positions: number[], attempts: number): Promise<void>
  /** `entry` is absent once it is settled; undefined = never journaled, or settled more than 14 days ago. */
  findJournaled(sessionId: string, hash: Buffer): Promise<Pick<Partial<JournalEntry>, 'entry'> | undefined>
  /** All hashes that are not settled, and the newest of the others, at most so many; in no order. */
  recentJournal(sessionId: string, limit: number): Promise<Buffer[]>

  // API keys

  insertApiKey(row: ApiKeyRow): Promise<void>
  /** The key with this id, revoked and expired ones too. */
  findApiKey(id: string): Promise<ApiKeyRow | undefined>
  /** Oldest first; of one organization, or all. */
  listApiKeys(organizationId?: string): Promise<ApiKeyRow[]>
  /** False when there is no such key or it was revoked before. */
  revokeApiKey(id: string, now: number): Promise<boolean>
  touchApiKey(id: string, now: number): Promise<void>

  // the stored copy

  /**
   * Stores what WhatsApp told, in order, all or nothing. Idempotent and convergent: the same facts again change nothing,
   * an edit, revoke or receipt that comes before its message waits for it, two addresses of one person become one chat.
   * Calls of one session are stored in call order; calls of several may share a commit.
   * @param settled hashes of the journal entries that are stored with these facts, and those before them
   */
  ingest(sessionId: string, facts: Fact[], now: number, settled?: Buffer[]): Promise<Ingested>

  /**
   * The protobuf of a stored message, as its fact had it. Undefined when no such message is stored, it was deleted for everyone,
   * or nothing is kept of it.
   * @param key with any address of chat and sender; without a sender, of whoever has written under this id
   */
  findRaw(sessionId: string, key: MessageKey): Promise<Buffer | undefined>

  /**
   * Groups without a name about which nobody has asked since then, those never asked about first, and of them those with the newest messages.
   * @param limit at most so many
   */
  namelessGroups(sessionId: string, since: number, limit: number): Promise<Jid[]>
  /** WhatsApp is asked for the name of a group; `null` = it was not after all. */
  noteGroupAsked(sessionId: string, jid: Jid, at: number | null): Promise<void>

  /**
   * One `Chat` object, by any address of the chat. Undefined when none is stored.
   * @param now what has ended by then, such as a mute, is not shown
   */
  getChat(sessionId: string, cid: string, now: number): Promise<JsonText<Chat> | undefined>
  /** `Chat` objects as above, latest activity first; position = (lastMessageAt or 0, row number). */
  listChats(sessionId: string, page: PageRequest, now: number): Promise<Page>
  /**
   * `Message` objects of a chat, newest first by (WhatsApp timestamp, then arrival). Undefined when no chat is stored.
   * @param cid any address of the chat
   */
  listMessages(sessionId: string, cid: string, page: PageRequest): Promise<ChatPage | undefined>
  /** Sets the unread counter to 0; returns the `Chat` after it as above, undefined when none is stored. Idempotent. */
  markChatRead(sessionId: string, cid: string, now: number): Promise<JsonText<Chat> | undefined>
  /**
   * Whether row `chatId` is, or was before a merge, the chat `current`: a cursor made before two chats of one person became
   * one stays valid.
   */
  isSameChat(sessionId: string, chatId: number, current: number): Promise<boolean>

  // the whole

  /** A secret made at first start and kept forever: cursors are signed with keys derived from it. 32 bytes. */
  secret(): Promise<Buffer>
  /** Resolves when the store can read and write. @throws StoreUnavailable with the reason */
  check(): Promise<void>
  /** Writes what is pending and closes. Idempotent. */
  close(): Promise<void>
}

/** The database can't do it now. The message says what to do; the cause is the driver's error. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}

/** A write that belongs to a session came after the session was deleted. Nothing was stored. */
export class SessionGone extends Error {
  override name = 'SessionGone'

  constructor(options?: ErrorOptions) {
    super('the session was deleted', options)
  }
}
