/** The bundled contract as data, and the few questions that every generator asks it. */

export interface Reference {
  $ref: string
}

export interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  const?: unknown
  enum?: unknown[]
  pattern?: string
  format?: string
  default?: unknown
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  examples?: unknown[]
  required?: string[]
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
}

export interface Parameter {
  name: string
  in: 'path' | 'query'
  description?: string
  required?: boolean
  schema: Schema
  example?: unknown
}

export interface Example {
  summary?: string
  value: unknown
}

export interface MediaType {
  schema: Schema
  examples?: Record<string, Example>
}

export interface Header {
  description?: string
  required?: boolean
  schema: Schema
}

export interface Response {
  description: string
  headers?: Record<string, Header | Reference>
  content?: Record<string, MediaType>
}

export interface RequestBody {
  description?: string
  required?: boolean
  content: Record<string, MediaType>
}

export interface Operation {
  operationId: string
  tags: string[]
  summary: string
  description: string
  security: Record<string, string[]>[]
  parameters?: (Parameter | Reference)[]
  requestBody?: RequestBody
  responses: Record<string, Response | Reference>
  'x-live-client'?: boolean
  'x-idempotent'?: boolean
}

export interface Document {
  info: { title: string; version: string; summary: string; description: string }
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, Schema>
    [kind: string]: Record<string, unknown>
  }
}

/** An operation with where it lives. */
export interface Endpoint {
  /** Upper case. */
  method: string
  /** With `{name}` templates, without the base path. */
  path: string
  operation: Operation
}

/** Every operation, in the order of the table of contents in `openapi.yaml`. */
export function endpointsOf(document: Document): Endpoint[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
}

/** `Chat` of `#/components/schemas/Chat`. */
export const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1)

/** What a reference points to, or the value itself. */
export function resolve<T extends object>(document: Document, value: T | Reference): T {
  if (!('$ref' in value) || typeof value.$ref !== 'string') return value as T
  const [, , kind = '', name = ''] = value.$ref.split('/')
  const target = document.components[kind]?.[name]
  if (target === undefined) throw new Error(`the contract has no ${value.$ref}`)
  return target as T
}

/** The capability that an operation needs: the role name in its `security`. */
export function capabilityOf(operation: Operation): string {
  const [capability] = operation.security.flatMap((requirement) => Object.values(requirement).flat())
  if (capability === undefined) throw new Error(`${operation.operationId} names no capability in its security`)
  return capability
}
