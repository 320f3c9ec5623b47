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
  contentMediaType?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  deprecated?: boolean
  examples?: unknown[]
  required?: string[]
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
  allOf?: Schema[]
  oneOf?: Schema[]
  anyOf?: Schema[]
  maxProperties?: number
  discriminator?: { propertyName: string }
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
  'x-max-bytes'?: number
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
  'x-live-unless'?: string
  'x-limits'?: string[]
  deprecated?: boolean
  'x-idempotent'?: boolean
}

/** A call that the gateway makes; the receiver answers it. */
export type Webhook = Pick<Operation, 'operationId' | 'tags' | 'summary' | 'description' | 'parameters'> & {
  requestBody: RequestBody
  responses: Record<string, Response | Reference>
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
  /** What the gateway sends to others, by the name of the event. */
  webhooks?: Record<string, { post: Webhook }>
  /** What a token may be good for. */
  'x-capabilities': string[]
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

/** What a body may be large, unless the contract says otherwise: 1 MiB. */
const usualMaxBytes = 1_048_576

/** Bytes that the body of an operation may have; 0 where it reads none. */
export const maxBytesOf = ({ requestBody }: Operation): number =>
  requestBody === undefined ? 0 : (requestBody['x-max-bytes'] ?? usualMaxBytes)

export interface BodyPart {
  kind: 'file' | 'field'
  required: boolean
}

/** The parts of a body of several: bytes in a file, text in a field. Empty for any other body. */
export function bodyPartsOf(document: Document, { requestBody }: Operation): Record<string, BodyPart> {
  const form = requestBody?.content['multipart/form-data']
  if (form === undefined) return {}
  const { properties = {}, required = [] } = resolve<Schema>(document, form.schema as Schema)
  return Object.fromEntries(
    Object.entries(properties).map(([name, part]) => {
      const { format } = resolve<Schema>(document, part as Schema)
      return [name, { kind: format === 'binary' ? 'file' : 'field', required: required.includes(name) }]
    }),
  )
}

/** The capabilities of which an operation needs any one: the role names in its `security`, each once. */
export function capabilitiesOf(operation: Operation): string[] {
  const names = operation.security.flatMap((requirement) => Object.values(requirement).flat())
  if (names.length === 0) throw new Error(`${operation.operationId} names no capability in its security`)
  return [...new Set(names)]
}

/** Whether an operation takes an `Idempotency-Key`. */
export const takesKey = (document: Document, { parameters = [] }: Operation): boolean =>
  parameters.some((given) => resolve(document, given).name === 'Idempotency-Key')
