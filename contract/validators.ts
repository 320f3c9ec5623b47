import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'
import {
  bodyPartsOf,
  type Document,
  endpointsOf,
  jsonBodyOf,
  nameOf,
  type Operation,
  type Place,
  resolve,
  type Schema,
} from './document.ts'

const places: readonly Place[] = ['path', 'query', 'header']

/**
 * A JavaScript module that checks requests and needs nothing else at run time: `validators[operationId]` has a function
 * for `path`, `query`, `header` and `body`. Operations that take the same parameters share a function.
 */
export function validators(document: Document): string {
  const ajv = new Ajv2020({
    strict: true,
    discriminator: true,
    formats: {
      // The integers of the contract carry their own bounds; the format is a hint to client generators.
      int64: true,
      // Absolute, and of the web: what else may be fetched is judged where it is fetched.
      uri: /^https?:\/\/[^\s/?#]+[^\s]*$/i,
      binary: true,
    },
    // A broken rule then comes with its schema, and that with an example to show.
    verbose: true,
    code: { source: true, esm: true, lines: true },
  })
  ajv.addVocabulary([kindsKeyword])
  for (const [name, schema] of Object.entries(document.components.schemas)) ajv.addSchema(rebase(schema), name)

  const exported: Record<string, string> = {}
  const share = (name: string, schema: Schema) => {
    if (exported[name] === undefined) ajv.addSchema(schema, name)
    exported[name] = name
    return name
  }
  const rows = endpointsOf(document).map(({ operation }) => {
    const [path, query, header] = places.map((place) => share(...parametersSchema(document, operation, place)))
    const json = jsonBodyOf(operation)
    const fields = fieldsSchema(document, operation)
    const schema = json === undefined ? fields : rebase(json.schema)
    const body = schema === undefined ? 'noBody' : share(`${operation.operationId}_body`, schema)
    return `${operation.operationId}: { path: ${path}, query: ${query}, header: ${header}, body: ${body} }`
  })

  const code = standalone
    .default(ajv, exported)
    .replace('"use strict";', '')
    .replace(/const (\w+) = require\("ajv\/dist\/runtime\/ucs2length"\)\.default;?/g, 'const $1 = characters;')
  if (code.includes('require(')) throw new Error('the validators would need a module that they do not carry')
  return `
    // JSON Schema counts characters, JavaScript UTF-16 units.
    const characters = (text) => (/[\\ud800-\\udfff]/.test(text) ? counted(text) : text.length)
    const counted = (text) => { let count = 0; for (const _ of text) count++; return count }
    // An operation that takes neither JSON nor fields is handed none.
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
    /** The name of a member that breaks a rule of names; absent for any other rule. */
    propertyName?: string
    /** The schema that has the rule. */
    parentSchema?: {
      examples?: unknown[]
      pattern?: string
      /** The kinds of which the value must be one. */
      'x-kinds'?: string[]
      properties?: Readonly<Record<string, { const?: unknown }>>
    }
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

  /** Parameters after the \`?\`, converted to their types; absent ones are absent, no default is filled in. */
  export type Query<K extends OperationId> = Present<Parameters<K>['query']>

  /** Parameters in headers, by their names in the contract; absent ones are absent. */
  export type Headers<K extends OperationId> = Present<Parameters<K>['header']>

  /** The JSON body; \`{}\` where it is optional and absent, \`undefined\` where the operation takes no JSON. */
  export type Body<K extends OperationId> = [RequestBody<K>] extends [{ content: { 'application/json': infer B } }]
    ? [RequestBody<K>] extends [never]
      ? undefined
      : B
    : undefined

  export const validators: {
    readonly [K in OperationId]: {
      readonly path: Validate<PathParams<K>>
      readonly query: Validate<Query<K>>
      readonly header: Validate<Headers<K>>
      readonly body: Validate<Body<K>>
    }
  }
`

/** A closed object of an operation's parameters, named after them: `path_session_cid`. */
function parametersSchema(document: Document, operation: Operation, place: Place): [string, Schema] {
  const properties: Record<string, Schema> = {}
  const required: string[] = []
  const names: string[] = [place]
  for (const item of operation.parameters ?? []) {
    const parameter = resolve(document, item)
    if (parameter.in !== place) continue
    const { schema, example } = parameter
    properties[parameter.name] = rebase(example === undefined ? schema : { ...schema, examples: [example] })
    if (parameter.required) required.push(parameter.name)
    names.push('$ref' in item ? nameOf(item.$ref) : `${operation.operationId}_${parameter.name}`)
  }
  return [
    names.length > 1 ? names.join('_').replaceAll('-', '_') : 'none',
    { type: 'object', properties, required, additionalProperties: false },
  ]
}

/** A closed object of the text fields of a body of several parts: each is held against it by itself, so that none is required. */
function fieldsSchema(document: Document, operation: Operation): Schema | undefined {
  const form = operation.requestBody?.content['multipart/form-data']
  if (form === undefined) return undefined
  const { properties = {} } = rebase(resolve<Schema>(document, form.schema as Schema))
  const kinds = bodyPartsOf(document, operation)
  const fields = Object.entries(properties).filter(([name]) => kinds[name]?.kind === 'field')
  return { type: 'object', properties: Object.fromEntries(fields), additionalProperties: false }
}

/** What an object may say in the member that tells its kinds apart, for messages to people. */
const kindsKeyword = 'x-kinds'

/**
 * The schema with `#/components/schemas/Chat` as plain `Chat`, the name that it is registered under; and with the names of kinds in
 * place of the mapping of a discriminator, which says for generators of clients what the kinds themselves say.
 */
function rebase(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema), (key, value) => {
    if (key === '$ref') return nameOf(value)
    const { propertyName, mapping } = value?.discriminator ?? {}
    if (mapping === undefined) return value
    return { ...value, discriminator: { propertyName }, [kindsKeyword]: Object.keys(mapping) }
  }) as Schema
}
