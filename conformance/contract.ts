/** The contract, as far as the suite needs it. The only file that reads what is generated, so that the package can carry its own copy. */
import { createHash } from 'node:crypto'
import document from '../generated/openapi.json' with { type: 'json' }
import { contractVersion, type OperationId, type OperationRow, operations as rows } from '../generated/operations.ts'
import type { components } from '../generated/types.ts'

export type { OperationId, OperationRow }
export { contractVersion }

/** The contract's objects by name: `Schemas['Chat']`. */
export type Schemas = components['schemas']

export type Json = null | boolean | number | string | Json[] | { [member: string]: Json }

/** The bundled document. */
export const bundle = document as unknown as { [member: string]: Json }

/** Which document a result was measured against. */
export const contractHash = createHash('sha256').update(JSON.stringify(document)).digest('hex')

export const operations: Readonly<Record<OperationId, OperationRow>> = rows

export const operationIds = Object.keys(rows) as OperationId[]

/** @returns what a JSON pointer names in the bundle; undefined when there is nothing */
export const at = (pointer: string): Json | undefined => {
  let value: Json | undefined = bundle
  for (const token of pointer.split('/').slice(1)) {
    if (value === null || typeof value !== 'object') return undefined
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    value = Object.hasOwn(value, key) ? (value as Record<string, Json>)[key] : undefined
  }
  return value
}

/** Follows `$ref` until there is none. @returns the pointer of what it leads to */
export const follow = (pointer: string): string => {
  let here = pointer
  for (let hops = 0; hops < 10; hops++) {
    const value = at(here)
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return here
    const target = value.$ref
    if (typeof target !== 'string') return here
    here = target.slice(1)
  }
  throw new Error(`too many references from ${pointer}`)
}

const escaped = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')

/** JSON pointer below a pointer. */
export const below = (pointer: string, ...keys: string[]) => [pointer, ...keys.map(escaped)].join('/')

/** Where the bundle says what an operation does. */
export const operationPointer = (id: OperationId): string => {
  const { path, method } = operations[id]
  return below('/paths', path, method.toLowerCase())
}

/** Where the bundle documents a status of an operation. */
export const responsePointer = (id: OperationId, status: number): string =>
  below(operationPointer(id), 'responses', String(status))

/** @returns the object as text, with documented members only and in one order: equal objects are equal texts */
export const canonical = <K extends keyof Schemas>(schema: K, object: Schemas[K] | undefined): string =>
  JSON.stringify(documented(below('/components/schemas', schema), object)) ?? ''

/** The same of the JSON body of an answer. */
export const canonicalAnswer = (id: OperationId, { status, body }: { status: number; body: unknown }): string =>
  JSON.stringify(
    documented(below(follow(responsePointer(id, status)), 'content', 'application/json', 'schema'), body),
  ) ?? ''

const documented = (pointer: string, value: unknown): unknown => {
  const schema = follow(pointer)
  if (Array.isArray(value)) return value.map((entry) => documented(below(schema, 'items'), entry))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  const known = at(below(schema, 'properties'))
  if (typeof known !== 'object' || known === null) return Object.fromEntries(members)
  return Object.fromEntries(
    members
      .filter(([name]) => Object.hasOwn(known, name))
      .map(([name, member]) => [name, documented(below(schema, 'properties', name), member)]),
  )
}

/** Statuses that the contract documents and that no suite can bring about from outside. */
export const unprovable: Readonly<Record<number, string>> = {
  500: 'a fault of the server itself; a caller has no way to cause one, and a server without faults never shows it',
  503: 'the server without its database, or while it starts or stops; a caller cannot bring that about',
}
