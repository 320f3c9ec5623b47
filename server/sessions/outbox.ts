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
import { refusalOf } from '../model/refusals.ts'
import { createTurns } from '../model/turns.ts'
import type { Outgoing } from '../ports/store/outbox.ts'
import type { Store } from '../ports/store/store.ts'
import { NoAnswer, NotConnected, Unsendable } from '../ports/whatsapp/calls.ts'
import type { Ingest, WhatsAppClient } from '../ports/whatsapp/connection.ts'

export interface Outbox {
  /**
   * Sends an accepted message. Resolves when it has ended, as WhatsApp's answer says.
   * @throws NotConnected when there is no connection: it is sent when there is one
   * @throws NoAnswer when the wait is over: it is sent later, or is on its way
   */
  send(waId: string, to: Jid, wait: { withinMs: number; signal?: AbortSignal }): Promise<void>
  /** Sends what waits. Call when a connection has opened, and when another message was accepted. */
  resume(): void
  /** Call after each commit. */
  heard(facts: readonly Fact[]): void
}

export interface OutboxParts {
  owned: Owned
  store: Pick<Store, 'findOutgoing' | 'listOutgoing' | 'claimOutgoing' | 'findRaw'>
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
/** How long a chat waits for one message to be written. */
const writeMs = 30_000
/** When the store could not do its part. */
const retryMs = 5_000
/** Messages that are written at a time: the library does one after the other anyway, and each of them may be lost with the process. */
const mostAtATime = 4
const pageSize = 100

export const createOutbox = (parts: OutboxParts): Outbox => {
  const { owned, store, ingest, client, clock, log } = parts
  const { sessionId } = owned
  const chats = createTurns(1)
  const all = createTurns(mostAtATime)
  const ends = new Map<string, PromiseWithResolvers<void>>()
  /** Messages in the hands of the current connection: it does not get them twice. */
  let given: { client?: WhatsAppClient; ids: Set<string> } = { ids: new Set() }
  /** Resolves when everything that waited at the last call of `resume` is in line. */
  let inLine: Promise<void> = Promise.resolve()
  let retry: NodeJS.Timeout | undefined

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
    const bytes = claimed?.proto ?? (await compose(parts, open, message))
    if (!(bytes instanceof Uint8Array)) return fail(waId, bytes)
    const times = await store.claimOutgoing(owned, waId, bytes, clock())
    if (times === undefined) return
    ids.add(waId)
    await open.sendMessage({ to, id: waId, bytes }, { withinMs: writeMs }).catch(notWritten)
  }

  const notWritten = (error: unknown) =>
    log.debug({ sessionId, err: error }, 'a message may not have been written; the next connection sends it again')

  /** Takes its place in the line of its chat at once. @throws NotConnected when nothing of it was written */
  const attempt = (waId: string, to: Jid) =>
    chats.take(to, () =>
      all.take('all', async () => {
        const message = await store.findOutgoing(sessionId, waId)
        try {
          if (message !== undefined) await give(message)
        } catch (error) {
          if (error instanceof NotConnected) {
            if (message?.claimed === undefined) throw error
            return
          }
          log.warn({ sessionId, err: error }, 'a message could not be sent now; it is tried again')
          retry ??= setTimeout(resume, retryMs).unref()
        }
      }),
    )

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
    clearTimeout(retry)
    retry = undefined
    inLine = inLine.then(putInLine).catch((error: unknown) => {
      log.warn({ sessionId, err: error }, 'what waits to be sent could not be read')
      retry ??= setTimeout(resume, retryMs).unref()
    })
  }

  const sent = async (waId: string, to: Jid, end: Promise<void>) => {
    await inLine
    await attempt(waId, to)
    // What has ended already is not told again.
    if ((await store.findOutgoing(sessionId, waId)) !== undefined) await end
  }

  return {
    async send(waId, to, wait) {
      const end = Promise.withResolvers<void>()
      ends.set(waId, end)
      try {
        await within(sent(waId, to, end.promise), wait)
      } finally {
        ends.delete(waId)
      }
    },

    resume,

    heard(facts) {
      for (const fact of facts) {
        const id = fact.kind === 'outcome' ? fact.id : fact.kind === 'receipt' ? fact.target.id : undefined
        if (id === undefined) continue
        ends.get(id)?.resolve()
        given.ids.delete(id)
      }
    },
  }
}

/** @returns its protobuf, or why there cannot be one */
const compose = async (
  { owned: { sessionId }, store, log }: OutboxParts,
  open: WhatsAppClient,
  { to, waId: id, draft }: Outgoing,
): Promise<Uint8Array | SendFailure> => {
  const key = isChange(draft) ? draft.target : draft.quoted
  const about = key && (await store.findRaw(sessionId, key))
  try {
    return await open.composeMessage({ to, id, draft, ...(about && { about }) })
  } catch (error) {
    if (error instanceof NotConnected || error instanceof NoAnswer) throw error
    if (error instanceof Unsendable) return error.failure
    log.warn({ sessionId, err: error }, 'a message could not be made')
    return refusalOf('unsendable')
  }
}

/** @throws NoAnswer at the timeout, and when the signal is aborted */
const within = async (work: Promise<void>, { withinMs, signal }: { withinMs: number; signal?: AbortSignal }) => {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const stop = () => reject(new NoAnswer('WhatsApp has not answered yet'))
  const timer = setTimeout(stop, withinMs)
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  try {
    await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    work.catch(() => {})
  }
}
