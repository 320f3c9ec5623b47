/** The port to WhatsApp: nothing else in the server knows which library is below. */
import type { Me } from '../../model/account.ts'
import type { Fact } from '../../model/facts.ts'
import type { Owned } from '../../model/owned.ts'
import type { WhatsAppCalls } from './calls.ts'

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

/** One connection of one session. It is made connecting and ends with its `closed` event; it never reconnects by itself. */
export interface WhatsAppClient extends WhatsAppCalls {
  /** Unlinks the device at WhatsApp when connected, then closes. Does not delete stored credentials. */
  logout(): Promise<void>

  /** Ends the connection with `broke`: something of it has failed that nobody waits for. Nothing, when it is ending already. */
  breakOff(): void

  /** Closes the connection, having flushed events and credentials. Resolves when nothing more will be written; idempotent. */
  close(): Promise<void>
}

/**
 * Where a client puts what WhatsApp told it. Resolves once it is stored.
 * @param settled which entries of the decrypt journal are stored with these facts, in the same commit: see `Store.ingest`
 */
export type Ingest = (facts: Fact[], settled: Buffer[]) => Promise<void>

/** What a connection is made for, and where it tells what happens. */
export interface ConnectOptions {
  /** The session, and the right to write for it: of the lease under which it connects. */
  owned: Owned
  /** The only account that may be paired; absent = any. */
  account?: Me
  /** Called in order; must not throw. */
  onEvent: (event: ClientEvent) => void
  /** Where what WhatsApp tells is stored. */
  ingest: Ingest
}

/** Makes clients. One per process; holds what all connections share (version, URL, log). */
export interface WhatsApp {
  /** Begins to connect: pairing when the session has no credentials, login when it has. Returns at once. */
  connect(options: ConnectOptions): WhatsAppClient
}
