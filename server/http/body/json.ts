import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import rawBody from 'raw-body'
import { tooLarge, unreadable } from '../../model/errors.ts'
import { askForBody } from './expected.ts'
import { hasBody, mediaTypeOf } from './headers.ts'

/**
 * Reads a JSON body.
 * @returns the parsed value; undefined when the request has no body
 * @throws GatewayError 415 for another media type or any content coding; 413 above `maxBytes`; 400 when it is not JSON in UTF-8
 */
export const readJsonBody = async (request: IncomingMessage, maxBytes: number): Promise<unknown> => {
  const { headers } = request
  if (!hasBody(headers)) return undefined
  const charset = mediaTypeOf(headers, ['application/json']).parameters.get('charset')?.toLowerCase() ?? 'utf-8'
  if (charset !== 'utf-8' && charset !== 'utf8') throw unreadable('the body must be UTF-8', '/body')
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  return parse(await read(request, maxBytes))
}

const read = async (request: IncomingMessage, maxBytes: number): Promise<Buffer> => {
  askForBody(request)
  try {
    return await rawBody(request, { limit: maxBytes })
  } catch (error) {
    if (error instanceof Error && 'type' in error && error.type === 'entity.too.large') throw tooLarge(maxBytes)
    throw unreadable('the body is incomplete', '/body')
  }
}

const parse = (bytes: Buffer): unknown => {
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) throw unreadable('the body must be UTF-8', '/body')
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw unreadable('the body is not valid JSON', '/body')
  }
}
