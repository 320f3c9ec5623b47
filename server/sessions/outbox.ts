/**
 * Sends what a session has accepted: each chat in the order of acceptance, chats beside each other. A message is claimed before its first
 * byte is written, and ends with WhatsApp's answer. What has no answer is sent again on the next connection, under the same id and
 * with the same content.
 */
import type { Logger } from 'pino'
import type { Fact } from '../model/facts.ts'
import type { Jid } from '../model/jid.ts'
import { isChange, type SendFailure } from '../model/outgoing.ts'
import type { Owned } from '../model/owned.ts'
import { isForNow, refusalOf } from '../model/refusals.ts'
import { createTurns } from '../model/turns.ts'
import type { Outgoing } from '../ports/store/outbox.ts'
import type { Store } from '../ports/store/store.ts'
import { NoAnswer, NotConnected, NotWritten, Refused, Unsendable } from '../ports/whatsapp/calls.ts'
import type { Ingest, WhatsAppClient } from '../ports/whatsapp/connection.ts'
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
  /** Call after each commit. */
  heard(facts: readonly Fact[]): void
}

export interface OutboxParts {
  owned: Owned
  store: Pick<Store, 'findOutgoing' | 'listOutgoing' | 'claimOutgoing' | 'releaseOutgoing' | 'findRaw'>
  /** Stores facts. */
  ingest: Ingest
  /** The open one; undefined while there is none. */
  client: () => WhatsAppClient | undefined
  /** Epoch ms. */
  clock: () => number
  log: Pick<Logger, 'debug' | 'warn'>
}

/** After this time a message that may have been written is not sent again: only a receipt can still tell. */
const againMs = 15 * 60_000
/** How long a chat waits for what its next message needs. */
const prepareMs = 10_000
/** How long a chat waits for one message to be written. */
const writeMs = 30_000
/** Messages that are written at a time: the library does one after the other anyway, and each of them may be lost with the process. */
const mostAtATime = 4
const pageSize = 100

export const createOutbox = (parts: OutboxParts): Outbox => {
  const { owned, store, ingest, client, clock, log } = parts
  const { sessionId } = owned
  const chats = createTurns(1)
  const all = createTurns(mostAtATime)
  const waiters = createWaiters()
  /** Messages in the hands of the current connection: it does not get them twice. */
  let given: { client?: WhatsAppClient; ids: Set<string> } = { ids: new Set() }
  /** Resolves when everything that waited at the last call of `resume` is in line. */
  let inLine: Promise<void> = Promise.resolve()
  const retry = createRetryTimer(() => resume())

  const idsGivenTo = (open: WhatsAppClient) => {
    if (given.client !== open) given = { client: open, ids: new Set() }
    return given.ids
  }

  const fail = (waId: string, failure: SendFailure) => ingest([{ kind: 'outcome', id: waId, at: clock(), failure }], [])

  /** @throws NotConnected when there is no connection; the message may have been given to an earlier one */
  const give = async (message: Outgoing) => {
    const { waId, to, claimed, expiresAt } = message
    if (claimed === undefined && expiresAt <= clock()) return fail(waId, refusalOf('expired'))
    if (claimed !== undefined && claimed.at + againMs <= clock()) return
    const open = client()
    if (open === undefined) throw new NotConnected('the session is not connected')
    const ids = idsGivenTo(open)
    if (ids.has(waId)) return
    await open.prepareChat(to, { withinMs: prepareMs })
    const bytes = claimed?.proto ?? (await compose(parts, open, message))
    if (!(bytes instanceof Uint8Array)) return fail(waId, bytes)
    await all.take('all', async () => {
      const times = await store.claimOutgoing(owned, waId, bytes, clock())
      if (times === undefined) return
      ids.add(waId)
      try {
        await open.sendMessage({ to, id: waId, bytes }, { withinMs: writeMs })
        retry.worked()
      } catch (error) {
        await notSent(waId, ids, error)
      }
    })
  }

  /** @throws the cause when nothing of the message was written: it is as if it had not been tried */
  const notSent = async (waId: string, ids: Set<string>, error: unknown) => {
    if (error instanceof NotWritten) {
      await store.releaseOutgoing(owned, waId)
      ids.delete(waId)
      throw error.cause
    }
    log.debug({ sessionId, err: error }, 'a message may not have been written; the next connection sends it again')
  }

  /** Takes its place in the line of its chat at once. @throws NotConnected when nothing of it was written */
  const attempt = (waId: string, to: Jid) =>
    chats.take(to, async () => {
      const message = await store.findOutgoing(sessionId, waId)
      if (message !== undefined) await give(message).catch((error) => notGiven(message, error))
    })

  /** @throws NotConnected when nothing of it was written */
  const notGiven = async ({ waId, claimed }: Outgoing, error: unknown) => {
    // What may have been written before may have arrived: only a receipt can tell.
    const isOver = error instanceof NotConnected || (error instanceof Refused && !isForNow(error))
    if (isOver && claimed !== undefined) return
    if (error instanceof NotConnected) throw error
    if (error instanceof Refused && isOver) return fail(waId, refusalOf(error.code))
    log.warn({ sessionId, err: error }, 'a message could not be sent now; it is tried again')
    retry.plan()
  }

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
    inLine = inLine.then(putInLine).catch((error: unknown) => {
      log.warn({ sessionId, err: error }, 'what waits to be sent could not be read')
      retry.plan()
    })
  }

  const sent = async (waId: string, to: Jid, end: Promise<void>) => {
    await inLine
    await attempt(waId, to)
    // What has ended already is not told again.
    if ((await store.findOutgoing(sessionId, waId)) !== undefined) await end
  }

  return {
    send: (waId, to, wait) => waiters.until(waId, wait, (ended) => sent(waId, to, ended)),

    resume,

    heard(facts) {
      for (const id of facts.flatMap(endedBy)) {
        waiters.end(id)
        given.ids.delete(id)
      }
    },
  }
}

/** @returns its protobuf, or why there cannot be one */
const compose = async (
  { owned: { sessionId }, store, log }: OutboxParts,
  open: WhatsAppClient,
  { to, waId: id, draft, timer }: Outgoing,
): Promise<Uint8Array | SendFailure> => {
  const key = isChange(draft) ? draft.target : draft.quoted
  const about = key && (await store.findRaw(sessionId, key))
  try {
    return await open.composeMessage({
      to,
      id,
      draft,
      ...(about && { about }),
      ...(timer !== undefined && { timer }),
    })
  } catch (error) {
    if (error instanceof NotConnected || error instanceof NoAnswer || error instanceof Refused) throw error
    if (error instanceof Unsendable) return error.failure
    log.warn({ sessionId, err: error }, 'a message could not be made')
    return refusalOf('unsendable')
  }
}

/** The message that a fact ends. */
const endedBy = (fact: Fact): string[] => {
  if (fact.kind === 'outcome') return [fact.id]
  return fact.kind === 'receipt' ? [fact.target.id] : []
}
