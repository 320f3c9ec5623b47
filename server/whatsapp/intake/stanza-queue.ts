/**
 * A queue between WhatsApp's message stanzas and the library, which gets the next stanza when it is done with the last one. A group
 * message may need the key in an earlier one; an unencrypted stanza is journaled first, because nothing else would keep it; and the
 * length of the queue is known, so that back-pressure can be applied.
 */
import { ciphertextsOf } from '../journal/journal-entry.ts'
import type { BinaryNode } from '../library.ts'
import type { InTurn } from './turns.ts'

export interface StanzaQueue {
  /** Appends a message stanza. Resolves when the library is done with it, or did not get it. */
  push(stanza: BinaryNode): Promise<void>
}

export interface StanzaQueueOptions {
  /** Passes a stanza to the library. Resolves when the library is done with it. */
  pass: (stanza: BinaryNode) => Promise<void>
  /** Resolves once it is in the journal. After a rejection the library does not get it. */
  journal: (stanza: BinaryNode) => Promise<BinaryNode>
  /** Shared by all sessions: each has one stanza at a time in it. */
  inTurn: InTurn
  /** Called with the number of waiting stanzas at each change. */
  onWaiting: (count: number) => void
}

export const createStanzaQueue = ({ pass, journal, inTurn, onWaiting }: StanzaQueueOptions): StanzaQueue => {
  const waiting: { stanza: BinaryNode; done: () => void }[] = []
  let isWorking = false

  const hand = async (stanza: BinaryNode) => {
    const isPlain = ciphertextsOf(stanza).length === 0
    const { attrs, ...rest } = isPlain ? await journal(stanza) : stanza
    // Replaces the library's own queue for messages that waited for the connection.
    const { offline: _queued, ...others } = attrs
    await pass({ ...rest, attrs: others })
  }

  const work = async () => {
    isWorking = true
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      onWaiting(waiting.length)
      const { stanza } = next
      await inTurn(() => hand(stanza)).catch(() => {})
      next.done()
    }
    isWorking = false
  }

  return {
    push(stanza) {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ stanza, done: resolve })
      onWaiting(waiting.length)
      if (!isWorking) void work()
      return promise
    },
  }
}
