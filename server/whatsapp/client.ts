/** The port to WhatsApp. `baileys.ts` is its only adapter; nothing else in the server knows which library is below. */
import type { Fact } from './facts.ts'

/** A JID (address): `6281234567890@s.whatsapp.net`, `120363041234567890@g.us`, `98765432101234@lid`. Never with a device suffix. */
export type Jid = string

export type PresenceState = 'composing' | 'recording' | 'paused'

/** Who the session is on WhatsApp, known from the moment it was paired. */
export interface Me {
  /** Phone JID, without device. */
  jid: Jid
  /** LID, without device; absent until WhatsApp has told it. */
  lid?: Jid
}

/**
 * Whether both are one account. A LID stays when its owner takes another number; where either LID is not known yet, or the
 * account has a new one, the number tells.
 */
export const isSameAccount = (one: Me, other: Me): boolean =>
  one.jid === other.jid || (one.lid !== undefined && one.lid === other.lid)

/**
 * Why a client is no longer connected, in the terms that decide what happens next:
 * - `restart`: WhatsApp asked for a new connection (515), at once, with the same credentials
 * - `silent`: nothing was heard on it for so long that a new connection is the only way to know whether anything is there
 * - `lost`: the network or WhatsApp's servers dropped it; worth another try after a pause
 * - `broke`: an error of its own that nobody caught ended it; worth another try after a pause
 * - `replaced`: the same credentials connected elsewhere (440); trying again would start a fight
 * - `logged_out`: the device was unlinked; the credentials are worthless
 * - `outdated`: WhatsApp refuses this client version (405); only a new configuration helps
 * - `banned`: WhatsApp refuses this account for now (402)
 * - `pairing_expired`: nobody scanned the code in time
 * - `pairing_failed`: the phone's answer was not valid
 * - `credentials_unreadable`: the stored credentials can't be decrypted or parsed; never replaced by a new identity
 * - `refused`: the gateway's own configuration is wrong (certificate, URL)
 * - `other_account`: another account than the session's wanted to link itself, and was not let
 * - `closed`: we closed it
 */
export type CloseReason =
  | 'restart'
  | 'silent'
  | 'lost'
  | 'broke'
  | 'replaced'
  | 'logged_out'
  | 'outdated'
  | 'banned'
  | 'pairing_expired'
  | 'pairing_failed'
  | 'credentials_unreadable'
  | 'refused'
  | 'other_account'
  | 'closed'

/** What a client tells its owner, in the order in which it happened. After `closed` it says nothing more. */
export type ClientEvent =
  /** A code to show; `expiresAt` in epoch ms. Each new one replaces the one before. */
  | { type: 'qr'; code: string; expiresAt: number }
  /** The phone accepted; credentials are stored. A `closed` with `restart` follows. */
  | { type: 'paired'; me: Me }
  /**
   * Connected and logged in: live calls work from now on. `setAside`: how many messages ended the gateway each time that they
   * were read, and are kept unread; absent when there are none.
   */
  | { type: 'open'; me: Me; setAside?: number }
  /** `detail` is for the operator: words, and WhatsApp's own code where there was one; no secret, no phone number. */
  | { type: 'closed'; reason: CloseReason; detail: string }

/** Which message a read receipt is for. */
export interface MessageRef {
  chat: Jid
  id: string
  /** Who wrote it, in a group; absent in a direct chat. */
  participant?: Jid
}

/** One connection of one session. It is made connecting and ends with its `closed` event; it never reconnects by itself. */
export interface WhatsAppClient {
  /**
   * Broadcasts a presence to a chat. Resolves when the stanza was written to WhatsApp's socket; WhatsApp answers nothing.
   * @throws NotConnected when the client is not open, or the socket refuses the stanza
   */
  sendChatPresence(jid: Jid, state: PresenceState): Promise<void>

  /**
   * Tells WhatsApp that these messages were read (blue ticks).
   * @throws NotConnected as above
   */
  sendReadReceipts(messages: MessageRef[]): Promise<void>

  /**
   * Asks for a code that the phone's owner types in under "Link with phone number". Waits until pairing is under way.
   * @param phone digits with country code, no plus
   * @returns eight characters, without a dash
   * @throws NotConnected when pairing could not begin within the deadline
   */
  requestPairingCode(phone: string): Promise<string>

  /**
   * Asks WhatsApp for a group's name; undefined when it has none.
   * @throws NotConnected as above; Error when WhatsApp refuses, as it does to who is no member
   */
  groupName(jid: Jid): Promise<string | undefined>

  /** Unlinks the device at WhatsApp when connected, then closes. Does not delete stored credentials. */
  logout(): Promise<void>

  /** Ends the connection with `broke`: something of it has failed that nobody waits for. Nothing, when it is ending already. */
  breakOff(): void

  /** Closes the connection, having flushed events and credentials. Resolves when nothing more will be written; idempotent. */
  close(): Promise<void>
}

/** Thrown by live calls of a client that is not connected. The contract answers it with 501. */
export class NotConnected extends Error {
  override name = 'NotConnected'
}

/**
 * Where a client puts what WhatsApp told it. Resolves once it is stored.
 * @param settled which entries of the decrypt journal are stored with these facts, in the same commit: see `Store.ingest`
 */
export type Ingest = (facts: Fact[], settled: Buffer[]) => Promise<void>

export interface ConnectOptions {
  sessionId: string
  /** The only account that may be paired; absent = any. */
  account?: Me
  /** Called in order; must not throw. */
  onEvent: (event: ClientEvent) => void
  ingest: Ingest
}

/** Makes clients. One per process; holds what all connections share (version, URL, log). */
export interface WhatsApp {
  /** Begins to connect: pairing when the session has no credentials, login when it has. Returns at once. */
  connect(options: ConnectOptions): WhatsAppClient
}
