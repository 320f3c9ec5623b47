/** Operations that change a stored message at WhatsApp, and in the stored copy when WhatsApp has the change. */
import type { ChangeDraft } from '../model/change.ts'
import { notFound } from '../model/errors.ts'
import { newWaMessageId } from '../model/outgoing.ts'
import { refusalOf } from '../model/refusals.ts'
import type { SessionRow } from '../model/session.ts'
import type { HandlersOf, Keep, LiveCall, Reply, Schemas } from '../operation.ts'
import type { LiveCalls } from '../ports/live-calls.ts'
import type { Store } from '../ports/store/store.ts'
import { isEditable, mustBeRevocable } from './changeable.ts'
import { checkMayWait, createDeliver, createFailedBecause, expiryOf, locationOf, tellCancelled } from './delivery.ts'
import { eachOnce } from './new-message.ts'
import { checkEmoji, checkLength, checkOptions } from './sayings.ts'

/** An operation that changes a message. */
export type ChangeOperation = 'editMessage' | 'revokeMessage' | 'addReaction' | 'removeReaction' | 'voteMessage'

export interface MessageChangeParts {
  store: Pick<Store, 'acceptChange' | 'cancelOutgoing' | 'changeState' | 'getMessage' | 'findTooSoon'>
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
  keep?: Keep<{ status: 202; headers: { Location: string }; body: string }> | undefined
}

export const messageChanges = (parts: MessageChangeParts): Pick<HandlersOf<'Messages'>, ChangeOperation> => {
  const { store, calls, clock } = parts
  const answer = createChangeAnswer({ store, clock })
  const deliver = createDeliver(calls)

  const change = async ({ session, live, query, keep }: Call, messageId: string, draft: ChangeDraft, now: number) => {
    if (live === undefined) checkMayWait(session)
    const made: Made = { change: newWaMessageId(), messageId, hasBody: hasBody(draft) }
    const expiresAt = expiryOf(now, live, query.expiresIn)
    const { id: sessionId, organizationId } = session
    const accepted = { waId: made.change, messageId, draft, expiresAt }
    const kept = keep?.({ status: 202, headers: { Location: '' }, body: JSON.stringify(made) })
    await store.acceptChange({ sessionId, organizationId }, accepted, now, kept)
    await deliver(session, live, { waId: made.change, to: draft.target.chat })
    return answer(sessionId, made)
  }

  return {
    editMessage(call) {
      const { key: target, message } = call.object
      const text = checkLength(call.body.text, message.type)
      const mentions = eachOnce(call.body.mentions)
      const now = clock()
      if (!isEditable(message.type)) throw new TypeError(`a message of the kind ${message.type} was to be edited`)
      const draft = { type: 'edit' as const, target, of: message.type, text, at: now, ...(mentions && { mentions }) }
      return change(call, message.id, draft, now)
    },

    addReaction(call) {
      const { key: target, message } = call.object
      const now = clock()
      const emoji = checkEmoji(call.body.emoji)
      return change(call, message.id, { type: 'reaction', target, emoji, at: now }, now)
    },

    removeReaction(call) {
      const { key: target, message } = call.object
      const now = clock()
      return change(call, message.id, { type: 'reaction', target, emoji: '', at: now }, now)
    },

    voteMessage(call) {
      const { key: target, message } = call.object
      const now = clock()
      const options = checkOptions(call.body.options, message.poll)
      return change(call, message.id, { type: 'vote', target, options, at: now }, now)
    },

    async revokeMessage({ session, live, query, object: { key: target, message } }) {
      const { id: messageId, fromMe, status } = message
      const now = clock()
      const { id: sessionId, organizationId } = session
      const isCancelled =
        status === 'failed' ||
        (fromMe &&
          status === 'pending' &&
          (await store.cancelOutgoing({ sessionId, organizationId }, messageId, refusalOf('cancelled'), now)))
      if (isCancelled) tellCancelled(calls, sessionId, target.id)
      const body = await shown(store, sessionId, messageId)
      // It may have changed since it was read.
      const current: Schemas['Message'] = JSON.parse(body)
      if (isCancelled || current.deleted) return { status: 200, body }
      mustBeRevocable(current, now)
      return change({ session, live, query }, messageId, { type: 'revoke', target, at: now }, now)
    },
  }
}

/** Whether a body says what it is, and not the method alone. */
const hasBody = (draft: ChangeDraft) => draft.type !== 'revoke' && !(draft.type === 'reaction' && draft.emoji === '')

/** A change that was accepted, as it is kept under an idempotency key. */
interface Made {
  /** WhatsApp's id of it. */
  change: string
  messageId: string
  /** What it says is in the body of the request. */
  hasBody: boolean
}

export interface ChangeAnswerParts {
  store: Pick<Store, 'changeState' | 'getMessage' | 'findTooSoon'>
  /** Epoch ms. */
  clock: () => number
}

/** @returns what an operation that changes a message answers, as it is now */
export const createChangeAnswer = ({ store, clock }: ChangeAnswerParts) => {
  const failedBecause = createFailedBecause({ store, clock })
  return async (sessionId: string, { change, messageId, hasBody }: Made): Promise<Reply<ChangeOperation>> => {
    const state = await store.changeState(sessionId, change)
    const at = { content: hasBody ? '/body' : '/path/mid', chat: '/path/mid' } as const
    if (typeof state === 'object') throw await failedBecause(state, { sessionId, messageId, to: '' }, at)
    const body = await shown(store, sessionId, messageId)
    return state === 'pending'
      ? { status: 202, headers: locationOf(sessionId, messageId), body }
      : { status: 200, body }
  }
}

/** @throws GatewayError `not_found` when it was deleted meanwhile */
const shown = async (store: Pick<Store, 'getMessage'>, sessionId: string, messageId: string) => {
  const message = await store.getMessage(sessionId, messageId)
  if (message === undefined) throw notFound('message')
  return message
}

/** What was kept of a change under an idempotency key. */
export const madeIn = (kept: string): Made => JSON.parse(kept)
