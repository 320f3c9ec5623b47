/**
 * Names of groups that are known by their messages alone: WhatsApp tells a name when the group is made or renamed, and otherwise
 * only who asks. Asked one group at a time, apart from the path that messages take.
 */
import type { Logger } from 'pino'
import type { Fact } from '../model/facts.ts'
import type { Owned } from '../model/owned.ts'
import type { Store } from '../ports/store/store.ts'
import { NoAnswer, NotConnected } from '../ports/whatsapp/calls.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'

export interface GroupNames {
  /** From now on this client can be asked. */
  begin(client: WhatsAppClient): void
  /** From now on nobody can be asked. */
  end(): void
  /** What came in: a group that was not heard of before may need a name. */
  heard(facts: readonly Fact[]): void
}

export interface GroupNamesParts {
  owned: Owned
  store: Pick<Store, 'namelessGroups' | 'noteGroupAsked'>
  ingest: (facts: Fact[]) => Promise<void>
  clock: () => number
  log: Pick<Logger, 'debug'>
}

/** What is told without being asked comes sooner than this. */
const firstMs = 1_000
/** Ten a minute: WhatsApp limits such questions, and sending needs them too. */
const paceMs = 6_000
/** A group that WhatsApp would not name is asked about again after so long. */
const againMs = 24 * 60 * 60 * 1_000
/** Groups that need not be looked for in the store at each message. */
const mostHeard = 10_000

export const createGroupNames = ({ owned, store, ingest, clock, log }: GroupNamesParts): GroupNames => {
  const { sessionId } = owned
  let client: WhatsAppClient | undefined
  let timer: NodeJS.Timeout | undefined
  let isAsking = false
  let isNews = false
  const heard = new Set<string>()
  /** Groups about which the connection could not be asked: it may be ending, and tells its end some seconds later. */
  let unasked: string[] = []

  const notLearned = (error: unknown) => log.debug({ sessionId, err: error }, 'the name of a group was not learned')

  const plan = (ms: number) => {
    isNews = true
    if (client === undefined || timer !== undefined || isAsking) return
    timer = setTimeout(() => {
      timer = undefined
      void work()
    }, ms)
    timer.unref()
  }

  const work = async () => {
    isAsking = true
    isNews = false
    const isMore = await askNext().catch((error: unknown) => {
      notLearned(error)
      return true
    })
    isAsking = false
    if (isMore || isNews) plan(paceMs)
  }

  /** @returns whether there was a group to ask about */
  const askNext = async (): Promise<boolean> => {
    const asked = client
    const [jid] = await store.namelessGroups(sessionId, clock() - againMs, 1)
    if (asked === undefined || client !== asked || jid === undefined) return false
    await store.noteGroupAsked(owned, jid, clock())
    try {
      const name = await asked.groupName(jid)
      if (name !== undefined) await ingest([{ kind: 'chat', jid, name }])
    } catch (error) {
      // A connection that ended has not said no.
      if (client !== asked) await store.noteGroupAsked(owned, jid, null)
      else if (error instanceof NotConnected || error instanceof NoAnswer) unasked.push(jid)
      throw error
    }
    return true
  }

  return {
    begin(connected) {
      client = connected
      plan(firstMs)
    },
    end() {
      client = undefined
      clearTimeout(timer)
      timer = undefined
      for (const jid of unasked) store.noteGroupAsked(owned, jid, null).catch(notLearned)
      unasked = []
    },
    heard(facts) {
      const before = heard.size
      for (const fact of facts) if (fact.kind === 'message' && fact.chat.endsWith('@g.us')) heard.add(fact.chat)
      if (heard.size === before) return
      if (heard.size > mostHeard) heard.clear()
      plan(firstMs)
    },
  }
}
