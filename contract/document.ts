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
  oneOf?: Schema[]
}

/** Where a parameter stands; its names in a header are told apart without regard to case. */
export type Place = 'path' | 'query' | 'header'

export interface Parameter {
  name: string
  in: Place
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

/** The operations of a path by lower-case method, and the parameters that all of them have. */
export type PathItem = { [method in 'get' | 'post' | 'put' | 'patch' | 'delete']?: Operation } & {
  parameters?: (Parameter | Reference)[]
}

export interface Document {
  info: { title: string; version: string; summary: string; description: string }
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, PathItem>
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

/** Every operation, in the order of the table of contents in `openapi.yaml`, with the parameters of its path. */
export function endpointsOf(document: Document): Endpoint[] {
  return Object.entries(document.paths).flatMap(([path, { parameters: shared = [], ...methods }]) =>
    Object.entries(methods).map(([method, operation]) => {
      const parameters = [...shared, ...(operation.parameters ?? [])]
      return {
        method: method.toUpperCase(),
        path,
        operation: parameters.length > 0 ? { ...operation, parameters } : operation,
      }
    }),
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

/** The JSON that a request may carry; undefined when it carries none, or something else. */
export const jsonBodyOf = ({ requestBody }: Operation): MediaType | undefined =>
  requestBody?.content['application/json']

/** The capability that an operation needs: the role name in its `security`. */
export function capabilityOf(operation: Operation): string {
  const [capability] = operation.security.flatMap((requirement) => Object.values(requirement).flat())
  if (capability === undefined) throw new Error(`${operation.operationId} names no capability in its security`)
  return capability
}
