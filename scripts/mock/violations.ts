/** What Prism says of a request, as the contract's envelope says it. */
import { type Document, type Operation, resolve, type Schema } from '../../contract/document.ts'
import type { FieldError, FieldErrorCode } from '../../server/model/errors.ts'
import type { Violation } from './engine.ts'

/** @returns one entry for each broken rule, with the member's name and no regular expression */
export const fieldErrors = (violations: readonly Violation[], document: Document, operation: Operation): FieldError[] =>
  violations.map(({ path: place = ['body'], code, message }) => {
    const path = [...contractNames(place, document, operation), ...memberOf(code, message)]
    const name = path.length > 1 ? path.slice(1).join('.') : 'the body'
    const words = wordsOf(code, message, exampleAt(path, document, operation))
    return { path: pointer(path), message: `${name} ${words}`, code: codes[String(code)] ?? 'other' }
  })

/** By keyword of JSON Schema. */
const codes: { readonly [keyword: string]: FieldErrorCode } = {
  required: 'required',
  additionalProperties: 'unknown',
  unevaluatedProperties: 'unknown',
  type: 'type',
  enum: 'enum',
  const: 'enum',
  pattern: 'format',
  format: 'format',
  minLength: 'too_short',
  maxLength: 'too_long',
  minimum: 'too_small',
  maximum: 'too_large',
}

const pointer = (path: readonly string[]) =>
  path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** Prism points at the object that lacks a member or has one too many. */
const memberOf = (code: Violation['code'], message: string): string[] => {
  const pattern = code === 'required' ? /required property '(.*)'$/ : /; found '(.*)'$/
  const [, name] = pattern.exec(message) ?? []
  return name === undefined ? [] : [name.slice(0, 64)]
}

/** Prism names headers in lower case. */
const contractNames = (
  [place = '', ...names]: readonly string[],
  document: Document,
  operation: Operation,
): string[] => {
  if (place !== 'header') return [place, ...names]
  const known = (operation.parameters ?? []).map((parameter) => resolve(document, parameter).name)
  return [place, ...names.map((name) => known.find((one) => one.toLowerCase() === name) ?? name)]
}

const wordsOf = (code: Violation['code'], message: string, example: unknown): string => {
  if (code === 'required') return 'is required'
  if (code === 'additionalProperties' || code === 'unevaluatedProperties') return 'is not known'
  if (code === 'pattern')
    return example === undefined ? 'is not of the form that it must have' : `must look like ${example}`
  const words = message.slice(Math.max(0, message.indexOf('must ')))
  return words
    .replace('equal to one of the allowed values:', 'one of')
    .replace('NOT', 'not')
    .replace(/^must be (?=[aeio])(?!equal|one of)/, 'must be an ')
    .replace(/^must be (?=(string|boolean|number|null)\b)/, 'must be a ')
}

/** What the contract shows in this place. */
const exampleAt = ([place, ...names]: readonly string[], document: Document, operation: Operation): unknown => {
  const [name = ''] = names
  if (place !== 'body') {
    const parameters = (operation.parameters ?? []).map((parameter) => resolve(document, parameter))
    const parameter = parameters.find((one) => one.in === place && one.name === name)
    return parameter?.example ?? parameter?.schema.examples?.[0]
  }
  let schema: Schema | undefined = operation.requestBody?.content['application/json']?.schema
  for (const part of names) schema = schema && schemaOf(document, schema).properties?.[part]
  return schema && schemaOf(document, schema).examples?.[0]
}

const schemaOf = (document: Document, schema: Schema): Schema =>
  schema.$ref === undefined ? schema : resolve<Schema>(document, { $ref: schema.$ref })
