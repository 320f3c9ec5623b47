/** Preconditions on the state of what a call is about, checked before the rate limit: 409. */
import { conflict } from '../model/errors.ts'
import type { Asked, ObjectOf, OperationId } from '../operation.ts'
import type { Store } from '../ports/store/store.ts'
import type { Supervisor } from '../sessions/supervisor.ts'
import { mustBeEditable, mustBeReactable, mustBeRevocable, mustBeVotable } from './changeable.ts'
import { checkForwardable } from './forwards.ts'
import { tooManyWebhooks, type WebhookParts } from './webhooks.ts'

/** By operation; one that is not here has no precondition, or checks it in its handler. @throws GatewayError `conflict` */
export type States = { readonly [K in OperationId]?: (asked: Asked<K>, object: ObjectOf<K>) => void | Promise<void> }

export interface StateParts extends Pick<WebhookParts, 'webhooksOf'> {
  store: Pick<Store, 'failureOf' | 'countWebhooksOf'>
  supervisor: Pick<Supervisor, 'checkRoom'>
  /** Epoch milliseconds. */
  clock: () => number
}

export const createStates = ({ store, supervisor, webhooksOf, clock }: StateParts): States => ({
  createSession: ({ principal }) => supervisor.checkRoom(principal.organizationId),
  createWebhook: async ({ principal: { organizationId } }) => {
    const most = webhooksOf(organizationId)
    if (most !== undefined && (await store.countWebhooksOf(organizationId)) >= most) throw tooManyWebhooks(most)
  },
  sessionPairingCode: ({ session }) => {
    if (session.waJid !== undefined) throw conflict('the session is already paired')
  },
  editMessage: (_, { message }) => mustBeEditable(message, clock()),
  async revokeMessage({ session }, { message }) {
    // Whoever got no answer to a cancellation asks again.
    const failure = message.status === 'failed' ? await store.failureOf(session.id, message.id) : undefined
    if (failure?.code !== 'cancelled') mustBeRevocable(message, clock())
  },
  addReaction: (_, { message }) => mustBeReactable(message),
  removeReaction: (_, { message }) => mustBeReactable(message),
  voteMessage: (_, poll) => mustBeVotable(poll),
  forwardMessage: (_, source) => checkForwardable(source),
})
