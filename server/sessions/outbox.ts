/**
 * Sends what a session has accepted: each chat in the order of acceptance, chats at the same time. A message is claimed before its first
 * byte is written, and ends with WhatsApp's answer. What has no answer is sent again on the next connection, under the same id and
 * with the same content.
 */
import type { Fact } from '../model/facts.ts'
import type { Jid } from '../model/jid.ts'
import type { SessionRow } from '../model/session.ts'
import type { Store } from '../ports/store/store.ts'
import { NotConnected } from '../ports/whatsapp/calls.ts'
import { createDelivery, type DeliveryParts } from './delivery.ts'
import { createPacer } from './pacer.ts'
import { createRetryTimer } from './retry-timer.ts'
import { createWaiters, type Wait } from './waiters.ts'

export interface Outbox {
  /**
   * Sends an accepted message. Resolves when it has ended, as WhatsApp's answer says.
   * @throws NotConnected when there is no connection: it is sent when there is one
   * @throws NoAnswer when the wait is over: it is sent later, or is on its way
   */
  send(waId: string, to: Jid, wait: Wait): Promise<void>
  /** Sends what waits. Call when a connection has opened, and when another message was accepted. */
  resume(): void
  /** Call when a message that waits was cancelled in the store: `send` resolves. */
  cancelled(waId: string): void
  /** Call after each commit. */
  heard(facts: readonly Fact[]): void
}

export interface OutboxParts extends Omit<DeliveryParts, 'showsTyping' | 'leftMs' | 'retry'> {
  store: DeliveryParts['store'] & Pick<Store, 'nextWaiting' | 'listOutgoing'>
  /** Whether the session has a pace, and shows "typing…" before it sends. */
  settings: () => Pick<SessionRow, 'ratePerMin' | 'presenceTyping'>
  /** From 0 to below 1. */
  random: () => number
}

const pageSize = 100

export const createOutbox = (parts: OutboxParts): Outbox => {
  const { owned, store, client, settings, clock, log } = parts
  const { sessionId } = owned
  const waiters = createWaiters()
  /** Until when the callers of messages wait; epoch ms. */
  const deadlines = new Map<string, number>()
  /** Resolves when everything that waited at the last call of `resume` is in line. */
  let inLine: Promise<void> = Promise.resolve()
  const retry = createRetryTimer(() => resume())
  const { attempt, forget } = createDelivery({
    ...parts,
    retry,
    showsTyping: () => settings().presenceTyping,
    leftMs: (waId) => (deadlines.get(waId) ?? Number.POSITIVE_INFINITY) - clock(),
  })

  const pacer = createPacer({
    next: (except) => store.nextWaiting(sessionId, except, clock()),
    attempt: async (waId, to) => {
      await inLine
      await attempt(waId, to, true)
    },
    isConnected: () => client() !== undefined,
    isPaced: () => settings().ratePerMin > 0,
    random: parts.random,
    onError: (error) => {
      if (error instanceof NotConnected) return
      log.warn({ sessionId, err: error }, 'messages that wait for their turn could not be sent; they are tried again')
      retry.plan()
    },
  })

  const putInLine = async () => {
    for (let after = 0; client() !== undefined; ) {
      const page = await store.listOutgoing(sessionId, { after, limit: pageSize })
      for (const { waId, to } of page) attempt(waId, to).catch(() => {})
      const last = page.at(-1)
      if (last === undefined || page.length < pageSize) return
      after = last.position
    }
  }

  const resume = () => {
    retry.cancel()
    pacer.resume()
    inLine = inLine.then(putInLine).catch((error: unknown) => {
      log.warn({ sessionId, err: error }, 'waiting messages could not be read')
      retry.plan()
    })
  }

  const sent = async (waId: string, to: Jid, end: Promise<void>) => {
    await inLine
    await attempt(waId, to)
    const left = await store.findOutgoing(sessionId, waId)
    if (left?.waits) pacer.resume()
    // What has ended already is not told again.
    if (left !== undefined) await end
  }

  return {
    async send(waId, to, wait) {
      deadlines.set(waId, clock() + wait.withinMs)
      try {
        await waiters.until(waId, wait, (ended) => Promise.race([sent(waId, to, ended), ended]))
      } finally {
        deadlines.delete(waId)
      }
    },

    resume,

    cancelled: waiters.end,

    heard(facts) {
      for (const id of facts.flatMap(endedBy)) {
        waiters.end(id)
        forget(id)
      }
    },
  }
}

/** The message that a fact ends. */
const endedBy = (fact: Fact): string[] => {
  if (fact.kind === 'outcome') return [fact.id]
  return fact.kind === 'receipt' ? [fact.target.id] : []
}
