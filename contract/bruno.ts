import {
  bodyPartsOf,
  capabilitiesOf,
  type Document,
  type Endpoint,
  endpointsOf,
  type Parameter,
  resolve,
} from './document.ts'

/**
 * The contract as a collection for the API client Bruno: a request for each operation, with its first example as the body. Base URL,
 * token and path parameters are variables, so that a user enters them once.
 * @returns each file of the folder that Bruno opens: name → text
 */
export function bruno(document: Document): Record<string, string> {
  const { title } = document.info
  const folders = document.tags.map(({ name }, index) => [
    `${name}/folder.bru`,
    block('meta', { name, seq: index + 1 }),
  ])
  const requests = endpointsOf(document).map((endpoint, index) => {
    const { operationId, tags } = endpoint.operation
    return [`${tags[0]}/${operationId}.bru`, request(document, endpoint, index + 1)]
  })
  return {
    'bruno.json': `${JSON.stringify({ version: '1', name: title, type: 'collection' }, null, 2)}\n`,
    'collection.bru': blocks(block('auth', { mode: 'bearer' }), block('auth:bearer', { token: '{{token}}' })),
    'environments/local.bru': blocks(block('vars', variables(document)), 'vars:secret [\n  token\n]\n'),
    ...Object.fromEntries([...folders, ...requests]),
  }
}

const request = (document: Document, endpoint: Endpoint, seq: number): string => {
  const { operation, method, path } = endpoint
  const { summary, description } = operation
  const parameters = parametersOf(document, endpoint)
  const { mode, content } = body(document, endpoint)
  const capabilities = capabilitiesOf(operation).map((name) => `\`${name}\``)
  return blocks(
    block('meta', { name: summary, type: 'http', seq }),
    block(method.toLowerCase(), {
      url: `{{baseUrl}}${path.replaceAll(/\{(\w+)\}/g, '{{$1}}')}`,
      body: mode,
      auth: 'inherit',
    }),
    block('params:query', optional(parameters, 'query')),
    block('headers', optional(parameters, 'header')),
    content,
    text('docs', `${description}\n\nThe token needs ${capabilities.join(' or ')}.`),
  )
}

const parametersOf = (document: Document, { operation }: Endpoint): Parameter[] =>
  (operation.parameters ?? []).map((parameter) => resolve(document, parameter))

/** Parameters that have an example, disabled until a user enables them. An idempotency key must be new for each call. */
const optional = (parameters: Parameter[], place: Parameter['in']): Record<string, string> =>
  Object.fromEntries(
    parameters
      .filter((parameter) => parameter.in === place && parameter.example !== undefined)
      .map(({ name, example }) => [`~${name}`, name === 'Idempotency-Key' ? '{{$guid}}' : String(example)]),
  )

const body = (document: Document, { operation }: Endpoint): { mode: string; content: string } => {
  const [[type, media] = []] = Object.entries(operation.requestBody?.content ?? {})
  if (type === undefined) return { mode: 'none', content: '' }
  if (type === 'application/json') {
    const [example] = Object.values(media?.examples ?? {})
    return { mode: 'json', content: text('body:json', JSON.stringify(example?.value ?? {}, null, 2)) }
  }
  if (type !== 'multipart/form-data') return { mode: 'file', content: 'body:file {\n}\n' }
  const parts = Object.entries(bodyPartsOf(document, operation)).map(([name, { kind }]) => [
    name,
    kind === 'file' ? '@file()' : '',
  ])
  return { mode: 'multipartForm', content: block('body:multipart-form', Object.fromEntries(parts)) }
}

/** The default address of `npm start` and of the sandbox, and an example of each path parameter. */
const variables = (document: Document): Record<string, string> => ({
  baseUrl: `http://127.0.0.1:3000${document.servers[0]?.url}`,
  ...Object.fromEntries(
    endpointsOf(document)
      .flatMap((endpoint) => parametersOf(document, endpoint))
      .filter((parameter) => parameter.in === 'path')
      .map(({ name, example }) => [name, String(example)]),
  ),
})

const blocks = (...parts: string[]): string => parts.filter((part) => part !== '').join('\n')

/** Empty without members. */
const block = (name: string, members: Readonly<Record<string, string | number>>): string => {
  const lines = Object.entries(members).map(([key, value]) => `  ${key}: ${value}`.trimEnd())
  return lines.length === 0 ? '' : `${name} {\n${lines.join('\n')}\n}\n`
}

const text = (name: string, content: string): string => `${name} {\n${content.replaceAll(/^(?=.)/gm, '  ')}\n}\n`
