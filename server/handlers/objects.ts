/**
 * Loads the object that a path names, a webhook or what is below its session, before any check of state: 404 when it does not exist.
 *
 * An operation is not here when no later step could refuse the call, and its own statement finds the object anyway:
 * `listChatMessages` stays one statement, and `readChat` one commit.
 */
import { notFound } from '../model/errors.ts'
import type { Asked, MessageSource, ObjectOf, ObjectTypes, OperationId, TargetMessage } from '../operation.ts'
import type { Store } from '../ports/store/store.ts'

/** By operation. @throws GatewayError `not_found` */
export type Objects = { readonly [K in OperationId]?: (asked: Asked<K>) => Promise<ObjectOf<K>> }

export interface ObjectParts {
  store: Pick<Store, 'getChat' | 'getMessage' | 'findMessageKey' | 'findRaw' | 'findWebhook'>
  /** Epoch milliseconds. */
  clock: () => number
}

export const createObjects = ({ store, clock }: ObjectParts): Objects => {
  const target = async (sessionId: string, messageId: string): Promise<TargetMessage> => {
    const key = await store.findMessageKey(sessionId, messageId)
    const message = await store.getMessage(sessionId, messageId)
    if (key === undefined || message === undefined) throw notFound('message')
    return { key, message: JSON.parse(message) }
  }

  const source = async (sessionId: string, messageId: string): Promise<MessageSource> => {
    const found = await target(sessionId, messageId)
    return { ...found, hasContent: (await store.findRaw(sessionId, found.key)) !== undefined }
  }

  const webhook = async ({ principal, path }: Pick<Asked<'getWebhook'>, 'principal' | 'path'>) => {
    const row = await store.findWebhook(principal.organizationId, path.webhook)
    if (row === undefined) throw notFound('webhook')
    return row
  }

  return {
    getChat: async ({ session, path }) => {
      const chat = await store.getChat(session.id, path.cid, clock())
      if (chat === undefined) throw notFound('chat')
      return chat
    },
    forwardMessage: ({ session, path }) => source(session.id, path.mid),
    editMessage: ({ session, path }) => target(session.id, path.mid),
    revokeMessage: ({ session, path }) => target(session.id, path.mid),
    addReaction: ({ session, path }) => target(session.id, path.mid),
    removeReaction: ({ session, path }) => target(session.id, path.mid),
    voteMessage: ({ session, path }) => source(session.id, path.mid),
    getWebhook: webhook,
    updateWebhook: webhook,
    deleteWebhook: webhook,
    testWebhook: webhook,
    rotateWebhookSecret: webhook,
    replayWebhook: webhook,
    listDeliveries: webhook,
    redeliver: webhook,
  } satisfies Required<Pick<Objects, keyof ObjectTypes>>
}
