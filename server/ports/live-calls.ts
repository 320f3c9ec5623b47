/**
 * Calls that a request makes to the session's owner, which may be another process. Arguments, results and errors are plain data, at
 * most 512 KiB of JSON each way: media is stored first and passed by reference. The caller sets a timeout; the call itself goes on
 * after it.
 *
 * The port never repeats a call that may have been carried out. It is for what no other node can answer from the store: QR and
 * pairing codes, which are in the owner's memory only, and whatever needs the connection.
 *
 * Several nodes: an adapter that finds the owner and sends it the call.
 */
import type { ErrorCode } from '../model/errors.ts'
import type { Jid } from '../model/jid.ts'
import type { PresenceState } from './whatsapp/calls.ts'

/** A QR code for the phone to scan. */
export interface Qr {
  /** The text of the QR code. */
  code: string
  /** Epoch ms. */
  expiresAt: number
}

/** Arguments and result of each call. */
export interface LiveMethods {
  /** Broadcasts a presence to a chat, over the connected client. */
  'presence.send': { args: { jid: Jid; state: PresenceState }; result: null }
  /** Sends an accepted message, and waits for WhatsApp's answer, which the stored message then shows. */
  'message.send': { args: { waId: string; to: Jid }; result: null }
  /** Fetches the attachment of a message from WhatsApp into the media store, unless it is there. */
  'media.fetch': { args: { messageId: string }; result: null }
  /** Tells the owner that messages were accepted that nobody waits for. */
  'outbox.resume': { args: Record<string, never>; result: null }
  /** Tells the owner that a message was cancelled before it was sent: who waits for it need not. */
  'outbox.cancelled': { args: { waId: string }; result: null }
  /** The address of a phone number on WhatsApp; null when it has none. */
  'person.find': { args: { jid: Jid }; result: { jid: Jid | null } }
  /** The code to show now; null while there is none. */
  'qr.get': { args: Record<string, never>; result: Qr | null }
  /** A code to type into the phone: eight characters, without a dash. `phone`: digits with country code. */
  'pairing.code': { args: { phone: string }; result: { code: string } }
}

/** Name of a call. */
export type LiveMethod = keyof LiveMethods

/** Why a call has no result. */
export type LiveFailure =
  /** The session has no owner, or its client is not connected: certainly not carried out. */
  | { kind: 'not_live' }
  /** The call timed out, or the connection to the owner was lost: it may have been carried out. */
  | { kind: 'unknown' }
  /** The owner refused: this becomes the caller's answer. */
  | { kind: 'refused'; code: ErrorCode; message: string; details?: Record<string, unknown> }

/** A call failed. */
export class LiveError extends Error {
  override name = 'LiveError'
  /** Why, as plain data. */
  readonly failure: LiveFailure

  constructor(failure: LiveFailure, options?: ErrorOptions) {
    super(failure.kind === 'refused' ? failure.message : `the live call failed: ${failure.kind}`, options)
    this.failure = failure
  }
}

/** How long a caller waits. */
export interface LiveCallOptions {
  /** Milliseconds that the caller waits at most. */
  withinMs: number
  /** Ends the wait. */
  signal?: AbortSignal
}

/** Calls the owner of a session. */
export interface LiveCalls {
  /**
   * Asks the owner to carry out a call.
   * @throws LiveError, and nothing else
   */
  call<M extends LiveMethod>(
    sessionId: string,
    method: M,
    args: LiveMethods[M]['args'],
    options: LiveCallOptions,
  ): Promise<LiveMethods[M]['result']>
}
