/** What Prism says of a request, in the words that the gateway has for it. */
import { type Document, type Operation, resolve, type Schema } from '../../contract/document.ts'
import { faultOf } from '../../server/http/steps/faults.ts'
import type { FieldError } from '../../server/model/errors.ts'
import type { Violation } from './engine.ts'

/** @returns one entry for each broken rule */
export const fieldErrors = (violations: readonly Violation[], document: Document, operation: Operation): FieldError[] =>
  violations.map(({ path: place = ['body'], code, message }) => {
    const [part = '', ...names] = contractNames(place, document, operation)
    const keyword = String(code)
    return faultOf(part, {
      instancePath: names.map((name) => `/${name}`).join(''),
      keyword,
      params: factsIn[keyword]?.(message) ?? {},
      message: message.slice(Math.max(0, message.indexOf('must '))),
      parentSchema: { examples: [exampleAt([part, ...names], document, operation) ?? []].flat() },
    })
  })

/** Prism keeps of a rule only the sentence that Ajv made of it. */
const limitIn = (message: string) => ({ limit: Number(/(\d+)(?= characters| items|$)/.exec(message)?.[1]) })
const factsIn: { readonly [keyword: string]: (message: string) => Record<string, unknown> } = {
  required: (message) => ({ missingProperty: /property '(.*)'$/.exec(message)?.[1] }),
  additionalProperties: (message) => ({ additionalProperty: /; found '(.*)'$/.exec(message)?.[1] }),
  unevaluatedProperties: (message) => ({ unevaluatedProperty: /; found '(.*)'$/.exec(message)?.[1] }),
  enum: (message) => ({ allowedValues: /allowed values: (.*)$/.exec(message)?.[1]?.split(', ') }),
  type: (message) => ({ type: / must be (.*)$/.exec(message)?.[1]?.split(',') ?? [] }),
  minLength: limitIn,
  maxLength: limitIn,
  minItems: limitIn,
  maxItems: limitIn,
  minimum: limitIn,
  maximum: limitIn,
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
