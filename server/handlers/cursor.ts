/**
 * Cursors: opaque, URL-safe, signed. A cursor contains where a page ended and nothing else. It is valid for one operation of one
 * session and one chat, and gives no right that the caller's token does not give.
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { invalid } from '../model/errors.ts'
import type { Position } from '../model/page.ts'
import type { Gateway, OperationId } from '../operation.ts'

/** An operation that takes a `cursor`. */
type PagedOperation = { [K in OperationId]: 'cursor' extends keyof Gateway[K]['query'] ? K : never }[OperationId]

/** What a cursor belongs to. */
export interface CursorScope {
  operation: PagedOperation
  sessionId: string
}

export interface CursorContent {
  /** Row number of the chat; 0 for lists that are not of one chat. */
  chatId: number
  position: Position
}

export interface Cursors {
  encode(scope: CursorScope, content: CursorContent): string
  /** @throws 422 for anything that this gateway did not issue for this scope */
  decode(scope: CursorScope, cursor: string): CursorContent
}

const version = 1
// version 1 + chat 6 + major 6 + minor 6, then the signature. A multiple of three, so that base64url has no slack bits
// and each cursor has one spelling.
const payloadBytes = 19
const macBytes = 14

/** @param secret of the store; the signing key is derived from it */
export const createCursors = (secret: Buffer): Cursors => {
  // A key object, because a plain buffer is imported again for each signature, which costs more than the signature.
  const key = createSecretKey(createHmac('sha256', secret).update('cursor').digest())

  const sign = (scope: CursorScope, payload: Buffer) =>
    createHmac('sha256', key)
      .update(`${scope.operation}\n${scope.sessionId}\n`)
      .update(payload)
      .digest()
      .subarray(0, macBytes)

  return {
    encode: (scope, { chatId, position: [major, minor] }) => {
      const payload = Buffer.alloc(payloadBytes)
      payload.writeUInt8(version, 0)
      payload.writeUIntBE(chatId, 1, 6)
      payload.writeUIntBE(major, 7, 6)
      payload.writeUIntBE(minor, 13, 6)
      return Buffer.concat([payload, sign(scope, payload)]).toString('base64url')
    },

    decode: (scope, cursor) => {
      const bytes = Buffer.from(cursor, 'base64url')
      const payload = bytes.subarray(0, payloadBytes)
      if (
        bytes.length !== payloadBytes + macBytes ||
        bytes.toString('base64url') !== cursor ||
        payload[0] !== version ||
        !timingSafeEqual(bytes.subarray(payloadBytes), sign(scope, payload))
      )
        throw badCursor()
      return {
        chatId: payload.readUIntBE(1, 6),
        position: [payload.readUIntBE(7, 6), payload.readUIntBE(13, 6)],
      }
    },
  }
}

export const badCursor = () =>
  invalid([{ path: '/query/cursor', message: 'cursor is not one that this list has returned', code: 'cursor' }])
