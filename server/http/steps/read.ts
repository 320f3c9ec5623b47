/** Reads a request: converts text and bytes to values, which are not validated yet. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { OperationRow } from '../../../generated/operations.ts'
import { type FieldError, unreadable } from '../../model/errors.ts'
import { readUpload } from '../body/bytes.ts'
import { readJsonBody } from '../body/json.ts'
import { readForm } from '../body/multipart.ts'
import { readQuery } from '../query.ts'

/** Not validated yet. */
export type Raw = Readonly<Record<'path' | 'query' | 'header' | 'body', unknown>>

/** A request before it is read, with decoded path parameters. */
export interface Sent {
  stream: IncomingMessage
  headers: IncomingHttpHeaders
  query: string
  path: Record<string, string>
}

/** The broken rules of a form field; empty when it is valid. */
export type FaultsOf = (field: string, text: string) => FieldError[]

/** @throws GatewayError 400, 413, 415; 422 for an unknown or a repeated parameter */
export const readParts = async (
  row: OperationRow,
  { stream, query, path, headers }: Sent,
  faultsOf: FaultsOf,
): Promise<Raw> => ({
  body: row.bodyTypes.length > 0 ? await readBody(stream, row, faultsOf) : undefined,
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

const readBody = async (stream: IncomingMessage, row: OperationRow, faultsOf: FaultsOf): Promise<unknown> => {
  const body = await bodyOf(stream, row, faultsOf)
  if (body !== undefined) return body
  const what = row.hasBody ? 'a JSON body' : 'a body'
  if (row.bodyRequired) throw unreadable(`${what} is required`, '/body', 'required')
  return row.hasBody ? {} : undefined
}

/** JSON as a value, bytes and parts as streams. */
const bodyOf = (stream: IncomingMessage, row: OperationRow, faultsOf: FaultsOf) => {
  const { bodyTypes: types, bodyParts: parts, maxBodyBytes: maxBytes } = row
  if (row.hasBody) return readJsonBody(stream, maxBytes)
  if (Object.keys(parts).length > 0) return readForm(stream, { parts, maxBytes, faultsOf })
  return readUpload(stream, { types, maxBytes })
}
