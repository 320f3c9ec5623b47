/** Broken rules of a schema: in words for people, with a code for programs. */
import type { Violation } from '../../../generated/validators.d.ts'
import type { FieldError, FieldErrorCode } from '../../model/errors.ts'

/** @param part the part of the request that was judged, such as `body` */
export const faultsOf = (part: string, violations: readonly Violation[]): FieldError[] =>
  withoutSummary(violations).map((violation) => faultOf(part, violation))

/** The last one may sum up those before it: `propertyNames` a bad name, `anyOf` that the value is none of several alternatives. */
const withoutSummary = (violations: readonly Violation[]): readonly Violation[] => {
  const summary = violations.at(-1)?.keyword
  if (summary === 'propertyNames') return violations.slice(0, -1)
  if (summary !== 'anyOf') return violations
  const choices = violations.flatMap(({ params: { allowedValues, allowedValue = [] } }) =>
    [allowedValues ?? allowedValue].flat(),
  )
  const first = violations.slice(0, 1)
  return choices.length === 0
    ? first
    : first.map((violation) => ({ ...violation, keyword: 'enum', params: { allowedValues: choices } }))
}

/** A rule in words. */
export const faultOf = (part: string, violation: Violation): FieldError => {
  const { instancePath, params, propertyName } = violation
  const member = memberOf(params) ?? propertyName?.slice(0, 64)
  const path = `/${part}${instancePath}${member === undefined ? '' : `/${member}`}`
  const name = path.split('/').slice(2).join('.') || `the ${part}`
  const { code, says } = ruleOf(violation)
  return { path, message: `${name} ${says(violation, part)}`, code }
}

/** Ajv names the object that lacks a member, has one too many, or is of an unknown kind; callers look for the member. */
const memberOf = ({ missingProperty, additionalProperty, unevaluatedProperty, tag }: Violation['params']) => {
  const name = missingProperty ?? additionalProperty ?? unevaluatedProperty ?? tag
  return typeof name === 'string' ? name.slice(0, 64) : undefined
}

interface Rule {
  code: FieldErrorCode
  /** The rest of a sentence that begins with the name. */
  says(violation: Violation, part: string): string
}

const unknown: Rule = {
  code: 'unknown',
  says: ({ parentSchema }, part) =>
    part === 'body'
      ? `is not a member of this body${kindOf(parentSchema)}`
      : `is not a ${part} parameter of this operation`,
}

/** A member of another kind may only be at the wrong place. */
const kindOf = ({ properties = {} }: Violation['parentSchema'] = {}) => {
  const [name, kind] = Object.entries(properties).find(([, member]) => typeof member.const === 'string') ?? []
  return name === undefined ? '' : ` when ${name} is ${kind?.const}`
}

const format: Rule = {
  code: 'format',
  says: ({ params: { pattern }, parentSchema: { examples = [] } = {} }) => {
    const inWords = patternsInWords[String(pattern)]
    if (inWords !== undefined) return inWords
    return examples[0] === undefined ? 'does not have the required form' : `must look like ${examples[0]}`
  },
}

/** Patterns of which an example would say nothing. */
const patternsInWords: { readonly [pattern: string]: string } = {
  '\\S': 'must not be blank',
  '^[ -~]*$': 'must have printable ASCII characters only',
  '^[A-Za-z0-9-]{1,64}$': 'must be a name of 1 to 64 letters, digits and hyphens',
}

const choice: Rule = {
  code: 'enum',
  says: ({ params: { allowedValues, allowedValue } }) =>
    Array.isArray(allowedValues) ? `must be one of ${allowedValues.join(', ')}` : `must be ${allowedValue}`,
}

const count = (limit: unknown, what: 'character' | 'entry') => {
  const many = what === 'entry' ? 'entries' : 'characters'
  return `${limit} ${limit === 1 ? what : many}`
}

const atLeast = (what: 'character' | 'entry'): Rule => ({
  code: 'too_short',
  says: ({ params: { limit }, parentSchema }) =>
    limit === 1 ? 'must not be empty' : `must have at least ${count(limit, what)}${exampleOf(parentSchema)}`,
})

/** Who wrote something of another form is helped more by the form than by its length. */
const exampleOf = ({ pattern, examples = [] }: Violation['parentSchema'] = {}) =>
  pattern === undefined || pattern in patternsInWords || examples[0] === undefined ? '' : `, like ${examples[0]}`

const atMost = (what: 'character' | 'entry'): Rule => ({
  code: 'too_long',
  says: ({ params: { limit } }) => `must have at most ${count(limit, what)}`,
})

const other: Rule = { code: 'other', says: ({ message }) => message }

/** By keyword of JSON Schema. */
const rules: { readonly [keyword: string]: Rule } = {
  required: { code: 'required', says: () => 'is required' },
  additionalProperties: unknown,
  unevaluatedProperties: unknown,
  type: { code: 'type', says: ({ params: { type } }) => `must be ${[type].flat().map(withArticle).join(' or ')}` },
  enum: choice,
  const: choice,
  discriminator: {
    code: 'enum',
    says: ({ parentSchema }) => `must be one of ${parentSchema?.['x-kinds']?.join(', ')}`,
  },
  pattern: format,
  format,
  minLength: atLeast('character'),
  maxLength: atMost('character'),
  uniqueItems: { code: 'repeated', says: () => 'must not have an entry twice' },
  dependentRequired: { code: 'required', says: ({ params: { property } }) => `is required with ${property}` },
  minProperties: { code: 'too_short', says: () => 'must not be empty' },
  maxProperties: { code: 'too_long', says: ({ params: { limit } }) => `must have at most ${limit} members` },
  minItems: atLeast('entry'),
  maxItems: atMost('entry'),
  minimum: { code: 'too_small', says: ({ params: { limit } }) => `must be ${limit} or more` },
  maximum: { code: 'too_large', says: ({ params: { limit } }) => `must be ${limit} or less` },
}

/** The member that says of which kind an object is may itself be missing, or be no string. */
const ruleOf = ({ keyword, params: { error, tagValue } }: Violation): Rule => {
  if (keyword !== 'discriminator' || error !== 'tag') return rules[keyword] ?? other
  return (tagValue === undefined ? rules.required : mustBeString) ?? other
}

const mustBeString: Rule = { code: 'type', says: () => 'must be a string' }

const withArticle = (type: unknown) =>
  type === 'null' ? 'null' : `${/^[aio]/.test(String(type)) ? 'an' : 'a'} ${type}`
