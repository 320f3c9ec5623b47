/**
 * A JSON Schema validator that shares no code with Ajv, which server, suite and mock use: Hyperjump, in the dialect of OpenAPI 3.1.
 */
import {
  registerSchema,
  type SchemaObject,
  setShouldValidateFormat,
  type Validator,
  validate,
} from '@hyperjump/json-schema/openapi-3-1'
import type { Call } from '../../conformance/case.ts'
import { below, type Json } from '../../conformance/contract.ts'
import { parley } from '../../conformance/parley.ts'
import type { Answer } from '../../conformance/transport.ts'
import document from '../../generated/openapi.json' with { type: 'json' }

const url = 'https://parley.test/openapi'
const metaSchema = 'https://spec.openapis.org/oas/3.1/schema-base'
const validators = new Map<string, Promise<Validator>>()

setShouldValidateFormat(true)
registerSchema(document as object as SchemaObject, url, metaSchema)

/** @param pointer of a schema in the document @returns whether the value is valid */
export const accepts = async (pointer: string, value: unknown): Promise<boolean> => {
  let validator = validators.get(pointer)
  if (validator === undefined) {
    validator = validate(`${url}#${pointer.split('/').map(encodeURIComponent).join('/')}`)
    validators.set(pointer, validator)
  }
  return (await validator)(value as Json).valid
}

/** @returns whether a document is valid OpenAPI 3.1, its schemas included */
export const isOpenApi = async (value: unknown): Promise<boolean> => (await validate(metaSchema, value as Json)).valid

/**
 * Copies of a value, each with one fault: a member, at any depth, has a value of another type. Of an array only the first entry is
 * changed.
 */
export const spoiled = (value: unknown): { at: string; value: unknown }[] => {
  if (typeof value !== 'object' || value === null) return []
  const members = Array.isArray(value) ? Object.entries(value).slice(0, 1) : Object.entries(value)
  return members.flatMap(([name, member]) => [
    { at: `/${name}`, value: replaced(value, name, ofAnotherType(member)) },
    ...spoiled(member).map((inner) => ({ at: `/${name}${inner.at}`, value: replaced(value, name, inner.value) })),
  ])
}

const replaced = (value: object, name: string, member: unknown) =>
  Array.isArray(value) ? value.with(Number(name), member) : { ...value, [name]: member }

const ofAnotherType = (value: unknown) => (typeof value === 'boolean' ? 'true' : typeof value === 'object' ? 7 : true)

/** Pointer of the schema of a JSON answer; undefined where the document has none for it. */
export const schemaOf = (
  { operationId }: Pick<Call, 'operationId'>,
  { status, body }: Pick<Answer, 'status' | 'body'>,
) => {
  const statuses: readonly number[] = parley.operations[operationId]?.statuses ?? []
  if (body === undefined || !statuses.includes(status)) return undefined
  return below(parley.follow(parley.responsePointer(operationId, status)), 'content', 'application/json', 'schema')
}
