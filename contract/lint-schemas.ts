/** The contract's own law about schemas: their members, and what a value of them may be. */
import type { Parameter, Schema } from './document.ts'
import type { Context, Place, Rule, Visitor } from './lint-context.ts'

/** Describes what has no members of its own: for these an example says something that their members do not. */
const isLeaf = ({ type, properties, items }: Schema) => properties === undefined && !(type === 'array' && items?.$ref)

/** A rule that looks at every member of every object. */
const ofMembers =
  (
    visit: (
      name: string,
      member: Schema,
      { report, place }: { report: (message: string) => void; place: Place },
    ) => void,
  ): Rule =>
  () => ({
    Schema(schema: Schema, context: Context) {
      for (const [name, given] of Object.entries(schema.properties ?? {})) {
        const { node = {} } = context.resolve<Schema>(given as Schema)
        const place = context.location.child(['properties', name])
        visit(name, { ...node, ...given }, { place, report: (message) => context.report({ message, location: place }) })
      }
    },
  })

const memberIsDescribed = ofMembers((name, { description }, { report }) => {
  if (!description?.trim()) report(`${name} must have a description`)
})

const memberHasExample = ofMembers((name, member, { report }) => {
  if (isLeaf(member) && member.examples === undefined) report(`${name} must have examples`)
})

const unit = /\b(milliseconds|seconds|bytes|pixels|degrees|count|a plain number)\b/

const isNumber = ({ type }: Schema) => type === 'integer' || type === 'number'

const memberHasUnit = ofMembers((name, member, { report }) => {
  if (isNumber(member) && !unit.test(member.description ?? '')) report(`the description of ${name} must name its unit`)
})

const parameterHasUnit: Rule = () => ({
  Parameter({ name, schema, description = '' }: Parameter, { report, location }: Context) {
    if (isNumber(schema) && !unit.test(description))
      report({ message: `the description of ${name} must name its unit`, location })
  },
})

/** Not of the body of a PATCH: there `null` takes a member away (RFC 7396). */
const noNullable: Rule = () => ({
  Response: membersAreNotNull(),
  Operation: {
    skip: (_operation: unknown, method: string | number) => method === 'patch',
    RequestBody: membersAreNotNull(),
  },
})

const membersAreNotNull = ofMembers((name, { type }, { report }) => {
  if (name !== 'nextCursor' && Array.isArray(type) && type.includes('null')) report(`${name} must be absent, not null`)
})

const objectOf = ({ type, properties, oneOf }: Schema) =>
  // Of a choice each kind is judged by itself.
  type === 'object' && oneOf === undefined && properties !== undefined

const requestIsClosed: Visitor<Schema> = (schema, { report, location }) => {
  if (objectOf(schema) && schema.additionalProperties !== false)
    report({ message: 'an object of a request with members must have additionalProperties: false', location })
}

const answerIsOpen: Visitor<Schema> = (schema, { report, location }) => {
  if (objectOf(schema) && schema.additionalProperties !== undefined)
    report({ message: 'an object of an answer may get more members: no additionalProperties beside members', location })
}

const objectSaysWhatItHolds: Rule = () => ({
  Schema({ type, properties, additionalProperties, oneOf }: Schema, { report, location }: Context) {
    if (type === 'object' && oneOf === undefined && properties === undefined && additionalProperties === undefined)
      report({ message: 'an object without members must say what it holds (additionalProperties)', location })
  },
})

const noDefault: Rule = () => ({
  Schema({ default: usual }: Schema, { report, location }: Context) {
    // Generators make a member with a default a required one.
    if (usual !== undefined)
      report({ message: 'say in words what is meant by an absent value', location: location.child('default') })
  },
})

const integerIsPlain: Rule = () => ({
  Schema({ format }: Schema, { report, location }: Context) {
    // No integer of the contract passes 2^53, and generators make a bigint of an int64.
    if (format === 'int64' || format === 'int32')
      report({ message: 'an integer has bounds in place of a format', location: location.child('format') })
  },
})

const bounds = ['minLength', 'pattern', 'format', 'enum', 'const', 'contentMediaType'] as const

const stringIsBounded: Rule = () => ({
  Schema({ type, ...schema }: Schema, { report, location }: Context) {
    const isString = [type].flat().includes('string')
    if (isString && bounds.every((bound) => schema[bound] === undefined))
      report({ message: 'a string has a minLength (0 where empty means something), a pattern or a format', location })
  },
})

const pageIsBounded: Rule = () => ({
  Schema({ properties = {} }: Schema, { report, location }: Context) {
    if (properties.nextCursor !== undefined && properties.data?.maxItems === undefined)
      report({ message: 'the data of a page has maxItems', location: location.child('properties') })
  },
})

export const schemaRules = {
  'member-is-described': memberIsDescribed,
  'member-has-example': memberHasExample,
  'member-has-unit': memberHasUnit,
  'parameter-has-unit': parameterHasUnit,
  'no-nullable': noNullable,
  'request-is-closed': () => ({ Paths: { RequestBody: { Schema: requestIsClosed } } }),
  // What the gateway tells others of is read as an answer is.
  'answer-is-open': () => ({
    Response: { Schema: answerIsOpen },
    WebhooksMap: { RequestBody: { Schema: answerIsOpen } },
  }),
  'object-says-what-it-holds': objectSaysWhatItHolds,
  'no-default': noDefault,
  'integer-is-plain': integerIsPlain,
  'string-is-bounded': stringIsBounded,
  'page-is-bounded': pageIsBounded,
}
