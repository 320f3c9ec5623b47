/** Own messages of a session that is not connected, where no phone can say that the account has written one. */
import { newWaMessageId } from '../../server/model/outgoing.ts'
import type { Store } from '../../server/ports/store/store.ts'

export interface OfflineTextParts {
  store: Pick<Store, 'acquire' | 'ingest' | 'listMessages'>
  sessionId: string
  /** JID of one of its chats. */
  chat: string
}

/** Stores a text that the account has just sent from elsewhere. @returns the message, as it is listed */
export const offlineText = async ({ store, sessionId, chat }: OfflineTextParts): Promise<{ id: string }> => {
  const lease = await store.acquire(sessionId)
  if (lease === undefined) throw new Error('the session that is not connected is in use')
  const now = Date.now()
  const fact = { kind: 'message' as const, chat, id: newWaMessageId(), fromMe: true, timestamp: now }
  const raw = Buffer.from('\n\u0005fresh')
  await store.ingest(lease.owned, [{ ...fact, type: 'text', body: 'fresh', status: 'read', live: false, raw }], now)
  await lease.release()
  const page = await store.listMessages(sessionId, chat, { limit: 1 })
  const [message] = JSON.parse(String(page?.data)) as { id: string }[]
  if (message === undefined) throw new Error('what was sent is not stored')
  return { id: message.id }
}
