import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'
import { type Document, endpointsOf, nameOf, type Operation, type Parameter, resolve, type Schema } from './document.ts'

/**
 * A JavaScript module that checks requests and needs nothing else at run time: `validators[operationId]` has a function
 * for `path`, `query` and `body`. Operations that take the same parameters share a function.
 */
export function validators(document: Document): string {
  const ajv = new Ajv2020({
    strict: true,
    // The integers of the contract carry their own bounds; the format is a hint to client generators.
    formats: { int64: true },
    code: { source: true, esm: true, lines: true },
  })
  for (const [name, schema] of Object.entries(document.components.schemas)) ajv.addSchema(rebase(schema), name)

  const exported: Record<string, string> = {}
  const share = (name: string, schema: Schema) => {
    if (exported[name] === undefined) ajv.addSchema(schema, name)
    exported[name] = name
    return name
  }
  const rows = endpointsOf(document).map(({ operation }) => {
    const { operationId, requestBody } = operation
    const path = share(...parametersSchema(document, operation, 'path'))
    const query = share(...parametersSchema(document, operation, 'query'))
    const body = requestBody && share(`${operationId}_body`, rebase(requestBody.content['application/json']?.schema))
    return `${operationId}: { path: ${path}, query: ${query}, body: ${body ?? 'noBody'} }`
  })

  const code = standalone
    .default(ajv, exported)
    .replace('"use strict";', '')
    .replace(/const (\w+) = require\("ajv\/dist\/runtime\/ucs2length"\)\.default;?/g, 'const $1 = characters;')
  if (code.includes('require(')) throw new Error('the validators would need a module that they do not carry')
  return `
    // JSON Schema counts characters, JavaScript UTF-16 units.
    const characters = (text) => { let count = 0; for (const _ of text) count++; return count };
    // An operation that takes no body is handed none.
    const noBody = (body) => body === undefined;
    ${code}
    export const validators = { ${rows.join(',\n')} }
  `
}

/** Types of that module. */
export const validatorTypes = () => `
  import type { OperationId } from './operations.ts'
  import type { operations } from './types.ts'

  /** A broken rule, as Ajv tells it. */
  export interface Violation {
    /** JSON pointer to the value that breaks the rule; '' is the whole. */
    instancePath: string
    /** Which rule: \`required\`, \`enum\`, \`additionalProperties\`, … */
    keyword: string
    /** The rule's own facts, such as \`missingProperty\` or \`additionalProperty\`. */
    params: Record<string, unknown>
    message: string
  }

  /** Stops at the first broken rule. Changes nothing, converts nothing: an integer parameter must be a number already. */
  export interface Validate<T> {
    (data: unknown): data is T
    /** Of the last call; null when all was well. */
    errors?: Violation[] | null
  }

  type Parameters<K extends OperationId> = operations[K]['parameters']
  type RequestBody<K extends OperationId> = NonNullable<operations[K]['requestBody']>
  type Present<T> = [T] extends [undefined] ? Record<string, never> : NonNullable<T>

  /** Parameters in the path, decoded. */
  export type PathParams<K extends OperationId> = Present<Parameters<K>['path']>

  /** Parameters behind the \`?\`, converted to their types; absent ones are absent, no default is filled in. */
  export type Query<K extends OperationId> = Present<Parameters<K>['query']>

  /** The JSON body; \`{}\` where it is optional and absent, \`undefined\` where the operation takes none. */
  export type Body<K extends OperationId> = [RequestBody<K>] extends [{ content: { 'application/json': infer B } }]
    ? [RequestBody<K>] extends [never]
      ? undefined
      : B
    : undefined

  export const validators: {
    readonly [K in OperationId]: {
      readonly path: Validate<PathParams<K>>
      readonly query: Validate<Query<K>>
      readonly body: Validate<Body<K>>
    }
  }
`

/** A closed object of an operation's parameters, named after them: `path_session_cid`. */
function parametersSchema(document: Document, operation: Operation, place: Parameter['in']): [string, Schema] {
  const properties: Record<string, Schema> = {}
  const required: string[] = []
  const names: string[] = [place]
  for (const item of operation.parameters ?? []) {
    const parameter = resolve(document, item)
    if (parameter.in !== place) continue
    properties[parameter.name] = rebase(parameter.schema)
    if (parameter.required) required.push(parameter.name)
    names.push('$ref' in item ? nameOf(item.$ref) : `${operation.operationId}_${parameter.name}`)
  }
  return [
    names.length > 1 ? names.join('_') : 'none',
    { type: 'object', properties, required, additionalProperties: false },
  ]
}

/** The schema with `#/components/schemas/Chat` as plain `Chat`, the name that it is registered under. */
function rebase(schema: Schema | undefined): Schema {
  return JSON.parse(JSON.stringify(schema), (key, value) => (key === '$ref' ? nameOf(value) : value)) as Schema
}
