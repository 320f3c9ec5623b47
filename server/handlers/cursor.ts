/**
 * Cursors: opaque, URL-safe, signed. A cursor contains where a page ended and nothing else. It is valid for one operation of one
 * session and one chat, or of one organization, and gives no right that the caller's token does not give.
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
  /** Id of the session in the path; of the organization for a list of sessions. */
  within: string
}

export interface Cursors<Place> {
  encode(scope: CursorScope, place: Place): string
  /** @throws 422 for anything that this gateway did not issue for this scope */
  decode(scope: CursorScope, cursor: string): Place
}

/** A place in a list as bytes. A list has one kind of places, so what a scope's cursor contains is known. */
export interface PlaceBytes<Place> {
  write(place: Place): Buffer
  read(bytes: Buffer): Place
}

/** A place among chats, or among the messages of a chat. */
export interface StoredPlace {
  /** Row number of the chat; 0 for lists that are not of one chat. */
  chatId: number
  position: Position
}

export const storedPlaces: PlaceBytes<StoredPlace> = {
  write: ({ chatId, position: [major, minor] }) => {
    const bytes = Buffer.alloc(18)
    bytes.writeUIntBE(chatId, 0, 6)
    bytes.writeUIntBE(major, 6, 6)
    bytes.writeUIntBE(minor, 12, 6)
    return bytes
  },
  read: (bytes) => ({ chatId: bytes.readUIntBE(0, 6), position: [bytes.readUIntBE(6, 6), bytes.readUIntBE(12, 6)] }),
}

/** A place in a list that is ordered by id: the id of the page's last entry. */
export const idPlaces: PlaceBytes<string> = {
  write: (id) => Buffer.from(id),
  read: (bytes) => bytes.toString(),
}

const version = 1
const versionBytes = 1
const macBytes = 14

/** @param secret of the store; the signing key is derived from it */
export const createCursors = <Place>(secret: Buffer, places: PlaceBytes<Place>): Cursors<Place> => {
  // A key object, because a plain buffer is imported again for each signature, which costs more than the signature.
  const key = createSecretKey(createHmac('sha256', secret).update('cursor').digest())

  const sign = (scope: CursorScope, payload: Buffer) =>
    createHmac('sha256', key)
      .update(`${scope.operation}\n${scope.within}\n`)
      .update(payload)
      .digest()
      .subarray(0, macBytes)

  return {
    encode: (scope, place) => {
      const payload = Buffer.concat([Buffer.from([version]), places.write(place)])
      return Buffer.concat([payload, sign(scope, payload)]).toString('base64url')
    },

    decode: (scope, cursor) => {
      const bytes = Buffer.from(cursor, 'base64url')
      const payload = bytes.subarray(0, -macBytes)
      if (
        payload[0] !== version ||
        // Each cursor has one spelling.
        bytes.toString('base64url') !== cursor ||
        !timingSafeEqual(bytes.subarray(-macBytes), sign(scope, payload))
      )
        throw badCursor()
      return places.read(payload.subarray(versionBytes))
    },
  }
}

export const badCursor = () =>
  invalid([{ path: '/query/cursor', message: 'cursor is not one that this list has returned', code: 'cursor' }])
