/** Own messages of a session that is not connected, where no phone can say that the account has written one. */
import { newWaMessageId } from '../../server/model/outgoing.ts'
import type { Store } from '../../server/ports/store/store.ts'
import { waitFor } from './wait-for.ts'

export interface OfflineTextParts {
  store: () => Pick<Store, 'acquire' | 'ingest' | 'listMessages'>
  sessionId: string
  /** JID of one of its chats. */
  chat: string
}

/** Such a text is given again until it is so old: then ten minutes remain in which it can be edited. */
const freshMs = 5 * 60_000

/** @returns what stores a text that the account has just sent from elsewhere, and says its id */
export const createOfflineText = ({ store, sessionId, chat }: OfflineTextParts): (() => Promise<{ id: string }>) => {
  let last: { id: string; at: number } | undefined
  return async () => {
    const now = Date.now()
    if (last !== undefined && now - last.at < freshMs) return { id: last.id }
    const lease = await waitFor('the session that is not connected', () => store().acquire(sessionId))
    const fact = { kind: 'message' as const, chat, id: newWaMessageId(), fromMe: true, timestamp: now }
    const raw = Buffer.from('\n\u0005fresh')
    await store().ingest(lease.owned, [{ ...fact, type: 'text', body: 'fresh', status: 'read', live: false, raw }], now)
    await lease.release()
    const page = await store().listMessages(sessionId, chat, { limit: 1 })
    const [message] = JSON.parse(String(page?.data)) as { id: string }[]
    if (message === undefined) throw new Error('what was sent is not stored')
    last = { id: message.id, at: now }
    return { id: message.id }
  }
}
