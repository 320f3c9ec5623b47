import type { enums } from '../../../generated/enums.ts'
import type { Jid } from '../../model/jid.ts'

/** What is shown to the other side of a chat, as the contract names it. */
export type PresenceState = (typeof enums)['ChatPresence.state'][number]

/** Which message a read receipt is for. */
export interface MessageRef {
  /** The chat as WhatsApp addresses it. */
  chat: Jid
  /** WhatsApp's own id of the message. */
  id: string
  /** Who wrote it, in a group; absent in a direct chat. */
  participant?: Jid
}

/** How long a call may take, and who else may end it. What it has begun at WhatsApp goes on; the caller only stops waiting. */
export interface CallLimits {
  /** Milliseconds that the caller waits at most; absent = 15,000, and 40,000 for a pairing code. */
  withinMs?: number
  /** Ends the wait with its reason; absent = nobody but the connection and the time does. */
  signal?: AbortSignal
}

/**
 * What a session has done at WhatsApp over its connection.
 * Each call ends when the connection begins to end or is lost, when the limit is over, or when its signal is aborted.
 * @throws NotConnected when the client is not open, the socket refuses the stanza, or the connection ends meanwhile
 * @throws NoAnswer when the time is over
 */
export interface WhatsAppCalls {
  /**
   * Broadcasts a presence to a chat. Resolves when the stanza was written to WhatsApp's socket; WhatsApp answers nothing.
   */
  sendChatPresence(jid: Jid, state: PresenceState, limits?: CallLimits): Promise<void>

  /** Tells WhatsApp that these messages were read (blue ticks). */
  sendReadReceipts(messages: MessageRef[], limits?: CallLimits): Promise<void>

  /**
   * Asks for a code that the phone's owner types in under "Link with phone number". Waits until pairing is under way.
   * @param phone digits with country code, no plus
   * @returns eight characters, without a dash
   * @throws NotConnected also when pairing did not begin in time, or WhatsApp did not accept the code in time
   */
  requestPairingCode(phone: string, limits?: CallLimits): Promise<string>

  /**
   * Asks WhatsApp for a group's name; undefined when it has none.
   * @throws Error when WhatsApp refuses, as it does to who is no member
   */
  groupName(jid: Jid, limits?: CallLimits): Promise<string | undefined>
}

/** Thrown by live calls of a client that is not connected. The contract answers it with 501. */
export class NotConnected extends Error {
  override name = 'NotConnected'
}

/** Thrown by live calls that WhatsApp did not answer in time: nobody knows whether it did what it was asked. Answered with 503. */
export class NoAnswer extends Error {
  override name = 'NoAnswer'
}
