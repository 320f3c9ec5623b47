/** What a request says, read as the gateway reads it. */
import type { IncomingMessage } from 'node:http'
import rawBody from 'raw-body'
import {
  type Document,
  type Endpoint,
  jsonBodyOf,
  maxBytesOf,
  type Operation,
  type Parameter,
  resolve,
} from '../../contract/document.ts'
import { hasBody, mediaTypeOf } from '../../server/http/body/headers.ts'
import { readJsonBody } from '../../server/http/body/json.ts'
import { type ParameterType, readQuery } from '../../server/http/query.ts'
import { invalid, tooLarge, unreadable } from '../../server/model/errors.ts'

export interface Sent {
  query: Record<string, string>
  /** Parsed JSON, or text; undefined = none. */
  body: unknown
}

/** @throws GatewayError 400, 413, 415; 422 for an unknown or a repeated parameter, and for a body that is `null` */
export const readSent = async (
  request: IncomingMessage,
  query: string,
  { document, operation }: Pick<Endpoint, 'operation'> & { document: Document },
): Promise<Sent> => {
  const body = await readBody(request, operation)
  // Prism would take it for no body at all.
  if (body === null) throw invalid([{ path: '/body', message: 'the body must be an object', code: 'type' }])
  if (body === undefined && operation.requestBody?.required) throw unreadable('a body is required', '/body', 'required')
  const read = readQuery(query, typesOf(document, operation))
  return { body, query: Object.fromEntries(Object.entries(read).map(([name, value]) => [name, String(value)])) }
}

const readBody = async (request: IncomingMessage, operation: Operation): Promise<unknown> => {
  if (operation.requestBody === undefined) return undefined
  const limit = maxBytesOf(operation)
  if (jsonBodyOf(operation)) return readJsonBody(request, limit)
  if (!hasBody(request.headers)) return undefined
  mediaTypeOf(request.headers, Object.keys(operation.requestBody.content))
  const bytes = await rawBody(request, { limit }).catch(() => {
    throw tooLarge(limit)
  })
  return bytes.toString()
}

const typesOf = (document: Document, { parameters = [] }: Operation): Record<string, ParameterType> =>
  Object.fromEntries(
    parameters
      .map((parameter) => resolve<Parameter>(document, parameter))
      .filter((parameter) => parameter.in === 'query')
      .map(({ name, schema }) => [name, schema.type as ParameterType]),
  )
