/** Reads the headers that describe a request's body. */
import type { IncomingHttpHeaders } from 'node:http'
import { unsupportedMediaType } from '../../model/errors.ts'

export const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

export interface MediaType {
  /** Lower case, such as `image/png`. */
  type: string
  /** By name in lower case; values without quotes. */
  parameters: ReadonlyMap<string, string>
}

const grammar = /^([!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+)[\t ]*(?:;(.*))?$/

/**
 * @param allowed media types, or ranges such as `image/*`
 * @throws GatewayError 415 for another media type, and for any content coding
 */
export const mediaTypeOf = (headers: IncomingHttpHeaders, allowed: readonly string[]): MediaType => {
  const [, given = '', rest = ''] = grammar.exec(headers['content-type']?.trim() ?? '') ?? []
  const type = given.toLowerCase()
  if (!allowed.some((one) => fits(type, one))) throw unsupportedMediaType(wordsFor(allowed))
  // It is stored, and sent to others, as it is.
  if (type.length > maxTypeLength)
    throw unsupportedMediaType(`Content-Type must have at most ${maxTypeLength} characters`)
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  // Compressed bodies are refused: requests of this API are small, and a decompression bomb is not.
  if (coding !== 'identity') throw unsupportedMediaType('the body must not have a Content-Encoding')
  return { type, parameters: new Map(rest.split(';').flatMap(parameter)) }
}

/** As for a type that is named in a body. */
const maxTypeLength = 127

const wordsFor = (allowed: readonly string[]) =>
  allowed.includes('*/*')
    ? 'Content-Type must be a media type such as image/jpeg'
    : `the body must be ${allowed.join(' or ')}`

const fits = (type: string, allowed: string) =>
  allowed.endsWith('/*')
    ? type.startsWith(allowed === '*/*' ? '' : allowed.slice(0, -1)) && type !== ''
    : type === allowed

const parameter = (text: string): [string, string][] => {
  const [name = '', value] = text.split('=').map((part) => part.trim())
  return value === undefined ? [] : [[name.toLowerCase(), value.replaceAll('"', '')]]
}
