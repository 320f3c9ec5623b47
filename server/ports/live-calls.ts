/**
 * What a request has done by the session's owner, which may be another process: the session's id and plain data go in, plain data
 * comes out, and errors are data too. At most 512 KiB each way, as JSON: media is stored first and named. The caller says how long
 * it waits; what it has begun goes on.
 *
 * The port repeats no call that may have been carried out. Behind it is what no other node could answer from the store: codes to
 * show to a phone (QR and pairing codes are in the owner's memory only), and whatever goes over the connection.
 *
 * Several nodes: an adapter that finds the owner and sends it the call.
 */
import type { ErrorCode } from '../model/errors.ts'
import type { Jid } from '../model/jid.ts'
import type { PresenceState } from './whatsapp/calls.ts'

/** A code to show to the phone that shall be linked. */
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
  /** The code to show now; null while there is none. */
  'qr.get': { args: Record<string, never>; result: Qr | null }
  /** A code to type into the phone: eight characters, without a dash. `phone`: digits with country code. */
  'pairing.code': { args: { phone: string }; result: { code: string } }
}

/** Name of a call. */
export type LiveMethod = keyof LiveMethods

/** Why a call has no result. */
export type LiveFailure =
  /** Nobody works for the session, or its client is not connected: certainly not carried out. */
  | { kind: 'not_live' }
  /** The time is over, or the way to the owner was lost: it may have been carried out. */
  | { kind: 'unknown' }
  /** The owner says no: what becomes the caller's answer. */
  | { kind: 'refused'; code: ErrorCode; message: string; details?: Record<string, unknown> }

/** A call that has no result. */
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

/** The way to the owner of a session. */
export interface LiveCalls {
  /**
   * Has the owner carry out a call.
   * @throws LiveError, and nothing else
   */
  call<M extends LiveMethod>(
    sessionId: string,
    method: M,
    args: LiveMethods[M]['args'],
    options: LiveCallOptions,
  ): Promise<LiveMethods[M]['result']>
}
