/** The port to WhatsApp. Only its adapter knows the client library. */
import type { Me } from '../../model/account.ts'
import type { Fact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import type { Owned } from '../../model/owned.ts'
import type { WhatsAppCalls } from './calls.ts'

/**
 * Why a client is no longer connected. It decides what happens next:
 * - `restart`: WhatsApp asked for a new connection (515), at once, with the same credentials
 * - `silent`: nothing arrived on it for so long that only a new connection can show whether WhatsApp is reachable
 * - `lost`: the network or WhatsApp's servers dropped it; worth another try after a pause
 * - `broke`: an uncaught error ended it; worth another try after a pause
 * - `replaced`: the same credentials connected elsewhere (440); trying again would start a fight
 * - `logged_out`: the device was unlinked; the credentials are worthless
 * - `outdated`: WhatsApp refuses this client version (405); only a new configuration helps
 * - `banned`: WhatsApp refuses this account for now (402)
 * - `pairing_expired`: nobody scanned the code in time
 * - `pairing_failed`: the phone's answer was not valid
 * - `credentials_unreadable`: the stored credentials cannot be decrypted or parsed; never replaced by a new identity
 * - `refused`: the gateway's own configuration is wrong (certificate, URL)
 * - `other_account`: an account other than the session's tried to link itself, and was refused
 * - `closed`: the gateway closed it
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

/** The events of a client, in the order in which they happened. `closed` is the last. */
export type ClientEvent =
  /** A code to show; `expiresAt` in epoch ms. Each new one replaces the one before. */
  | { type: 'qr'; code: string; expiresAt: number }
  /** The phone accepted; credentials are stored. A `closed` with `restart` follows. */
  | { type: 'paired'; me: Me }
  /**
   * Connected and logged in: live calls work from now on. `setAside`: how many messages are kept unread, because reading them ended
   * the gateway each time; absent when there are none.
   */
  | { type: 'open'; me: Me; setAside?: number }
  /** WhatsApp lets the account begin no chats, or it may again. `until`: epoch ms; absent when WhatsApp does not say, and when it may. */
  | { type: 'restriction'; isRestricted: boolean; until?: number }
  /** `detail` is for the operator: a text, with WhatsApp's own code if there was one; no secret, no phone number. */
  | { type: 'closed'; reason: CloseReason; detail: string }

/** One connection of one session. It connects when it is created, ends with its `closed` event, and never reconnects by itself. */
export interface WhatsAppClient extends WhatsAppCalls {
  /** Unlinks the device at WhatsApp when connected, then closes. Does not delete stored credentials. */
  logout(): Promise<void>

  /** Ends the connection with `broke`, after an error in the background. Does nothing when it is ending already. */
  breakOff(): void

  /** Closes the connection, having flushed events and credentials. Resolves when nothing more will be written; idempotent. */
  close(): Promise<void>
}

/**
 * Called by a client with the facts from WhatsApp. Resolves once they are stored.
 * @param settled which entries of the decrypt journal are stored with these facts, in the same commit: see `Store.ingest`
 */
export type Ingest = (facts: Fact[], settled: Buffer[]) => Promise<void>

/** What a person does now. */
export interface Presence {
  /** The chat in which the person does it: of the person, or a group. */
  chat: Jid
  /** The person. */
  jid: Jid
  /** As the contract names it. */
  state: 'available' | 'unavailable' | 'composing' | 'recording' | 'paused'
  /** When the person was last online, epoch milliseconds; absent when it is not shown, or now. */
  lastSeenAt?: number
}

/** The parameters of a connection. */
export interface ConnectOptions {
  /** The session, and the right to write for it. */
  owned: Owned
  /** The only account that may be paired; absent = any. */
  account?: Me
  /** Called in order; must not throw. */
  onEvent: (event: ClientEvent) => void
  /** Stores the facts from WhatsApp. */
  ingest: Ingest
  /** Called with what people do now; may miss some, and must not throw. */
  onPresence?: (presence: Presence) => void
}

/** Creates clients. One per process; holds what all connections share (version, URL, log). */
export interface WhatsApp {
  /** Starts a connection: pairing when the session has no credentials, login when it has. Returns at once. */
  connect(options: ConnectOptions): WhatsAppClient
}
