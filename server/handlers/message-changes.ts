/** Operations that change a stored message at WhatsApp, and in the stored copy when WhatsApp has the change. */
import type { ChangeDraft } from '../model/change.ts'
import { notFound } from '../model/errors.ts'
import { newWaMessageId } from '../model/outgoing.ts'
import { refusalOf } from '../model/refusals.ts'
import type { SessionRow } from '../model/session.ts'
import type { HandlersOf, LiveCall, Reply } from '../operation.ts'
import type { LiveCalls } from '../ports/live-calls.ts'
import type { KeptAnswer } from '../ports/store/idempotency.ts'
import type { Store } from '../ports/store/store.ts'
import { isEditable } from './changeable.ts'
import { checkMayWait, createDeliver, expiryOf, failedBecause, locationOf } from './delivery.ts'

/** An operation that changes a message. */
export type ChangeOperation = 'editMessage' | 'revokeMessage'

export interface MessageChangeParts {
  store: Pick<Store, 'acceptChange' | 'cancelOutgoing' | 'changeState' | 'getMessage'>
  /** Calls that the owner of a session carries out. */
  calls: LiveCalls
  /** Epoch ms. */
  clock: () => number
}

/** What of a call decides how its change is sent. */
interface Call {
  session: SessionRow
  live: LiveCall | undefined
  query: { expiresIn?: number }
  keep?: (body: string) => KeptAnswer
}

export const messageChanges = (parts: MessageChangeParts): Pick<HandlersOf<'Messages'>, ChangeOperation> => {
  const { store, calls, clock } = parts
  const answer = createChangeAnswer(store)
  const deliver = createDeliver(calls)

  const change = async ({ session, live, query, keep }: Call, messageId: string, draft: ChangeDraft, now: number) => {
    if (live === undefined) checkMayWait(session)
    const made: Made = { change: newWaMessageId(), messageId, hasBody: draft.type === 'edit' }
    const expiresAt = expiryOf(now, live, query.expiresIn)
    const { id: sessionId, organizationId } = session
    const accepted = { waId: made.change, messageId, draft, expiresAt }
    await store.acceptChange({ sessionId, organizationId }, accepted, now, keep?.(JSON.stringify(made)))
    await deliver(session, live, { waId: made.change, to: draft.target.chat })
    return answer(sessionId, made)
  }

  return {
    editMessage({ session, live, query, object: { key: target, message }, body: { text, mentions }, keep }) {
      const now = clock()
      if (!isEditable(message.type)) throw new TypeError(`a message of the kind ${message.type} was to be edited`)
      const draft = { type: 'edit' as const, target, of: message.type, text, at: now, ...(mentions && { mentions }) }
      const kept = keep && { keep: (made: string) => keep({ status: 202, headers: { Location: '' }, body: made }) }
      return change({ session, live, query, ...kept }, message.id, draft, now)
    },

    async revokeMessage({ session, live, query, object: { key: target, message } }) {
      const { id: messageId, deleted, fromMe, status } = message
      const now = clock()
      const { id: sessionId, organizationId } = session
      const isCancelled =
        status === 'failed' ||
        (fromMe &&
          status === 'pending' &&
          (await store.cancelOutgoing({ sessionId, organizationId }, messageId, refusalOf('cancelled'), now)))
      if (isCancelled || deleted) return { status: 200, body: await shown(store, sessionId, messageId) }
      return change({ session, live, query }, messageId, { type: 'revoke', target, at: now }, now)
    },
  }
}

/** A change that was accepted, as it is kept under an idempotency key. */
interface Made {
  /** WhatsApp's id of it. */
  change: string
  messageId: string
  /** What it says is in the body of the request. */
  hasBody: boolean
}

/** @returns what an operation that changes a message answers, as it is now */
export const createChangeAnswer =
  (store: Pick<Store, 'changeState' | 'getMessage'>) =>
  async (sessionId: string, { change, messageId, hasBody }: Made): Promise<Reply<ChangeOperation>> => {
    const state = await store.changeState(sessionId, change)
    if (typeof state === 'object')
      throw failedBecause(state, messageId, { content: hasBody ? '/body' : '/path/mid', chat: '/path/mid' })
    const body = await shown(store, sessionId, messageId)
    return state === 'pending'
      ? { status: 202, headers: locationOf(sessionId, messageId), body }
      : { status: 200, body }
  }

/** @throws GatewayError `not_found` when it was deleted meanwhile */
const shown = async (store: Pick<Store, 'getMessage'>, sessionId: string, messageId: string) => {
  const message = await store.getMessage(sessionId, messageId)
  if (message === undefined) throw notFound('message')
  return message
}

/** What was kept of a change under an idempotency key. */
export const madeIn = (kept: string): Made => JSON.parse(kept)
