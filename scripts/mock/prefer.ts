/** `Prefer: code=501, example=notConnected`: which of the documented answers the caller wants to see. */
import { type Document, type MediaType, type Operation, resolve } from '../../contract/document.ts'
import { invalid } from '../../server/model/errors.ts'

export interface Preferred {
  /** A documented status. */
  code?: number
  /** The name of an example of that status; of the success where none is named. */
  exampleKey?: string
  /** Values made up from the schema instead of an example. */
  dynamic?: boolean
}

/** @throws GatewayError 422 that lists what the operation does have */
export const readPrefer = (header: string | undefined, document: Document, operation: Operation): Preferred => {
  const wishes = new Map(
    [...(header ?? '').matchAll(/(\w+)\s*=\s*"?([^\s",;]+)/g)].map(([, key = '', to = '']) => [key, to]),
  )
  const code = wishes.get('code')
  const statuses = Object.keys(operation.responses)
  if (code !== undefined && !statuses.includes(code)) throw refused('code', statuses)
  const exampleKey = wishes.get('example')
  if (exampleKey !== undefined) {
    const names = exampleNames(document, operation, code ?? successOf(operation))
    if (!names.includes(exampleKey)) throw refused('example', names)
  }
  return {
    ...(code !== undefined && { code: Number(code) }),
    ...(exampleKey !== undefined && { exampleKey }),
    ...(wishes.get('dynamic') === 'true' && { dynamic: true }),
  }
}

/** The status of an answer to a call that nothing is wrong with. */
export const successOf = ({ responses }: Operation): string =>
  Object.keys(responses).find((status) => status < '300') ?? ''

/** What a status may carry, by media type. */
export const contentOf = (document: Document, { responses }: Operation, status: string): Record<string, MediaType> => {
  const response = responses[status]
  return (response && resolve(document, response).content) ?? {}
}

const exampleNames = (document: Document, operation: Operation, status: string): string[] =>
  Object.values(contentOf(document, operation, status)).flatMap(({ examples = {} }) => Object.keys(examples))

const refused = (what: string, allowed: readonly string[]) => {
  const message = allowed.length === 0 ? `${what}: there is none` : `${what} must be one of ${allowed.join(', ')}`
  return invalid([{ path: '/header/Prefer', message, code: 'enum' }])
}
