/** Streams a body of bytes. */
import type { IncomingMessage } from 'node:http'
import type { Bytes, Upload } from '../../model/body.ts'
import { tooLarge, unreadable } from '../../model/errors.ts'
import { markAsUpload } from '../arrival.ts'
import { askForBody } from './expected.ts'
import { hasBody, mediaTypeOf } from './headers.ts'

/**
 * @param types accepted media types, or ranges such as `image/*`
 * @returns undefined when the request has no body
 * @throws GatewayError 415 for another media type or any content coding; 413 when more than `maxBytes` are announced
 */
export const readUpload = (
  request: IncomingMessage,
  { types, maxBytes }: { types: readonly string[]; maxBytes: number },
): Upload | undefined => {
  const { headers } = request
  if (!hasBody(headers)) return undefined
  const { type } = mediaTypeOf(headers, types)
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
  return { type, ...(length !== undefined && { length }), bytes: bounded(request, maxBytes) }
}

/** @throws GatewayError 413 when more than `maxBytes` are announced, or arrive while it is read */
export const bounded = (request: IncomingMessage, maxBytes: number): Bytes => {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  markAsUpload(request)
  return counted(request, maxBytes)
}

/** Not the stream's own iterator, which keeps waiting for more after its reader has stopped, and does not discard the rest. */
const counted = (request: IncomingMessage, maxBytes: number): Bytes => {
  let total = 0
  let stop = () => {}
  let hasStopped = false

  /** The next chunk; pauses the stream again. Undefined at the end, or when the reader has stopped. */
  const chunk = () =>
    new Promise<Buffer | undefined>((resolve) => {
      const settle = (bytes?: Buffer) => {
        request.off('data', settle).pause()
        for (const end of ends) request.off(end, stop)
        resolve(bytes)
      }
      stop = () => settle()
      for (const end of ends) request.on(end, stop)
      request.on('data', settle).resume()
    })

  const next = async (): Promise<IteratorResult<Buffer, undefined>> => {
    if (hasStopped || request.readableEnded) return done
    askForBody(request)
    const bytes = request.destroyed ? undefined : await chunk()
    if (bytes === undefined && !hasStopped && !request.readableEnded)
      throw unreadable('the body is incomplete', '/body')
    if (bytes === undefined) return done
    total += bytes.length
    if (total <= maxBytes) return { done: false, value: bytes }
    skipRest()
    throw tooLarge(maxBytes)
  }

  /** Discards what still arrives: unread, it would block the next request on the connection. */
  const skipRest = () => request.resume()

  return {
    [Symbol.asyncIterator]: () => ({
      next,
      return: async () => {
        hasStopped = true
        stop()
        skipRest()
        return done
      },
    }),
  }
}

const ends = ['end', 'error', 'close'] as const
const done = { done: true, value: undefined } as const
