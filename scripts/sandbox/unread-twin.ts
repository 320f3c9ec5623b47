import type { Account, Companion } from '../../loopback/index.ts'
import type { Store } from '../../server/ports/store/store.ts'
import type { SeedAccount } from './people/seed.ts'
import { twinJid } from './people.ts'
import { sendHistory } from './send-history.ts'
import { waitFor } from './wait-for.ts'

const unread = 2

export interface UnreadTwinParts {
  store: Pick<Store, 'acquire' | 'ingest'>
  /** Without a connection, and so without an owner. */
  offline: { id: string }
  /** Connected. */
  foreign: { id: string; account: Account; companion: Companion; seed: SeedAccount }
  /** Reads what is unread in the chat of a session. */
  unreadIn: (sessionId: string) => Promise<number>
}

/** Makes the chat unread in both sessions where it was marked read: by the phone's word, and where no phone can say it, in the store. */
export const unreadTwin = async ({ store, offline, foreign, unreadIn }: UnreadTwinParts): Promise<{ id: string }> => {
  if ((await unreadIn(foreign.id)) === 0) {
    const chats = foreign.seed.chats.filter(({ jid }) => jid === twinJid)
    const history = chats.map((chat) => ({ ...chat, unread, messages: chat.messages.slice(0, 1) }))
    await sendHistory(foreign.account, foreign.companion, { ...foreign.seed, chats: history })
    await waitFor('something unread in the chat', async () => (await unreadIn(foreign.id)) > 0 || undefined)
  }
  if ((await unreadIn(offline.id)) === 0) {
    // Another wish may be at it.
    const lease = await waitFor('the session that is not connected', () => store.acquire(offline.id))
    await store.ingest(lease.owned, [{ kind: 'chat', jid: twinJid, unreadCount: unread }], Date.now())
    await lease.release()
  }
  return { id: twinJid }
}
