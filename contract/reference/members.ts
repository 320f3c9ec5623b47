/** Lists of what has a name, a type and rules: parameters, headers, members of a body or a schema. */
import { type Document, nameOf, type Schema } from '../document.ts'
import { code, escapeAttribute, fold, linkTo } from './html.ts'
import { inline, markdown } from './markdown.ts'
import { flat, hasSection, rulesOf, schemaAnchor, typeOf } from './schema.ts'

export interface Named {
  name: string
  schema: Schema
  /** Undefined where it depends. */
  required: boolean | undefined
  description?: string | undefined
  example?: unknown
}

export interface MemberOptions {
  /** Begins the anchors: `createSession.body` gives `createSession.body.label`. */
  anchor: string
  /** Whether schemas with a section of their own are told here, too, instead of linked alone. */
  expand?: boolean
  /** Whether a caller sends them; otherwise it gets them, and what is always there needs no word. */
  sent: boolean
}

/** Objects in objects are told so deep; what lies deeper is linked. */
const deepest = 3

interface Place extends MemberOptions {
  /** References on the way here: what holds itself is told once. */
  path: string[]
}

/** A list of what has names, each with an anchor of its own. */
export function memberList(document: Document, members: Named[], options: MemberOptions): string {
  return listOf(document, members, { ...options, path: [] })
}

/** The members of an object, or the kinds between which there is a choice; empty for any other schema. */
export function membersOf(document: Document, schema: Schema, options: MemberOptions): string {
  return insideOf(document, schema, { ...options, path: schema.$ref ? [schema.$ref] : [] })
}

const listOf = (document: Document, members: Named[], place: Place): string =>
  `<dl class="members">\n${members.map((member) => entry(document, member, place)).join('\n')}\n</dl>`

const entry = (document: Document, { name, schema, required, description, example }: Named, place: Place): string => {
  const target = flat(document, schema)
  const anchor = `${place.anchor}.${name}`
  const marks = [
    `<span class="type">${typeOf(document, schema)}</span>`,
    presenceOf(required, place.sent),
    target.deprecated ? '<span class="must">deprecated</span>' : '',
  ]
  const shown = example ?? target.examples?.[0]
  const rules = [...rulesOf(document, schema), ...(isTold(shown, target) ? [`example ${exampleOf(shown)}`] : [])]
  const about = description ?? target.description ?? ''
  return `<div id="${escapeAttribute(anchor)}"><dt>${linkTo(anchor, code(name))} ${marks.filter(Boolean).join(' ')}</dt>
<dd>${markdown(about)}${rules.length > 0 ? `<p class="rules">${rules.join(' · ')}</p>` : ''}${nested(document, schema, { ...place, anchor })}</dd></div>`
}

const presenceOf = (required: boolean | undefined, sent: boolean): string => {
  if (required === undefined) return ''
  if (sent) return required ? '<span class="must">required</span>' : '<span class="may">optional</span>'
  return required ? '' : '<span class="may">may be absent</span>'
}

/** An example says something beyond the type and the list of values. */
const isTold = (value: unknown, { type, enum: words, const: only }: Schema): boolean =>
  value !== undefined &&
  value !== null &&
  only === undefined &&
  words === undefined &&
  type !== 'boolean' &&
  !isDeep(value)

const isDeep = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 || value.some(isDeep) : typeof value === 'object'

const exampleOf = (value: unknown): string => code(typeof value === 'string' ? value : JSON.stringify(value))

/** What is told below a member: those of its own object, or of the objects in its array. */
const nested = (document: Document, schema: Schema, place: Place): string => {
  const inner = flat(document, schema).items ?? schema
  const ref = inner.$ref
  const isLinked = ref !== undefined && hasSection(document, inner)
  if (isLinked && (!place.expand || place.path.includes(ref) || place.path.length >= deepest)) return ''
  return insideOf(document, inner, ref === undefined ? place : { ...place, path: [...place.path, ref] })
}

const insideOf = (document: Document, schema: Schema, place: Place): string => {
  const { properties, required = [], oneOf, discriminator } = flat(document, schema)
  if (oneOf !== undefined) return kinds(document, oneOf, discriminator?.propertyName, place)
  if (properties === undefined) return ''
  const members = Object.entries(properties).map(([name, member]) => ({
    name,
    schema: member,
    required: required.includes(name),
  }))
  return listOf(document, members, place)
}

const kinds = (document: Document, choices: Schema[], told: string | undefined, place: Place): string => {
  if (!place.expand || choices.some(({ $ref }) => $ref === undefined))
    return `<p>One of: ${choices.map((one) => typeOf(document, one)).join(', ')}.</p>`
  const kind = (choice: Schema, index: number) => {
    const name = nameOf(choice.$ref ?? '')
    const word = told && flat(document, flat(document, choice).properties?.[told] ?? {}).const
    const title = word === undefined ? name : `${code(word)} ${inline(flat(document, choice).description ?? '')}`
    const inside = insideOf(document, choice, { ...place, anchor: `${place.anchor}.${String(word ?? name)}` })
    return fold('kind', index === 0, title, `<p>Schema ${linkTo(schemaAnchor(name), name)}</p>\n${inside}`)
  }
  return `<p>One of ${choices.length} kinds${told ? `, told apart by ${code(told)}` : ''}:</p>\n${choices.map(kind).join('\n')}`
}
