/** Hands the messages of a session to its connection: each chat in the order of the calls, and no message twice to one connection. */
import type { Logger } from 'pino'
import type { Jid } from '../model/jid.ts'
import { hasFile, isChange, type Made, type MediaDraft, type SendFailure } from '../model/outgoing.ts'
import type { Owned } from '../model/owned.ts'
import { isForNow, refusalOf } from '../model/refusals.ts'
import { TooSoon } from '../model/send-pace.ts'
import { createTurns } from '../model/turns.ts'
import type { OutgoingFiles } from '../ports/outgoing-files.ts'
import type { Outgoing } from '../ports/store/outbox.ts'
import type { Store } from '../ports/store/store.ts'
import { NoAnswer, NotConnected, NotWritten, Refused } from '../ports/whatsapp/calls.ts'
import type { Ingest, WhatsAppClient } from '../ports/whatsapp/connection.ts'
import { createChatHeads } from './chat-heads.ts'
import type { RetryTimer } from './retry-timer.ts'
import { showTyping, typingMs } from './typing.ts'

export interface Delivery {
  /**
   * Takes its place in the line of its chat at once.
   * @param isItsTurn of a message that waits for its turn; such a message is left alone without it
   * @throws NotConnected when nothing of it was written
   */
  attempt(waId: string, to: Jid, isItsTurn?: boolean): Promise<void>
  /** It has ended. */
  forget(waId: string): void
}

export interface DeliveryParts {
  owned: Owned
  store: Pick<Store, 'findOutgoing' | 'claimOutgoing' | 'releaseOutgoing' | 'findRaw'>
  /** Stores facts. */
  ingest: Ingest
  /** The files of messages. */
  files: OutgoingFiles
  /** The open one; undefined while there is none. */
  client: () => WhatsAppClient | undefined
  /** Whether "typing…" is shown before a text. */
  showsTyping: () => boolean
  /** How long the caller of a message still waits; Infinity when nobody does. */
  leftMs: (waId: string) => number
  retry: RetryTimer
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

export const createDelivery = (parts: DeliveryParts): Delivery => {
  const { owned, store, ingest, files, client, retry, clock, log } = parts
  const { sessionId } = owned
  const chats = createTurns(1)
  const all = createTurns(mostAtATime)
  const heads = createChatHeads({
    isOpen: async (waId) => (await store.findOutgoing(sessionId, waId)) !== undefined,
    clock,
  })
  /** Messages in the hands of the current connection: it does not get them twice. */
  let given: { client?: WhatsAppClient; ids: Set<string> } = { ids: new Set() }

  const idsGivenTo = (open: WhatsAppClient) => {
    if (given.client !== open) given = { client: open, ids: new Set() }
    return given.ids
  }

  const fail = (waId: string, failure: SendFailure) => ingest([{ kind: 'outcome', id: waId, at: clock(), failure }], [])

  /** @throws NotConnected when there is no connection; the message may have been given to an earlier one */
  const give = async (message: Outgoing) => {
    const { waId, to, claimed, expiresAt } = message
    if (claimed === undefined && expiresAt <= clock()) return fail(waId, refusalOf('expired'))
    const written = claimed?.proto
    // What was deleted since would appear again, because receivers get its deletion before it.
    if (claimed !== undefined && (written === undefined || claimed.at + againMs <= clock())) return
    const open = client()
    if (open === undefined) throw new NotConnected('the session is not connected')
    const ids = idsGivenTo(open)
    if (ids.has(waId)) return
    await open.prepareChat(to, { withinMs: prepareMs })
    const made = written ? { bytes: written } : await compose(parts, open, message)
    if (!('bytes' in made)) return fail(waId, made)
    await type(open, message)
    await all.take('all', async () => {
      const times = await store.claimOutgoing(owned, waId, made, clock())
      if (times === undefined) return
      ids.add(waId)
      try {
        await open.sendMessage({ to, id: waId, bytes: made.bytes }, { withinMs: writeMs })
        retry.worked()
        await forgetFile(message)
      } catch (error) {
        await notSent(waId, ids, error)
      }
    })
  }

  /** What is sent again is its protobuf, which names the file on WhatsApp's host. */
  const forgetFile = async ({ draft }: Outgoing) => {
    if (isChange(draft) || !hasFile(draft) || !draft.ownFile) return
    await files.discard(sessionId, draft.uploadId).catch((error: unknown) => {
      log.debug({ sessionId, err: error }, 'a file could not be deleted; it is when it expires')
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

  /** Not before what is sent again, nor before a change. */
  const type = async (open: WhatsAppClient, { waId, to, draft, claimed }: Outgoing) => {
    if (claimed !== undefined || draft.type !== 'text' || !parts.showsTyping()) return
    await showTyping(open, to, typingMs(draft.text, parts.leftMs(waId)))
  }

  const attempt = (waId: string, to: Jid, isItsTurn = false) =>
    chats.take(to, async () => {
      if (await heads.mustWait(to, waId)) return
      const message = await store.findOutgoing(sessionId, waId)
      if (message === undefined || (message.waits && !isItsTurn)) return
      try {
        await give(message)
        heads.passed(to, waId)
      } catch (error) {
        await notGiven(message, error)
      }
    })

  /** @throws NotConnected when nothing of it was written */
  const notGiven = async ({ waId, to, claimed }: Outgoing, error: unknown) => {
    // What may have been written before may have arrived: only a receipt can tell.
    const isOver = error instanceof NotConnected || (error instanceof Refused && !isForNow(error))
    if (isOver && claimed !== undefined) return
    // A call that does not wait was quicker.
    if (error instanceof TooSoon) return
    if (error instanceof NotConnected) throw error
    if (error instanceof Refused && isOver) return fail(waId, refusalOf(error.code))
    log.warn({ sessionId, err: error }, 'a message could not be sent now; it is tried again')
    heads.stuck(to, waId)
    retry.plan()
  }

  return { attempt, forget: (waId) => void given.ids.delete(waId) }
}

/** @returns why there cannot be one, if so */
const compose = async (
  { owned: { sessionId }, store, files, log }: DeliveryParts,
  open: WhatsAppClient,
  { to, waId: id, draft, timer }: Outgoing,
): Promise<Made | SendFailure> => {
  const key = isChange(draft) ? draft.target : draft.type === 'forward' ? draft.of : draft.quoted
  const about = key && (await store.findRaw(sessionId, key))
  try {
    const file = isChange(draft) || !hasFile(draft) ? undefined : await located(files, open, sessionId, draft)
    return await open.composeMessage({
      to,
      id,
      draft,
      ...(about && { about }),
      ...(file && { file }),
      ...(timer !== undefined && { timer }),
    })
  } catch (error) {
    if (error instanceof NotConnected || error instanceof NoAnswer || error instanceof Refused) throw error
    log.warn({ sessionId, err: error }, 'a message could not be made')
    return refusalOf('unsendable')
  }
}

/** The file of a message, on WhatsApp's media host. @throws Refused when it is not stored any more */
const located = async (files: OutgoingFiles, open: WhatsAppClient, sessionId: string, { uploadId }: MediaDraft) => {
  const file = await files.locate(sessionId, uploadId, (toPut) => open.uploadFile(toPut))
  if (file === undefined) throw new Refused('file_gone')
  return file
}
