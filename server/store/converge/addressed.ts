import type { CopyFact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import type { Addressed } from './directory.ts'

/** Collects the addresses in facts, by what will be stored of them. */
export function addressedBy(facts: CopyFact[]): Addressed {
  const known = new Set<Jid>()
  const peers = new Set<Jid>()
  const chats = new Set<Jid>()
  for (const fact of facts) {
    switch (fact.kind) {
      case 'message':
        chats.add(fact.chat)
        if (fact.sender) peers.add(fact.sender)
        break
      case 'sealed':
        peers.add(fact.carrier.chat)
        if (fact.carrier.sender) peers.add(fact.carrier.sender)
        break
      case 'edit':
        // The author that it names is only looked up, not stored.
        peers.add(fact.target.chat)
        if (fact.by !== 'me') peers.add(fact.by)
        break
      case 'reaction':
      case 'vote':
      case 'revoke':
      case 'remove':
      case 'receipt':
        peers.add(fact.target.chat)
        if (fact.target.sender) peers.add(fact.target.sender)
        if ('by' in fact && fact.by !== 'me') peers.add(fact.by)
        break
      case 'contact':
        peers.add(fact.jid)
        break
      case 'chat':
        chats.add(fact.jid)
        break
      case 'clear':
      case 'timer':
        chats.add(fact.chat)
        break
      case 'read':
        known.add(fact.chat)
    }
  }
  return { known, peers, chats }
}
