/**
 * A history says how many messages of a chat were unread when the phone sent it. It is stored some time later, between messages
 * that came since: those are added, and a chat that was read since has only what came after that. Counted as facts are drawn to
 * be stored, so that the order is the store's own.
 */
import type { Fact } from '../../model/facts.ts'

export interface UnreadSince {
  /** What is drawn from somewhere else than a history. */
  watch(facts: Iterable<Fact>): Iterable<Fact>
  /** Call when a history has come; `end` it when it is stored, or given up. */
  begin(): Since
}

export interface Since {
  /** No facts. What is drawn before it came before the history. */
  mark(): Iterable<Fact>
  /** The same facts, with counters as they are by now. */
  adjusted(facts: Iterable<Fact>): Iterable<Fact>
  end(): void
}

interface Chat {
  came: number
  wasRead: boolean
}

/** Chats that are watched for one history, and histories that any are watched for. Beyond it a counter is what the history says. */
const [maxChats, maxHistories] = [10_000, 100]

const untouched: Chat = { came: 0, wasRead: false }

export const createUnreadSince = (): UnreadSince => {
  const open = new Set<Map<string, Chat>>()
  /** The other address of a person, as far as one is told while a history is open. */
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

/** No facts, and a word when it is their turn. */
const drawnOnce = (onDrawn: () => void): Iterable<Fact> => ({
  [Symbol.iterator]: () => ({
    next() {
      onDrawn()
      return { done: true, value: undefined }
    },
  }),
})

/** As the store counts. */
const isCounted = ({ live, fromMe, type }: Extract<Fact, { kind: 'message' }>) =>
  live && !fromMe && type !== 'reaction' && type !== 'system'
