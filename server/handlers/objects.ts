/**
 * What a path names below its session, loaded before anything is asked of its state: 404 where there is none.
 *
 * An operation is not here when it has no later step that could refuse, and the statement that does its work finds the object
 * anyway: `listChatMessages` stays one statement, and `readChat` one commit.
 */
import { notFound } from '../model/errors.ts'
import type { Asked, ObjectOf, ObjectTypes, OperationId } from '../operation.ts'
import type { ChatStore } from '../ports/store/chats.ts'

/** By operation. @throws GatewayError `not_found` */
export type Objects = { readonly [K in OperationId]?: (asked: Asked<K>) => Promise<ObjectOf<K>> }

export interface ObjectParts {
  store: Pick<ChatStore, 'getChat'>
  /** Epoch milliseconds. */
  clock: () => number
}

export const createObjects = ({ store, clock }: ObjectParts): Objects =>
  ({
    getChat: async ({ session, path }) => {
      const chat = await store.getChat(session.id, path.cid, clock())
      if (chat === undefined) throw notFound('chat')
      return chat
    },
  }) satisfies Required<Pick<Objects, keyof ObjectTypes>>
