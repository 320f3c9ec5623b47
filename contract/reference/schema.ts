/** What the page says of a schema: its members, its type in a few words, and what its values must keep to. */
import { type Document, nameOf, resolve, type Schema } from '../document.ts'
import { code, linkTo } from './html.ts'

/** A schema with its references followed and its `allOf` merged; members next to a reference take precedence. */
export function flat(document: Document, { $ref, allOf = [], ...own }: Schema): Schema {
  const referred = $ref === undefined ? [] : [resolve<Schema>(document, { $ref })]
  const parts = [...[...referred, ...allOf].map((part) => flat(document, part)), own]
  const merged: Schema = Object.assign({}, ...parts)
  const properties: Record<string, Schema> = {}
  for (const part of parts)
    for (const [name, member] of Object.entries(part.properties ?? {})) {
      const before = properties[name]
      properties[name] = before === undefined ? member : { allOf: [before, member] }
    }
  if (Object.keys(properties).length > 0) merged.properties = properties
  const required = new Set(parts.flatMap((part) => part.required ?? []))
  if (required.size > 0) merged.required = [...required]
  return merged
}

/** Described in a section of its own: an object with members, or a choice between some. */
export const hasSection = (document: Document, schema: Schema): boolean => {
  const { properties, oneOf } = flat(document, schema)
  return properties !== undefined || oneOf !== undefined
}

/** The schemas that have one, by name. */
export const sectionedSchemas = (document: Document): [name: string, schema: Schema][] =>
  Object.entries(document.components.schemas).filter(([, schema]) => hasSection(document, schema))

/** The place of a schema's section. */
export const schemaAnchor = (name: string): string => `schema-${name}`

/** The schema itself: that of a reference, also of one with text next to it. */
const namedBy = ({ $ref, allOf }: Schema): string | undefined =>
  $ref !== undefined ? $ref : allOf?.length === 1 ? allOf[0]?.$ref : undefined

/** A schema's type in a few words, as HTML; linked where it has a section of its own. */
export function typeOf(document: Document, schema: Schema): string {
  const ref = namedBy(schema)
  if (ref !== undefined && hasSection(document, { $ref: ref })) return linkTo(schemaAnchor(nameOf(ref)), nameOf(ref))
  const {
    type,
    items,
    format,
    oneOf,
    anyOf,
    properties,
    additionalProperties,
    enum: words,
    contentMediaType,
    ...rest
  } = flat(document, schema)
  const choices = oneOf ?? anyOf
  if (choices) return [...new Set(choices.map((one) => typeOf(document, one)))].join(' or ')
  if (items) return `array of ${typeOf(document, items)}`
  if (properties === undefined && typeof additionalProperties === 'object')
    return `object of ${typeOf(document, additionalProperties)}`
  if (format === 'binary' || (type === undefined && contentMediaType !== undefined)) return 'bytes'
  const known = [type ?? typesOf(rest.const === undefined ? words : [rest.const])].flat()
  return known.map((one) => (one === 'string' && format === 'uri' ? 'URL' : one)).join(' or ')
}

/** Of values whose schema names no type. */
const typesOf = (values: unknown[] = []): string[] =>
  values.length === 0 ? ['any'] : [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))]

/** `1 to 100`, `at most 100`, `at least 1`; undefined where there is neither end. */
const between = (least: number | undefined, most: number | undefined): string | undefined => {
  if (most === undefined || most === Number.MAX_SAFE_INTEGER)
    return least === undefined ? undefined : `at least ${least}`
  if (least === undefined) return `at most ${most}`
  return least === most ? `exactly ${most}` : `${least} to ${most}`
}

const counted = (range: string | undefined, one: string, many: string) =>
  range === undefined ? [] : [`${range} ${/\b1$/.test(range) ? one : many}`]

/** What a value must keep to, as HTML, one fact an entry: closed lists, lengths, ranges, patterns. */
export function rulesOf(document: Document, schema: Schema): string[] {
  const { const: only, pattern, default: usual, items, ...limits } = flat(document, schema)
  return [
    ...choice(wordsOf(document, schema) ?? (items && wordsOf(document, items))),
    ...(only === undefined ? [] : [`always ${code(only)}`]),
    ...counted(between(limits.minLength || undefined, limits.maxLength), 'character', 'characters'),
    ...counted(between(limits.minItems || undefined, limits.maxItems), 'entry', 'entries'),
    ...counted(between(undefined, limits.maxProperties), 'member', 'members'),
    ...[between(limits.minimum, limits.maximum) ?? []].flat(),
    ...(usual === undefined ? [] : [`default ${code(JSON.stringify(usual))}`]),
    ...(pattern === undefined ? [] : [`pattern ${code(pattern)}`]),
  ]
}

/** The values that a schema lists, also as a choice between lists; undefined where others are possible. */
const wordsOf = (document: Document, schema: Schema): unknown[] | undefined => {
  const { enum: words, anyOf } = flat(document, schema)
  if (anyOf === undefined) return words
  const lists = anyOf.map((one) => {
    const { const: only } = flat(document, one)
    return only === undefined ? wordsOf(document, one) : [only]
  })
  return lists.every((list) => list !== undefined) ? lists.flat() : undefined
}

const choice = (words: unknown[] = []): string[] =>
  words.length === 0 ? [] : [`${words.length === 1 ? 'always' : 'one of'} ${words.map((word) => code(word)).join(' ')}`]
