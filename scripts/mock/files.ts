/** A real file for operations that answer with one, whole or in part: JSON cannot hold its bytes, so the contract shows none. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Operation } from '../../contract/document.ts'
import { qrImage } from '../../server/handlers/qr-image.ts'
import { isKnown, rangeOf } from '../../server/http/reply/range.ts'
import { rangeNotSatisfiable } from '../../server/model/errors.ts'
import type { MockAnswer } from './mock-answer.ts'

/** Whether an operation answers with a file that is readable by range. */
export const hasFile = ({ responses }: Operation): boolean => '206' in responses

/**
 * @param answer what the contract shows of the whole
 * @returns the picture, the part that was asked for, or 304
 * @throws GatewayError 416
 */
export const fileAnswer = async ({ headers }: MockAnswer, request: IncomingMessage): Promise<MockAnswer> => {
  const bytes = await qrImage('Parley', 'image/png')
  const etag = `"${createHash('sha256').update(bytes).digest('hex')}"` as const
  const file = { size: bytes.length, etag }
  if (isKnown(request.headers, file)) return { status: 304, headers: { etag }, body: undefined }
  const range = request.method === 'GET' ? rangeOf(request.headers, file) : undefined
  if (range === 'none') throw rangeNotSatisfiable(file.size)
  const whole = { ...headers, 'content-type': 'image/png', etag }
  if (range === undefined) return { status: 200, headers: whole, body: bytes }
  const { start, end } = range
  const place = { 'content-range': `bytes ${start}-${end - 1}/${file.size}` }
  return { status: 206, headers: { ...whole, ...place }, body: bytes.subarray(start, end) }
}
