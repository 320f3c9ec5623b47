/** What an operation answers: successes open, refusals folded, each example with the name that a mock takes. */
import {
  type Document,
  type Example,
  type MediaType,
  type Operation,
  type Response,
  resolve,
  type Schema,
} from '../document.ts'
import { code, codeBlock, fold, jsonBlock, linkTo, statusBadge } from './html.ts'
import { inline } from './markdown.ts'
import { membersOf } from './members.ts'
import { flat, hasSection, typeOf } from './schema.ts'

const isSuccess = (status: string) => status.startsWith('2')

interface Answer extends Response {
  status: string
}

const answersOf = (document: Document, { responses }: Operation): Answer[] =>
  Object.entries(responses).map(([status, given]) => ({ status, ...resolve(document, given) }))

/** Every status with its reason, its type and its headers; for refusals their examples, too. */
export const answerList = (document: Document, operation: Operation): string =>
  answersOf(document, operation)
    .map((answer) => answerOf(document, operation.operationId, answer))
    .join('\n')

/** The examples of the successes: the first one open, unless all are to be folded. */
export function examplesBeside(document: Document, operation: Operation, { folded = false } = {}): string {
  const named = answersOf(document, operation)
    .filter(({ status }) => isSuccess(status))
    .flatMap((answer) => examplesOf(document, answer).map((example) => ({ status: answer.status, ...example })))
  return named
    .map((example, index) => {
      const summary = `${statusBadge(example.status)} ${inline(example.summary)}`
      return fold('example', index === 0 && !folded, summary, shown(example))
    })
    .join('\n')
}

interface NamedExample {
  name: string
  summary: string
  value: unknown
}

const examplesOf = (document: Document, { content = {} }: Response): NamedExample[] =>
  Object.values(content).flatMap(({ examples = {} }: MediaType) =>
    Object.entries(examples).map(([name, given]) => {
      const { summary = name, value } = resolve<Example>(document, given)
      return { name, summary, value }
    }),
  )

const shown = ({ status, name, value }: NamedExample & { status: string }): string =>
  `<p class="prefer">Mock: ${code(`Prefer: code=${status}, example=${name}`)}</p>${typeof value === 'string' ? codeBlock(value) : jsonBlock(value)}`

function answerOf(document: Document, operationId: string, answer: Answer): string {
  const { status, description, content = {} } = answer
  const types = Object.entries(content).map(([type, { schema }]) =>
    type === 'application/json' ? typeOf(document, schema) + entriesOf(document, schema) : code(type),
  )
  const summary = `${statusBadge(status)} ${inline(description)}`
  const what = `<p>${types.join(' or ') || 'No body'}${headerNames(answer)}</p>`
  if (isSuccess(status))
    return fold('answer', true, summary, what + ownMembers(document, answer, `${operationId}.${status}.body`))
  const examples = examplesOf(document, answer).map(
    (example) => `<p class="title">${inline(example.summary)}</p>${shown({ status, ...example })}`,
  )
  return fold('answer', false, summary, what + examples.join('\n'))
}

/** What the entries of a page are: a reader of a list looks for them first. */
const entriesOf = (document: Document, schema: Schema): string => {
  const { data } = flat(document, schema).properties ?? {}
  const { items } = data === undefined ? {} : flat(document, data)
  return items === undefined ? '' : ` of ${typeOf(document, items)}`
}

/** Of a schema without a section: there is no other place for them. */
const ownMembers = (document: Document, { content = {} }: Response, anchor: string): string => {
  const schema = content['application/json']?.schema
  if (schema === undefined || (schema.$ref !== undefined && hasSection(document, schema))) return ''
  return membersOf(document, schema, { anchor, sent: false })
}

const headerNames = ({ headers = {} }: Response): string => {
  const names = Object.keys(headers).map((name) => linkTo(`header.${name}`, code(name)))
  return names.length === 0 ? '' : ` with ${names.join(', ')}`
}
