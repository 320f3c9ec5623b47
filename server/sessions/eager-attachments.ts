/**
 * Fetches the attachments of messages that have just arrived, before anybody requests them: WhatsApp keeps files for weeks only. In
 * the background, one at a time; what is too much is left for a request.
 */
import type { Logger } from 'pino'
import type { Fact, MessageFact } from '../model/facts.ts'
import type { MessageKey } from '../model/message.ts'
import type { Store } from '../ports/store/store.ts'
import type { Attachments, SharedMedia } from './attachments.ts'

export interface EagerAttachments {
  /** Call after each commit. Returns at once. */
  heard(facts: readonly Fact[]): void
}

export interface EagerParts extends Pick<SharedMedia, 'eagerMaxBytes' | 'eagerTurns' | 'onFailed'> {
  sessionId: string
  attachments: Pick<Attachments, 'fetch'>
  store: Pick<Store, 'findMessageId'>
  isConnected: () => boolean
  log: Pick<Logger, 'debug'>
}

/** The most messages that wait. */
const mostWaiting = 256

export const createEagerAttachments = (parts: EagerParts): EagerAttachments => {
  const { sessionId, attachments, store, eagerMaxBytes, eagerTurns, isConnected, onFailed, log } = parts
  const waiting: MessageKey[] = []
  let isWorking = false

  const fetchNext = async (key: MessageKey) => {
    const messageId = await store.findMessageId(sessionId, key)
    if (messageId !== undefined) await attachments.fetch(messageId, eagerMaxBytes)
  }

  const work = async () => {
    isWorking = true
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
      // A request fetches what is still there when the session is connected again.
      if (!isConnected()) waiting.length = 0
      else {
        const next = key
        await eagerTurns
          .take('eager', () => fetchNext(next))
          .catch((error: unknown) => log.debug({ sessionId, err: error }, 'an attachment was not fetched at once'))
      }
    }
    isWorking = false
  }

  return {
    heard(facts) {
      for (const fact of facts) {
        if (!isWanted(fact, eagerMaxBytes)) continue
        const { chat, id, fromMe, sender } = fact
        if (waiting.length < mostWaiting) waiting.push({ chat, id, fromMe, ...(sender !== undefined && { sender }) })
        else onFailed('dropped')
      }
      if (!isWorking) void work()
    },
  }
}

const isWanted = (fact: Fact, maxBytes: number): fact is MessageFact =>
  fact.kind === 'message' && fact.live && fact.media !== undefined && (fact.media.size ?? 0) <= maxBytes && maxBytes > 0
