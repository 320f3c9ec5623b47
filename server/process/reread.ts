/** Reads messages again that an earlier version could store only in part, a few at a time. */
import type { Store } from '../ports/store/store.ts'
import type { ContentReader } from '../ports/whatsapp/content.ts'
import type { Purge } from './purge.ts'

export interface RereadParts {
  store: Pick<Store, 'listUnread' | 'completeMessages' | 'findRaw'>
  reader: ContentReader
  /** Epoch milliseconds. */
  clock: () => number
}

/** @returns reads as many as it is given; what cannot be read is left as it is */
export const createReread =
  ({ store, reader, clock }: RereadParts): Purge =>
  async (limit) => {
    const unread = await store.listUnread(limit)
    const read = await Promise.all(
      unread.map(async (message) => {
        const raw = await store.findRaw(message.sessionId, message.key)
        const content = raw && (await reader.contentOf(raw, message))
        return { ...message, ...(content && { content }) }
      }),
    )
    if (read.length > 0) await store.completeMessages(read, clock())
    return read.length
  }
