/**
 * Requests the names of groups that are known only from their messages: WhatsApp sends a name when a group is created or renamed, and
 * otherwise only on request. One request at a time, outside of the path of messages.
 */
import type { Logger } from 'pino'
import type { Fact } from '../model/facts.ts'
import type { Owned } from '../model/owned.ts'
import type { Store } from '../ports/store/store.ts'
import { NoAnswer, NotConnected } from '../ports/whatsapp/calls.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'

export interface GroupNames {
  /** From now on, requests go to this client. */
  begin(client: WhatsAppClient): void
  /** From now on, no request can be sent. */
  end(): void
  /** Called with stored facts: a group that is new may need a name. */
  heard(facts: readonly Fact[]): void
}

export interface GroupNamesParts {
  owned: Owned
  store: Pick<Store, 'namelessGroups' | 'noteGroupAsked'>
  ingest: (facts: Fact[]) => Promise<void>
  clock: () => number
  log: Pick<Logger, 'debug'>
}

/** The delay before the first request: names that come without a request arrive sooner. */
const firstMs = 1_000
/** Ten a minute: WhatsApp limits such requests, and sending needs them too. */
const paceMs = 6_000
/** When a request is repeated that WhatsApp refused. */
const againMs = 24 * 60 * 60 * 1_000
/** The most groups that are remembered, so that not each message looks for its group in the store. */
const mostHeard = 10_000

export const createGroupNames = ({ owned, store, ingest, clock, log }: GroupNamesParts): GroupNames => {
  const { sessionId } = owned
  let client: WhatsAppClient | undefined
  let timer: NodeJS.Timeout | undefined
  let isAsking = false
  let isNews = false
  const heard = new Set<string>()
  /** Groups whose request failed because the connection was not open: it may be ending, and reports its end some seconds later. */
  let unasked: string[] = []

  const notLearned = (error: unknown) =>
    log.debug({ sessionId, err: error }, 'the name of a group could not be requested')

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

  /** @returns whether there was a group without a name */
  const askNext = async (): Promise<boolean> => {
    const asked = client
    const [jid] = await store.namelessGroups(sessionId, clock() - againMs, 1)
    if (asked === undefined || client !== asked || jid === undefined) return false
    await store.noteGroupAsked(owned, jid, clock())
    try {
      const name = await asked.groupName(jid)
      if (name !== undefined) await ingest([{ kind: 'chat', jid, name }])
    } catch (error) {
      // The end of a connection is no refusal.
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
