/**
 * Fetches the attachments of a session's messages from WhatsApp: verified while they arrive, encrypted as they are, and stored when
 * they are whole. What WhatsApp no longer has, the account's phone is asked for.
 */
import type { Logger } from 'pino'
import type { Attachment } from '../model/attachment.ts'
import { GatewayError, gone, unavailable } from '../model/errors.ts'
import { createLru } from '../model/lru.ts'
import { createProof, encryptedSizeOf, NotAuthentic } from '../model/media-cipher.ts'
import type { MessageKey } from '../model/message.ts'
import type { Owned } from '../model/owned.ts'
import { createTurns, type Turns } from '../model/turns.ts'
import { type MediaStore, NoRoom } from '../ports/media.ts'
import type { Store } from '../ports/store/store.ts'
import { NoAnswer, NotConnected } from '../ports/whatsapp/calls.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'
import { type AttachmentReader, MediaFailure } from '../ports/whatsapp/media.ts'

export interface Attachments {
  /**
   * Resolves when the attachment of a message is stored. Calls for one message share a download.
   * @param maxBytes of the file; absent = as large as WhatsApp allows
   * @throws GatewayError `gone`, `gateway_unavailable` · NotConnected
   */
  fetch(messageId: string, maxBytes?: number): Promise<void>
}

/** Why an attachment was not fetched, for metrics; `dropped`: too many waited to be fetched at once. */
export type FailedBecause = 'gone' | 'broken' | 'refused' | 'no_room' | 'not_connected' | 'trouble' | 'dropped'

/** What all sessions of a process share. */
export interface SharedMedia {
  media: MediaStore
  reader: AttachmentReader
  /** Attachments of live messages up to so many bytes are fetched at once; 0 = none. */
  eagerMaxBytes: number
  /** Such fetches of all sessions take turns. */
  eagerTurns: Turns
  /** Called with the bytes of each file that was stored. */
  onFetched: (bytes: number) => void
  onFailed: (why: FailedBecause) => void
}

export interface AttachmentsParts extends SharedMedia {
  owned: Owned
  store: Pick<Store, 'findMessageKey' | 'findRaw'>
  /** The open one; undefined while there is none. */
  client: () => WhatsAppClient | undefined
  /** Epoch milliseconds. */
  clock: () => number
  log: Pick<Logger, 'debug'>
}

/** WhatsApp's own limit. */
const mostBytes = 2 * 1024 ** 3
/** A line of 256 kB a second needs two hours for the largest file; what stands still ends much sooner. */
const limits = { totalMs: 2 * 60 * 60_000, idleMs: 20_000 }
/** Downloads of one session at a time. */
const mostAtATime = 4
/** What was gone is not requested again within this time: each request wakes up the phone. */
const goneMs = 60_000
const mostGone = 1_000

export const createAttachments = (parts: AttachmentsParts): Attachments => {
  const { owned, store, media, reader, client, clock, onFetched, onFailed, log } = parts
  const { sessionId } = owned
  const turns = createTurns(mostAtATime)
  const underWay = new Map<string, { maxBytes: number; done: Promise<void> }>()
  const lost = createLru<string, { error: GatewayError; at: number }>(mostGone)

  const connected = () => {
    const open = client()
    if (open === undefined) throw new NotConnected('the session is not connected')
    return open
  }

  /** @throws NotAuthentic · MediaFailure · NoRoom · NotConnected */
  const transfer = async (messageId: string, attachment: Attachment, directPath: string, maxBytes: number) => {
    const proof = createProof(attachment)
    const file = await media.create(sessionId)
    let bytes = 0
    try {
      const chunks = await connected().openFile(directPath, { ...limits, maxBytes: encryptedSizeOf(maxBytes) })
      for await (const chunk of chunks) {
        bytes += chunk.length
        proof.add(chunk)
        await file.write(chunk)
      }
      proof.end()
      await file.keep({ of: 'message', id: messageId })
      onFetched(bytes)
    } finally {
      await file.discard()
    }
  }

  const fetched = async (messageId: string, maxBytes: number) => {
    const place = { sessionId, of: 'message', id: messageId } as const
    if ((await media.open(place)) !== undefined) return
    const key = await store.findMessageKey(sessionId, messageId)
    const attachment = key && (await attachmentOf(key))
    if (key === undefined || attachment === undefined) throw new MediaFailure('refused', 'nothing decrypts it')
    const { directPath } = attachment
    const isDone = directPath !== undefined && (await isThere(transfer(messageId, attachment, directPath, maxBytes)))
    if (!isDone) await transfer(messageId, attachment, await askedFor(key, attachment), maxBytes)
    // It was deleted meanwhile, and its file with it.
    if ((await store.findRaw(sessionId, key)) === undefined) await media.delete(place)
  }

  const attachmentOf = async (key: MessageKey) => {
    const raw = await store.findRaw(sessionId, key)
    return raw && reader.attachmentIn(raw)
  }

  /** @throws MediaFailure `gone` when it does not answer either */
  const askedFor = async (key: MessageKey, { mediaKey }: Attachment) => {
    try {
      return await connected().askForFile({ key, mediaKey })
    } catch (error) {
      throw error instanceof NoAnswer ? new MediaFailure('gone', 'the phone does not answer', { cause: error }) : error
    }
  }

  const attempt = async (messageId: string, maxBytes: number) => {
    const before = lost.get(messageId)
    if (before !== undefined && clock() - before.at < goneMs) throw before.error
    try {
      await turns.take(sessionId, () => fetched(messageId, maxBytes))
    } catch (error) {
      const { why, answer } = failureOf(error)
      onFailed(why)
      log.debug({ sessionId, why, err: error }, 'an attachment could not be fetched')
      if (answer instanceof GatewayError && answer.code === 'gone' && maxBytes === mostBytes)
        lost.set(messageId, { error: answer, at: clock() })
      throw answer
    }
  }

  const begun = (messageId: string, maxBytes: number) => {
    const done = attempt(messageId, maxBytes).finally(() => underWay.delete(messageId))
    underWay.set(messageId, { maxBytes, done })
    return done
  }

  return {
    async fetch(messageId, maxBytes = mostBytes) {
      const current = underWay.get(messageId)
      if (current !== undefined && current.maxBytes >= maxBytes) return current.done
      // It may give up a file that is not too large now; two downloads at a time would store it twice.
      await current?.done.catch(() => {})
      return underWay.get(messageId)?.done ?? begun(messageId, maxBytes)
    },
  }
}

/** Whether a transfer succeeded; false when another upload of the file may help. */
const isThere = async (transfer: Promise<void>): Promise<boolean> => {
  try {
    await transfer
    return true
  } catch (error) {
    if (error instanceof NotAuthentic) return false
    // 401 and 403: the signature in the path has expired.
    if (error instanceof MediaFailure && (error.kind === 'gone' || error.status === 401 || error.status === 403))
      return false
    throw error
  }
}

const failureOf = (error: unknown): { why: FailedBecause; answer: unknown } => {
  if (error instanceof NotConnected) return { why: 'not_connected', answer: error }
  if (error instanceof NotAuthentic)
    return { why: 'broken', answer: gone('the attachment is not the file that the message describes', 'broken') }
  if (error instanceof MediaFailure && error.kind === 'gone')
    return {
      why: 'gone',
      answer: gone('WhatsApp no longer has the attachment, and the phone did not upload it again', 'expired'),
    }
  if (error instanceof MediaFailure && error.kind === 'refused')
    return { why: 'refused', answer: gone('the attachment cannot be fetched', 'unusable') }
  if (error instanceof NoRoom && error.why === 'quota')
    return { why: 'no_room', answer: gone('the attachment is larger than this gateway stores', 'too_large') }
  if (error instanceof NoRoom)
    return { why: 'no_room', answer: unavailable('the gateway has no room for the attachment now', error) }
  return {
    why: 'trouble',
    answer: unavailable('the attachment could not be downloaded from WhatsApp; try again soon', error),
  }
}
