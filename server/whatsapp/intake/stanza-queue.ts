/**
 * Stands between WhatsApp's message stanzas and the library: the library gets the next one when it is done with the one before.
 * A group message may need the key that an older one carries; a stanza without encryption is journaled first, as nothing else
 * would hold it; and what waits here can be counted, so that nobody can send faster than it is worked off.
 */
import { ciphertextsOf } from '../journal/journal-entry.ts'
import type { BinaryNode } from '../library.ts'

export interface StanzaQueue {
  /** Takes a message stanza, behind all that waits. Resolves when the library is done with it, or was not given it. */
  push(stanza: BinaryNode): Promise<void>
}

export interface StanzaQueueOptions {
  /** Gives a stanza to the library. Resolves when the library is done with it. */
  pass: (stanza: BinaryNode) => Promise<void>
  /** Resolves once it is in the journal. A rejection keeps it from the library. */
  journal: (stanza: BinaryNode) => Promise<BinaryNode>
  /** Told how many wait, each time that it changes. */
  onWaiting: (count: number) => void
}

export const createStanzaQueue = ({ pass, journal, onWaiting }: StanzaQueueOptions): StanzaQueue => {
  const waiting: { stanza: BinaryNode; done: () => void }[] = []
  let isWorking = false

  const hand = async (stanza: BinaryNode) => {
    const isPlain = ciphertextsOf(stanza).length === 0
    const { attrs, ...rest } = isPlain ? await journal(stanza) : stanza
    // The library has a queue of its own for what waited for the connection. This one takes its place.
    const { offline: _queued, ...others } = attrs
    await pass({ ...rest, attrs: others })
  }

  const work = async () => {
    isWorking = true
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      onWaiting(waiting.length)
      await hand(next.stanza).catch(() => {})
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
