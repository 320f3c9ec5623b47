/** What the operations share that put something into the outbox. */
import { conflictBecause, GatewayError, invalid, notConnected, rateLimited, unavailable } from '../model/errors.ts'
import type { Jid } from '../model/jid.ts'
import type { SendFailure } from '../model/outgoing.ts'
import { errorCodeOf, isPause, whatsappCodeOf } from '../model/refusals.ts'
import type { SessionRow } from '../model/session.ts'
import type { LiveCall } from '../operation.ts'
import { type LiveCalls, LiveError } from '../ports/live-calls.ts'
import type { Store } from '../ports/store/store.ts'

/** How long something may wait to be sent, in seconds. */
const expiresIn = { sync: 900, async: 86_400 }
/** How long the owner may take to hear that something waits, or no longer does. */
const resumeMs = 1_000

/** When it expires; epoch milliseconds. @param seconds as the caller gave them */
export const expiryOf = (now: number, live: LiveCall | undefined, seconds: number | undefined): number =>
  now + (live === undefined ? (seconds ?? expiresIn.async) : expiresIn.sync) * 1_000

/** Something can wait for a connection that is likely to come. @throws GatewayError `not_implemented` */
export const checkMayWait = ({ waJid, status }: SessionRow): void => {
  if (waJid === undefined || !['working', 'starting', 'stopped'].includes(status)) throw notConnected()
}

/** Sends what was accepted, and waits for its outcome if there is a live client. What has no outcome yet is pending. */
export const createDeliver =
  (calls: LiveCalls) =>
  async (session: SessionRow, live: LiveCall | undefined, sending: { waId: string; to: Jid }): Promise<void> => {
    if (live === undefined) {
      void calls.call(session.id, 'outbox.resume', {}, { withinMs: resumeMs }).catch(() => {})
      return
    }
    try {
      await live('message.send', sending)
    } catch (error) {
      if (!(error instanceof LiveError) || error.failure.kind === 'refused') throw error
    }
  }

/** Whoever waits for a message that was cancelled is answered; at once, if the owner of the session hears it. */
export const tellCancelled = (calls: LiveCalls, sessionId: string, waId: string): void => {
  void calls.call(sessionId, 'outbox.cancelled', { waId }, { withinMs: resumeMs }).catch(() => {})
}

/** Where in a request the content and the chat of what was sent are named. */
export interface NamedAt {
  content: '/body' | '/path/mid'
  chat: '/body/to' | '/path/mid'
}

export interface FailedParts {
  store: Pick<Store, 'findTooSoon'>
  /** Epoch ms. */
  clock: () => number
}

/** What was not sent. */
export interface Unsent {
  sessionId: string
  /** The message that it is about. */
  messageId: string
  /** The chat of a new message; '' for a change, which begins no chat. */
  to: Jid | ''
}

/** @returns the error that says why something was not sent, and where waiting helps, for how long */
export const createFailedBecause =
  ({ store, clock }: FailedParts) =>
  async (failure: SendFailure, { sessionId, messageId, to }: Unsent, at: NamedAt): Promise<GatewayError> => {
    if (!isPause(failure)) return errorOf(failure, messageId, at)
    const pause = await store.findTooSoon(sessionId, to, clock())
    return rateLimited(failure.words, 'whatsapp', pause?.waitMs ?? 0, failedDetails(failure, messageId))
  }

const failedDetails = (failure: SendFailure, messageId: string) => {
  const whatsappCode = whatsappCodeOf(failure)
  return { messageId, ...(whatsappCode && { whatsappCode }) }
}

const errorOf = (failure: SendFailure, messageId: string, { content, chat }: NamedAt): GatewayError => {
  const [code, whatsappCode] = [errorCodeOf(failure), whatsappCodeOf(failure)]
  if (code === 'gateway_unavailable') return unavailable(failure.words, undefined, failedDetails(failure, messageId))
  if (code === 'validation_error') return invalid([{ path: content, message: failure.words, code: 'other' }])
  if (code === 'conflict' && whatsappCode === undefined) return conflictBecause(failure.code, failure.words)
  const details = {
    ...failedDetails(failure, messageId),
    ...(code === 'not_found' && { path: chat }),
    ...(failure.code === 'not_on_whatsapp' && { reason: failure.code }),
  }
  return new GatewayError(code, failure.words, { details })
}

/** Where a message can be read. */
export const locationOf = (sessionId: string, messageId: string) => ({
  Location: `/api/v1/sessions/${encodeURIComponent(sessionId)}/messages/${messageId}`,
})
