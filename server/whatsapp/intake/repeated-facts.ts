/** Leaves out facts that change nothing, because this connection has told them already: each would cost a commit of its own. */
import type { Fact, MessageFact } from '../../model/facts.ts'
import { createLru } from '../../model/lru.ts'

/** The most pairs of addresses that one connection remembers; one that was forgotten is stored again. */
const maxAliases = 256

/** Whose name the last message has told. */
type Named = Pick<MessageFact, 'pushName'> & { jid: string }
const nobody: Named = { jid: '' }

/**
 * For one connection, whose facts are stored in the order in which they pass. It starts with nothing: what an earlier one has told is
 * told again.
 */
export const createRepeats = (): ((facts: Iterable<Fact>) => Generator<Fact>) => {
  // Two addresses of one person are never separated again.
  const aliases = createLru<string, true>(maxAliases)
  let named = nobody

  const isRepeated = (fact: Fact): boolean => {
    if (fact.kind === 'alias') {
      const pair = `${fact.lid} ${fact.pn}`
      const isKnown = aliases.get(pair) === true
      aliases.set(pair, true)
      return isKnown
    }
    if (fact.kind === 'message' && fact.pushName !== undefined) {
      // A name in a history is older than what is stored, and may be left out there.
      named = fact.live ? { jid: fact.sender ?? fact.chat, pushName: fact.pushName } : nobody
    }
    if (fact.kind !== 'contact') return false
    // The library reports the sender's name again right after each message. Later it may have changed: by a history, or for the same
    // person under another address.
    const isTold = fact.name === undefined && fact.jid === named.jid && fact.pushName === named.pushName
    named = nobody
    return isTold
  }

  return function* (facts) {
    for (const fact of facts) if (!isRepeated(fact)) yield fact
  }
}
