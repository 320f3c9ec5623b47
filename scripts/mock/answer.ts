/** From a request to its answer: the gateway's own order of checks, and Prism's choice among the documented answers. */
import type { IncomingMessage } from 'node:http'
import { type Document, type Endpoint, endpointsOf, type Operation, resolve } from '../../contract/document.ts'
import { qrImage } from '../../server/handlers/qr-image.ts'
import { compileRouter } from '../../server/http/router.ts'
import { readablePath } from '../../server/http/steps/readable.ts'
import { brokenText } from '../../server/http/steps/texts.ts'
import { GatewayError, invalid, unauthorized } from '../../server/model/errors.ts'
import type { Engine, Outcome } from './engine.ts'
import { fileAnswer, hasFile } from './files.ts'
import { createKeys, keyedCallOf } from './keys.ts'
import type { MockAnswer } from './mock-answer.ts'
import { pageAt, pagesIn } from './pages.ts'
import { contentOf, readPrefer, successOf } from './prefer.ts'
import { readSent, type Sent } from './read.ts'
import { fieldErrors } from './violations.ts'

/** @returns what answers a request, and throws GatewayError for what the contract refuses */
export const createAnswers = (document: Document, engine: Engine) => {
  const prefix = document.servers[0]?.url ?? ''
  const router = compileRouter<Endpoint>(prefix, endpointsOf(document))
  const underKey = createKeys()

  const answer = async (request: IncomingMessage, { path, query }: Address, { row }: { row: Endpoint }) => {
    const { operation, method, path: template } = row
    const sent = await readSent(request, query, { document, operation }).catch(refusal)
    const { query: asked, body } = sent instanceof GatewayError ? nothing : sent
    const preferred = readPrefer(request.headers.prefer?.toString(), document, operation)
    const content = contentOf(document, operation, String(preferred.code ?? successOf(operation)))
    const headers = headersOf(request, { content, hasBody: body !== undefined })
    const outcome = await engine.answer({
      method,
      template,
      path: path.slice(prefix.length),
      query: asked,
      headers,
      body,
      preferred,
    })
    // The token comes first, whatever else is wrong.
    if (outcome.violations.some(({ code }) => code === 401)) return serialized(outcome)
    if (sent instanceof GatewayError) throw sent
    if (outcome.violations.length > 0) throw invalid(fieldErrors(outcome.violations, document, operation))
    const fault = brokenText(body, '/body')
    if (fault !== undefined) throw invalid([fault])
    const isChosen = Object.keys(preferred).length > 0
    if (!isChosen && hasFile(operation)) return fileAnswer(serialized(outcome), request)
    const call = keyedCallOf(request, path.slice(prefix.length), sent, { document, row })
    return underKey(call, () =>
      pictured(isChosen ? outcome : paged(outcome, sent, document, operation), document, operation),
    )
  }

  return async (request: IncomingMessage): Promise<MockAnswer> => {
    const { method = '', url = '' } = request
    const [path = '', query = ''] = url.split(/\?(.*)/s)
    const allow = method === 'OPTIONS' ? router.allowed(path).join(', ') : ''
    if (allow !== '') return { status: 204, headers: { allow }, body: undefined }
    const route = router.match(method, path)
    // The engine asks for the token, but of a path that cannot be read it is not asked.
    if (!route.readable) identify(request)
    readablePath(route)
    return answer(request, { path, query }, route)
  }
}

/** Of a request, as it came. */
interface Address {
  path: string
  query: string
}

const nothing: Sent = { query: {}, body: undefined }

const refusal = (error: unknown): GatewayError => {
  if (error instanceof GatewayError) return error
  throw error
}

/** Anybody who has a token. @throws GatewayError 401 */
const identify = ({ headers }: IncomingMessage) => {
  if (!headers.authorization && !headers['x-api-key']) throw unauthorized()
}

/**
 * What Prism may know of the headers. `Accept` says no more than which picture is wanted, if any: JSON is what all others get.
 * A body that the operation does not take is none.
 */
const headersOf = (
  { headers }: IncomingMessage,
  { content, hasBody }: { content: object; hasBody: boolean },
): Record<string, string> => {
  const { accept = '', ...others } = headers
  const picture = Object.keys(content).find((type) => type !== 'application/json' && accept.includes(type))
  const texts = Object.entries(others)
    .filter(([name]) => hasBody || !/^(content-|transfer-encoding$)/.test(name))
    .map(([name, value = '']) => [name, [value].flat().join(', ')])
  return { ...Object.fromEntries(texts), ...(picture !== undefined && { accept: picture }) }
}

/** A list answers with the page that the cursor asks for. */
const paged = (outcome: Outcome, { query }: Sent, document: Document, operation: Operation): Outcome => {
  const takesCursor = (operation.parameters ?? []).some((one) => resolve(document, one).name === 'cursor')
  const pages = takesCursor ? pagesIn(examplesOf(document, operation)) : []
  if (pages.length === 0) return outcome
  const page = pageAt(pages, query.cursor, Number(query.limit ?? 0))
  if (page !== undefined) return { ...outcome, body: page }
  throw invalid([{ path: '/query/cursor', message: 'cursor is not one that this list has returned', code: 'cursor' }])
}

const examplesOf = (document: Document, operation: Operation): unknown[] => {
  const { examples = {} } = contentOf(document, operation, successOf(operation))['application/json'] ?? {}
  return Object.values(examples).map(({ value }) => value)
}

/** JSON cannot hold the bytes of a PNG, so the contract shows none: this one has the code that is its example in JSON. */
const pictured = async (outcome: Outcome, document: Document, operation: Operation): Promise<MockAnswer> => {
  const answer = serialized(outcome)
  if (typeOf(outcome.headers) !== 'image/png') return answer
  const [example] = examplesOf(document, operation)
  const code = typeof example === 'object' && example !== null && 'code' in example ? String(example.code) : 'Parley'
  return { ...answer, body: await qrImage(code, 'image/png') }
}

const serialized = ({ status, headers, body }: Outcome): MockAnswer => {
  const isJson = typeOf(headers) === 'application/json'
  return { status, headers, body: isJson ? JSON.stringify(body) : body === undefined ? undefined : String(body) }
}

const typeOf = (headers: Record<string, string>) => headers['content-type']
