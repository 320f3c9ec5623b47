/** Broken rules of a schema: in words for people, with a code for programs. */
import type { Violation } from '../../../generated/validators.d.ts'
import type { FieldError, FieldErrorCode } from '../../model/errors.ts'

/** @param part the part of the request that was judged, such as `body` */
export const faultOf = (part: string, violation: Violation): FieldError => {
  const { instancePath, params } = violation
  const member = memberOf(params)
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
  says: (_, part) => `is not ${part === 'body' ? 'a member of this body' : `a ${part} parameter of this operation`}`,
}

const format: Rule = {
  code: 'format',
  says: ({ parentSchema: { examples = [] } = {} }) =>
    examples[0] === undefined ? 'is not of the form that it must have' : `must look like ${examples[0]}`,
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
  says: ({ params: { limit } }) => (limit === 1 ? 'must not be empty' : `must have at least ${count(limit, what)}`),
})

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
  discriminator: { code: 'enum', says: () => 'is none of the kinds that this operation takes' },
  pattern: format,
  format,
  minLength: atLeast('character'),
  maxLength: atMost('character'),
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
