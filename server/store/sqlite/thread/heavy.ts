/** Chats with long messages: a page of them takes milliseconds, which would block the thread that reads it. */
export interface Heavy {
  has(sessionId: string, cid: string): boolean
  /** @param bytes of a page of this chat that was read */
  note(sessionId: string, cid: string, bytes: number): void
}

/** A page of 50 ordinary messages has a tenth of it. */
const lightBytes = 256 * 1024
const mostKnown = 1000

/** Remembers a chat from its first large page until one is small; the oldest are evicted. */
export const createHeavy = (): Heavy => {
  const known = new Set<string>()
  const keyOf = (sessionId: string, cid: string) => `${sessionId} ${cid}`

  return {
    has: (sessionId, cid) => known.has(keyOf(sessionId, cid)),
    note(sessionId, cid, bytes) {
      const key = keyOf(sessionId, cid)
      known.delete(key)
      if (bytes <= lightBytes) return
      const [oldest] = known
      if (known.size >= mostKnown && oldest !== undefined) known.delete(oldest)
      known.add(key)
    },
  }
}
