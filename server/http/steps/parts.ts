/** What a request says: read, then held against the contract. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { OperationRow } from '../../../generated/operations.ts'
import type { Validate, Violation } from '../../../generated/validators.d.ts'
import { invalid, unreadable } from '../../model/errors.ts'
import type { GeneratedContract, Input, OperationId, TypesOf } from '../../operation.ts'
import { readJsonBody } from '../body.ts'
import { readQuery } from '../query.ts'

/** Converted, and not yet known to be what the operation takes. */
export type Raw = Readonly<Record<'path' | 'query' | 'header' | 'body', unknown>>

export type Parts<K extends OperationId<C>, C extends TypesOf<C>> = Pick<Input<K, C>, keyof Raw>

/** A request as it came; of its path, the decoded parameters. */
export interface Sent {
  stream: IncomingMessage
  headers: IncomingHttpHeaders
  query: string
  path: Record<string, string>
}

/** @throws GatewayError 400, 413, 415; 422 for an unknown or a repeated parameter */
export const readParts = async (row: OperationRow, { stream, query, path, headers }: Sent): Promise<Raw> => ({
  body: row.hasBody ? await readBody(stream, row) : undefined,
  query: readQuery(query, row.parameters.query),
  header: readHeaders(headers, row.parameters.header),
  path,
})

const readHeaders = (headers: IncomingHttpHeaders, types: Readonly<Record<string, unknown>>) => {
  const read: Record<string, unknown> = {}
  for (const name of Object.keys(types)) {
    const value = headers[name.toLowerCase()]
    if (value !== undefined) read[name] = value
  }
  return read
}

const readBody = async (stream: IncomingMessage, row: OperationRow): Promise<unknown> => {
  const body = await readJsonBody(stream)
  if (body !== undefined) return body
  if (row.bodyRequired) throw unreadable('a JSON body is required', [{ path: '/body', message: 'is required' }])
  return {}
}

/** @throws GatewayError 422 that names the first part which the contract refuses */
export const validParts = <K extends OperationId<C>, C extends TypesOf<C>>(
  { path, query, header, body }: GeneratedContract<C>['validators'][K],
  raw: Raw,
): Parts<K, C> => {
  return {
    path: valid('path', path, raw.path),
    query: valid('query', query, raw.query),
    header: valid('header', header, raw.header),
    body: valid('body', body, raw.body),
  }
}

const valid = <T>(part: keyof Raw, validate: Validate<T>, value: unknown): T => {
  if (validate(value)) return value
  throw invalid(
    (validate.errors ?? []).map(({ instancePath, params, message }) => ({
      path: `/${part}${instancePath}${memberOf(params)}`,
      message,
    })),
  )
}

/** Ajv points at the object that lacks a member or has one too many; callers look for the member. */
const memberOf = ({ missingProperty, additionalProperty, unevaluatedProperty }: Violation['params']) => {
  const name = missingProperty ?? additionalProperty ?? unevaluatedProperty
  return typeof name === 'string' ? `/${name.slice(0, 64)}` : ''
}
