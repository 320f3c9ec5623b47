import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import { chatOf, chatsOf, freshSession, messagesOf, now, owned, rina, type StoredCopy } from './examples.behaviour.ts'

/**
 * One store for the tests of a `describe`, opened empty before them and closed after them, and in it a new session before each test. To be
 * called within the `describe`.
 * @returns the store and the session of the test that runs, and what most tests do with them
 */
export const sessionForEachTest = <Opened extends StoredCopy>(open: () => Promise<Opened>) => {
  let store: Opened
  let id: string
  beforeAll(async () => {
    store = await open()
  })
  const renew = async () => {
    id = await freshSession(store)
  }
  beforeEach(renew)
  afterAll(() => store.close())

  return {
    get store() {
      return store
    },

    /** The session's. */
    get id() {
      return id
    },

    /** Begins a new session, for the rest of the test. */
    renew,

    /** Stores facts in the session. */
    tell: (...facts: Fact[]) => store.ingest(owned(id), facts, now),

    /** The messages of a chat, newest first; none when there is no such chat. */
    shownMessages: (cid: string, limit?: number) => messagesOf(store, id, cid, limit),

    shownChat: (cid: string) => chatOf(store, id, cid),

    shownChats: () => chatsOf(store, id),

    /** How many messages of a chat, of Rina's unless said otherwise, are unread; undefined when there is no such chat. */
    unread: async (cid = rina) => (await chatOf(store, id, cid))?.unreadCount,
  }
}
