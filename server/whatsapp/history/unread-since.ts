/**
 * Corrects the unread counters of a history, which are from the time when the phone sent it. Until it is stored, live messages add to
 * them, and reading a chat resets them. Counted when facts are taken out of the queue, so that the order is that of the store.
 */
import type { Fact } from '../../model/facts.ts'

export interface UnreadSince {
  /** Called with facts that come from elsewhere than a history. */
  watch(facts: Iterable<Fact>): Iterable<Fact>
  /** Call when a history has arrived; call `end` when it is stored or given up. */
  begin(): Since
}

export interface Since {
  /** A marker without facts: facts that are taken before it arrived before the history. */
  mark(): Iterable<Fact>
  /** The same facts, with corrected counters. */
  adjusted(facts: Iterable<Fact>): Iterable<Fact>
  end(): void
}

interface Chat {
  came: number
  wasRead: boolean
}

/** The most chats of one history, and the most histories, whose counters are corrected. */
const [maxChats, maxHistories] = [10_000, 100]

const untouched: Chat = { came: 0, wasRead: false }

export const createUnreadSince = (): UnreadSince => {
  const open = new Set<Map<string, Chat>>()
  /** The other address of a person, if it is known from facts since the history arrived. */
  const others = new Map<string, string>()

  const note = (fact: Fact) => {
    if (fact.kind === 'alias' && others.size < 2 * maxChats) others.set(fact.lid, fact.pn).set(fact.pn, fact.lid)
    if (fact.kind !== 'read' && !(fact.kind === 'message' && isCounted(fact))) return
    for (const chats of open) {
      const { came, wasRead } = chats.get(fact.chat) ?? untouched
      const now = fact.kind === 'read' ? { came: 0, wasRead: true } : { came: came + 1, wasRead }
      if (chats.size < maxChats || chats.has(fact.chat)) chats.set(fact.chat, now)
    }
  }

  return {
    *watch(facts) {
      for (const fact of facts) {
        if (open.size > 0) note(fact)
        yield fact
      }
    },

    begin() {
      const chats = new Map<string, Chat>()
      let hasEnded = false
      const since = (jid: string | undefined) => (jid === undefined ? untouched : (chats.get(jid) ?? untouched))
      return {
        mark: () =>
          drawnOnce(() => {
            if (!hasEnded && open.size < maxHistories) open.add(chats)
          }),
        *adjusted(facts) {
          for (const fact of facts) {
            if (fact.kind === 'alias') note(fact)
            if (fact.kind !== 'chat' || fact.unreadCount === undefined) {
              yield fact
              continue
            }
            const [one, other] = [since(fact.jid), since(others.get(fact.jid))]
            const said = one.wasRead || other.wasRead ? 0 : fact.unreadCount
            yield { ...fact, unreadCount: said + one.came + other.came }
          }
        },
        end() {
          hasEnded = true
          open.delete(chats)
          if (open.size === 0) others.clear()
        },
      }
    },
  }
}

/** A marker without facts, which calls back when it is taken. */
const drawnOnce = (onDrawn: () => void): Iterable<Fact> => ({
  [Symbol.iterator]: () => ({
    next() {
      onDrawn()
      return { done: true, value: undefined }
    },
  }),
})

/** Counts as the store does. */
const isCounted = ({ live, fromMe, type }: Extract<Fact, { kind: 'message' }>) => live && !fromMe && type !== 'system'
