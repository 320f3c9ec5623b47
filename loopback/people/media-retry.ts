import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { type BinaryNode, bytes, child, node } from '../wire/nodes.ts'

/**
 * What a phone does when a companion asks it to upload a file again. `not-found` and `error` are its own answers, `garbage` one that
 * does not decrypt, and `silent` none, as when it is off.
 */
export type MediaRetryAnswer = (typeof MEDIA_RETRY_ANSWERS)[number]

export const MEDIA_RETRY_ANSWERS = ['upload', 'not-found', 'error', 'garbage', 'silent'] as const

const { ResultType } = proto.MediaRetryNotification
const TAG_BYTES = 16

/** The error of a notification, as clients read it: the phone does not have the file any more. */
const NOT_FOUND = '2'

/** @returns whether a request was encrypted with the message's key, for this message */
export function isRetryRequest(receipt: BinaryNode, messageId: string, mediaKey: Uint8Array): boolean {
  const sealed = bytes(child(receipt, 'encrypt', 'enc_p'))
  const decipher = createDecipheriv('aes-256-gcm', keyFor(mediaKey), bytes(child(receipt, 'encrypt', 'enc_iv')))
  decipher.setAAD(Buffer.from(messageId))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()])
    return proto.ServerErrorReceipt.decode(plain).stanzaId === messageId
  } catch {
    return false
  }
}

/**
 * The content of the notification that answers a request.
 * @param directPath where the file is now; undefined when the phone has it no more
 */
export function retryAnswer(
  rmr: BinaryNode,
  messageId: string,
  mediaKey: Uint8Array,
  answer: Exclude<MediaRetryAnswer, 'silent'>,
  directPath: string | undefined,
): BinaryNode[] {
  if (answer === 'not-found' || directPath === undefined) return [node('error', { code: NOT_FOUND }), rmr]
  const result = answer === 'error' ? ResultType.GENERAL_ERROR : ResultType.SUCCESS
  const notification = { stanzaId: messageId, result, ...(answer !== 'error' && { directPath }) }
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyFor(answer === 'garbage' ? randomBytes(32) : mediaKey), iv)
  cipher.setAAD(Buffer.from(messageId))
  const plain = proto.MediaRetryNotification.encode(notification).finish()
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return [node('encrypt', {}, [node('enc_p', {}, sealed), node('enc_iv', {}, iv)]), rmr]
}

function keyFor(mediaKey: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', mediaKey, '', 'WhatsApp Media Retry Notification', 32))
}
