/** A contract as the engine reads it: a bundled document and its table of operations, whichever API they are of. */
import { createHash } from 'node:crypto'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { OperationId, OperationRow } from '../generated/operations.ts'
import type { components } from '../generated/types.ts'
import { sorted } from './sorted.ts'

export type { OperationId, OperationRow }

/** The gateway's objects by name: `Schemas['Chat']`. */
export type Schemas = components['schemas']

export type Json = null | boolean | number | string | Json[] | { [member: string]: Json }

/** What a `POST` made, and the operation that takes it away. */
export interface Deletion {
  operationId: OperationId
  /** The path parameter that names it; the others are those of the `POST`. */
  parameter: string
}

export interface Contract {
  /** `info.version` of the document. */
  readonly version: string
  /** Of the document: what a result was measured against. */
  readonly sha256: string
  readonly operations: Readonly<Record<OperationId, OperationRow>>
  /** In the order of the document. */
  readonly operationIds: readonly OperationId[]
  /** @returns what a JSON pointer names in the document; undefined when there is nothing */
  at(pointer: string): Json | undefined
  /** Follows `$ref` until there is none. @returns the pointer of what it leads to @throws after ten */
  follow(pointer: string): string
  /** Where the document says what an operation does. */
  operationPointer(id: OperationId): string
  /** Where the document documents a status of an operation. */
  responsePointer(id: OperationId, status: number): string
  /** Where the document documents each parameter of an operation, references followed. */
  parameterPointers(id: OperationId): readonly string[]
  /** The value of the first named example of a request body; undefined when it has none. */
  bodyExample(id: OperationId): Json | undefined
  /** All of them. */
  bodyExamples(id: OperationId): Json[]
  /** The validator of the schema at a pointer; compiled once. */
  validatorAt(pointer: string): ValidateFunction
  /** @returns the value as text, with the documented members only and in one order: equal values are equal texts */
  canonical(schemaPointer: string, value: unknown): string
  /** The same of the JSON body of an answer; a cursor is opaque, so two stand for the same. */
  canonicalAnswer(id: OperationId, answer: { status: number; body: unknown }): string
  /** @returns the operation that deletes what this one creates: 201, and a `DELETE` one parameter further */
  deletionOf(id: OperationId): Deletion | undefined
  /** @returns the operation that creates what a path parameter of another names */
  makerOf(id: OperationId, parameter: string): OperationId | undefined
}

/** @param rows of the operations of the document; the type `OperationId` knows the gateway's, so that a misspelt one shows */
export const createContract = (document: object, rows: Readonly<Record<string, OperationRow>>): Contract => {
  const bundle = document as { [member: string]: Json }
  const operations = rows as Readonly<Record<OperationId, OperationRow>>
  const operationIds = Object.keys(rows) as OperationId[]
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: true })
  addFormats.default(ajv)
  ajv.addSchema({ ...closed(bundle), $id: 'contract' })
  const compiled = new Map<string, ValidateFunction>()

  const at = (pointer: string): Json | undefined => {
    let value: Json | undefined = bundle
    for (const token of pointer.split('/').slice(1)) {
      if (value === null || typeof value !== 'object') return undefined
      const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
      value = Object.hasOwn(value, key) ? (value as Record<string, Json>)[key] : undefined
    }
    return value
  }

  const follow = (pointer: string): string => {
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

  const pathPointer = (id: OperationId) => below('/paths', operations[id].path)
  const operationPointer = (id: OperationId) => below(pathPointer(id), operations[id].method.toLowerCase())
  const responsePointer = (id: OperationId, status: number) => below(operationPointer(id), 'responses', String(status))

  const documented = (pointer: string, value: unknown): unknown => {
    const schema = follow(pointer)
    if (Array.isArray(value)) return value.map((entry) => documented(below(schema, 'items'), entry))
    if (typeof value !== 'object' || value === null) return value
    const known = at(below(schema, 'properties'))
    if (typeof known !== 'object' || known === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => Object.hasOwn(known, name))
        .map(([name, member]) => [name, documented(below(schema, 'properties', name), member)]),
    )
  }
  const canonical = (pointer: string, value: unknown) => JSON.stringify(sorted(documented(pointer, value))) ?? ''

  const bodyExamples = (id: OperationId): Json[] => {
    const examples = at(below(operationPointer(id), 'requestBody', 'content', 'application/json', 'examples'))
    return Object.values(isObject(examples) ? examples : {}).flatMap((example) =>
      isObject(example) && example.value !== undefined ? [example.value] : [],
    )
  }

  const withPath = (method: string, path: string) =>
    operationIds.find((id) => operations[id].method === method && operations[id].path === path)

  return {
    version: String(at('/info/version')),
    sha256: createHash('sha256').update(JSON.stringify(document)).digest('hex'),
    operations,
    operationIds,
    at,
    follow,
    operationPointer,
    responsePointer,
    parameterPointers: (id) =>
      // A path has parameters for all its operations, too.
      [operationPointer(id), pathPointer(id)].flatMap((owner) => {
        const list = below(owner, 'parameters')
        const count = (at(list) as unknown[] | undefined)?.length ?? 0
        return Array.from({ length: count }, (_, index) => follow(below(list, String(index))))
      }),
    bodyExample: (id) => bodyExamples(id)[0],
    bodyExamples,
    validatorAt: (pointer) => {
      const known = compiled.get(pointer)
      if (known !== undefined) return known
      const fragment = pointer.split('/').map(encodeURIComponent).join('/')
      const validator = ajv.compile({ $ref: `contract#${fragment}` })
      compiled.set(pointer, validator)
      return validator
    },
    canonical,
    canonicalAnswer: (id, { status, body }) =>
      canonical(
        below(follow(responsePointer(id, status)), 'content', 'application/json', 'schema'),
        withoutCursor(body),
      ),
    deletionOf: (id) => {
      const { method, path, statuses } = operations[id]
      if (method !== 'POST' || !statuses.includes(201)) return undefined
      for (const operationId of operationIds) {
        const other = operations[operationId]
        const parameter = /^\/\{(\w+)\}$/.exec(other.path.slice(path.length))?.[1]
        if (other.method === 'DELETE' && other.path.startsWith(path) && parameter !== undefined)
          return { operationId, parameter }
      }
      return undefined
    },
    makerOf: (id, parameter) => {
      const [before] = operations[id].path.split(`/{${parameter}}`)
      const maker = before === undefined ? undefined : withPath('POST', before)
      const creates =
        maker !== undefined && operations[maker].statuses.some((status) => status === 200 || status === 201)
      return creates ? maker : undefined
    },
  }
}

const withoutCursor = (body: unknown) =>
  typeof body === 'object' && body !== null && 'nextCursor' in body && typeof body.nextCursor === 'string'
    ? { ...body, nextCursor: '[cursor]' }
    : body

/** With objects that have no other members than the document says, so that the judge sees which ones it does not know. */
const closed = <T extends Json>(value: T): T => {
  if (Array.isArray(value)) return value.map(closed) as T
  if (!isObject(value)) return value
  const members = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]))
  const isOpen = value.type === 'object' && isObject(value.properties) && value.additionalProperties === undefined
  return (isOpen ? { ...members, additionalProperties: false } : members) as T
}

const isObject = (value: Json | undefined): value is { [member: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const escaped = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')

/** JSON pointer below a pointer. */
export const below = (pointer: string, ...keys: string[]) => [pointer, ...keys.map(escaped)].join('/')

/** Statuses that the contract documents and that no suite can bring about from outside. */
export const unprovable: Readonly<Record<number, string>> = {
  500: 'a fault of the server itself; a caller has no way to cause one, and a server without faults never shows it',
  503: 'the server without its database, or while it starts or stops; a caller cannot bring that about',
}
