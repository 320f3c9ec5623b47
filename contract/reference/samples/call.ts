/** An operation as one call to paste: what each language writes in its own way. */
import {
  type BodyPart,
  bodyPartsOf,
  type Document,
  type Endpoint,
  jsonBodyOf,
  type Operation,
  type Parameter,
  resolve,
} from '../../document.ts'

/** The reader's own values, by the path parameter that they fill in: environment variables in every sample. */
const variables: Record<string, string> = { session: 'SESSION' }

type FormPart = { file: true } | { file: false; value: string }

export type CallBody =
  | { kind: 'json'; value: unknown }
  | { kind: 'bytes'; type: string }
  | { kind: 'form'; parts: Record<string, FormPart> }

export interface Call {
  /** Upper case. */
  method: string
  /** Behind the base URL, percent-encoded where it has to be; `{SESSION}` stands for a variable. */
  path: string
  /** Beside the token. */
  headers: [name: string, value: string][]
  body: CallBody | undefined
  /** What the first success brings. */
  answer: 'json' | 'bytes' | 'events' | 'nothing'
}

/** A call with the contract's examples: required parameters, and an idempotency key where one is taken. */
export function callOf(document: Document, { method, path, operation }: Endpoint): Call {
  const parameters = (operation.parameters ?? []).map((given) => resolve(document, given))
  const wanted = parameters.filter(({ name, required }) => required || name === 'Idempotency-Key')
  const at = (place: Parameter['in']) => wanted.filter((parameter) => parameter.in === place)
  const filled = at('path').reduce((url, { name, example }) => url.replace(`{${name}}`, filling(name, example)), path)
  const query = at('query').map(({ name, example }) => `${name}=${encodeURIComponent(String(example))}`)
  return {
    method,
    path: filled + (query.length > 0 ? `?${query.join('&')}` : ''),
    headers: at('header').map(({ name, example }) => [name, String(example)]),
    body: bodyOf(document, operation),
    answer: answerOf(document, operation),
  }
}

const filling = (name: string, example: unknown): string =>
  variables[name] === undefined ? encodeURI(String(example)) : `{${variables[name]}}`

const bodyOf = (document: Document, operation: Operation): CallBody | undefined => {
  const { requestBody } = operation
  if (requestBody === undefined) return undefined
  const [json] = Object.values(jsonBodyOf(operation)?.examples ?? {})
  if (json !== undefined) return { kind: 'json', value: json.value }
  const parts = Object.entries(bodyPartsOf(document, operation))
  if (parts.length === 0) {
    const types = Object.keys(requestBody.content)
    return { kind: 'bytes', type: types.find((type) => !type.includes('*')) ?? types[0] ?? '' }
  }
  const { properties = {} } = requestBody.content['multipart/form-data']?.schema ?? {}
  const fill = (name: string, kind: BodyPart['kind']): FormPart =>
    kind === 'file' ? { file: true } : { file: false, value: String(properties[name]?.examples?.[0] ?? '') }
  return { kind: 'form', parts: Object.fromEntries(parts.map(([name, { kind }]) => [name, fill(name, kind)])) }
}

const answerOf = (document: Document, { responses }: Operation): Call['answer'] => {
  const success = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1]
  const types = Object.keys((success && resolve(document, success).content) ?? {})
  if (types.length === 0) return 'nothing'
  if (types.includes('application/json')) return 'json'
  return types.includes('text/event-stream') ? 'events' : 'bytes'
}

/** The names of the variables that a call takes from the environment. */
export const variablesOf = ({ path }: Pick<Call, 'path'>): string[] => [
  'PARLEY',
  'TOKEN',
  ...[...path.matchAll(/\{([A-Z]+)\}/g)].map(([, name = '']) => name),
]
