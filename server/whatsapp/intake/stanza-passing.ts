/** Passes a message stanza to the library, and handles those for which it emits no event. */
import type { MessageGuard } from '../guards/message-guard.ts'
import type { RetryBudget } from '../guards/retry-budget.ts'
import type { DecryptJournal } from '../journal/decrypt-journal.ts'
import { encodeEntry, stanzaHash } from '../journal/journal-entry.ts'
import { journaling } from '../journal/journal-keys.ts'
import type { AuthenticationState, BinaryNode, WAMessageKey } from '../library.ts'
import type { JournaledMessages } from './journaled-messages.ts'
import type { StanzaQueueOptions } from './stanza-queue.ts'

export interface StanzaPassingOptions {
  /** Resolves when the library is done with it. */
  toLibrary: (stanza: BinaryNode) => Promise<unknown>
  keys: AuthenticationState['keys']
  guard: Pick<MessageGuard, 'unencrypted'>
  /** Rate limit for requests to the account's phone. */
  budget: RetryBudget
  journal: Pick<DecryptJournal, 'keyOf' | 'open' | 'take'>
  messages: Pick<JournaledMessages, 'store' | 'storeAsJournaled'>
  /** Aborted when nothing more is to be decrypted. */
  closed: AbortSignal
  onUnreadable: (cause: string) => void
}

export const createStanzaPassing = (options: StanzaPassingOptions): Pick<StanzaQueueOptions, 'pass' | 'journal'> => {
  const { toLibrary, keys, guard, budget, journal, messages, closed, onUnreadable } = options

  /** Undefined when the library would not treat it as a message. */
  const keyOf = (stanza: BinaryNode): WAMessageKey | undefined => {
    try {
      return journal.keyOf(stanza)
    } catch {
      return undefined
    }
  }

  /** An envelope without its message, when the rate limit for requests is reached: it is stored as a placeholder and acknowledged. */
  const passUnasked = async (stanza: BinaryNode) => {
    const key = keyOf(stanza)
    await toLibrary({ ...stanza, content: [{ tag: 'unavailable', attrs: { type: unasked } }] })
    if (key !== undefined && !closed.aborted) await messages.store(stanza, [], journal.take(key))
  }

  /**
   * The library threw at an unexpected message, after it was acknowledged or refused: it will not be emitted or delivered again.
   */
  const storeForgotten = async (stanza: BinaryNode) => {
    const key = keyOf(stanza)
    if (closed.aborted || key === undefined || isAwaited(stanza)) return
    const entries = journal.take(key)
    if (entries.length === 0) return
    onUnreadable('the library broke off')
    await messages.storeAsJournaled(stanza, entries)
  }

  const withGuarded = (stanza: BinaryNode, fromMe: boolean): BinaryNode => {
    if (!Array.isArray(stanza.content)) return stanza
    const content = stanza.content.map((child) =>
      child.tag === 'plaintext' && child.content instanceof Uint8Array
        ? { ...child, content: guard.unencrypted(child.content, fromMe) }
        : child,
    )
    return { ...stanza, content }
  }

  return {
    async pass(stanza) {
      if (closed.aborted) return
      if (isAwaited(stanza) && !isNeverTold(stanza) && !budget.take()) return passUnasked(stanza)
      await toLibrary(stanza)
      await storeForgotten(stanza)
    },

    async journal(stanza) {
      // The library refuses what it does not treat as a message, and reports that to WhatsApp.
      const key = keyOf(stanza)
      if (key === undefined) return stanza
      const kept = withGuarded(stanza, key.fromMe === true)
      if (!isNeverTold(stanza)) {
        const hash = stanzaHash(kept)
        await keys.set(journaling(hash, encodeEntry({ stanza: kept })))
        journal.open(kept, hash)
      }
      return kept
    },
  }
}

/** Envelopes for which the library neither emits an event nor requests the message. */
const unasked = 'view_once_unavailable_fanout'
const neverTold = new Set(['bot_unavailable_fanout', 'hosted_unavailable_fanout', unasked])

const isNeverTold = ({ content }: BinaryNode) =>
  Array.isArray(content) && content.some(({ tag, attrs }) => tag === 'unavailable' && neverTold.has(attrs.type ?? ''))

/** The message was requested from the phone: the library emits it after the request, or with the answer. */
const isAwaited = ({ content }: BinaryNode) =>
  !Array.isArray(content) || content.every(({ tag }) => tag !== 'enc' && tag !== 'plaintext')
