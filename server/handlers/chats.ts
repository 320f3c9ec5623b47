import { notFound } from '../model/errors.ts'
import { createTurns } from '../model/turns.ts'
import type { HandlersOf } from '../operation.ts'
import type { Store } from '../ports/store/store.ts'
import { badCursor, type CursorScope, type Cursors, type StoredPlace } from './cursor.ts'
import { listBody, pageSize } from './page.ts'

export interface ChatParts {
  store: Store
  cursors: Cursors<StoredPlace>
  /** Epoch ms. */
  clock: () => number
}

/** How many pages of one organization are read at a time: a page may have megabytes, and all organizations share the readers. */
const mostPages = 2

export const chats = ({ store, cursors, clock }: ChatParts): HandlersOf<'Chats'> => {
  const turns = createTurns(mostPages)

  return {
    async listChats({ session, query }) {
      const scope: CursorScope = { operation: 'listChats', within: session.id }
      const after = query.cursor === undefined ? undefined : cursors.decode(scope, query.cursor).position
      const limit = pageSize(query.limit)
      const page = await turns.take(session.organizationId, () =>
        store.listChats(session.id, { limit, ...(after && { after }) }, clock()),
      )
      return {
        status: 200,
        body: listBody(page, page.last && cursors.encode(scope, { chatId: 0, position: page.last })),
      }
    },

    async getChat({ object }) {
      return { status: 200, body: object }
    },

    async listChatMessages({ session, path, query }) {
      const scope: CursorScope = { operation: 'listChatMessages', within: session.id }
      const cursor = query.cursor === undefined ? undefined : cursors.decode(scope, query.cursor)
      const limit = pageSize(query.limit)
      const page = await turns.take(session.organizationId, () =>
        store.listMessages(session.id, path.cid, { limit, ...(cursor && { after: cursor.position }) }),
      )
      if (page === undefined) throw notFound('chat')
      const { chatId, last } = page
      if (cursor !== undefined && !(await store.isSameChat(session.id, cursor.chatId, chatId))) throw badCursor()
      const next = last && cursors.encode(scope, { chatId, position: last })
      return { status: 200, body: listBody(page, next) }
    },

    async readChat({ session, path }) {
      const chat = await store.markChatRead(session.id, path.cid, clock())
      if (chat === undefined) throw notFound('chat')
      return { status: 200, body: chat }
    },

    async setChatPresence({ live, path, body }) {
      await live('presence.send', { jid: path.cid, state: body.state })
      return { status: 204 }
    },
  }
}
