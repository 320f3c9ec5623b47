import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import rawBody from 'raw-body'
import { tooLarge, unreadable, unsupportedMediaType } from '../model/errors.ts'

/** 1 MiB. */
export const maxBodyBytes = 1_048_576

/**
 * Reads a JSON body.
 * @returns the parsed value; undefined when the request has no body
 * @throws 415 for another media type or any content coding; 413 above `maxBodyBytes`; 400 when it is not JSON in UTF-8
 */
export const readJsonBody = async (request: IncomingMessage): Promise<unknown> => {
  const { headers } = request
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  if (!hasBody) return undefined
  checkMediaType(headers['content-type'])
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  // Compressed bodies are refused, not inflated: a request of this API is small, and a bomb is not.
  if (coding !== 'identity') throw unsupportedMediaType('bodies are taken without Content-Encoding')
  if (Number(headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes)
  return parse(await read(request))
}

const jsonType = /^application\/json[\t ]*(?:;(.*))?$/i

const checkMediaType = (contentType: string | undefined) => {
  const match = jsonType.exec(contentType?.trim() ?? '')
  if (!match) throw unsupportedMediaType('the body must be application/json')
  for (const parameter of (match[1] ?? '').split(';')) {
    const [name, value] = parameter.split('=').map((part) => part.trim().toLowerCase().replaceAll('"', ''))
    if (name === 'charset' && value !== 'utf-8' && value !== 'utf8') throw unreadable('the body must be UTF-8')
  }
}

const read = async (request: IncomingMessage): Promise<Buffer> => {
  try {
    return await rawBody(request, { limit: maxBodyBytes })
  } catch (error) {
    if (error instanceof Error && 'type' in error && error.type === 'entity.too.large') throw tooLarge(maxBodyBytes)
    throw unreadable('the body ended early')
  }
}

const parse = (bytes: Buffer): unknown => {
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) throw unreadable('the body must be UTF-8')
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw unreadable('the body is not valid JSON', [{ path: '/body', message: 'is not valid JSON' }])
  }
}
