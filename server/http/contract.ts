/**
 * The contract at work: openapi-backend holds the operations, their handlers and their security; the steps of a request
 * are ours, in the order that the contract promises (`info.description`, "Order of checks").
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Context, type Document, type Handler, OpenAPIBackend } from 'openapi-backend'
import document from '../../generated/openapi.json' with { type: 'json' }
import { basePath, type OperationId, type OperationRow, operations } from '../../generated/operations.ts'
import { type Validate, type Violation, validators } from '../../generated/validators.js'
import type { Principal } from '../auth/principal.ts'
import { forbidden, invalid, notFound, unauthorized, unreadable } from '../errors.ts'
import type { Pacing } from '../limits/pacing.ts'
import type { Handlers, Input } from '../operation.ts'
import type { SessionRow } from '../store/store.ts'
import { readJsonBody } from './body.ts'
import { readQuery } from './query.ts'
import { brokenPath, compileRouter } from './router.ts'

export interface ContractParts {
  handlers: Handlers
  /** Undefined: nobody we know. */
  authenticate: (headers: IncomingHttpHeaders) => Promise<Principal | undefined>
  /** The session, when the principal may see it. */
  findSession: (principal: Principal, sessionId: string) => SessionRow | undefined
  /** Whether the state of things allows it. @throws GatewayError `conflict` */
  checkState: <K extends OperationId>(operationId: K, input: Input<K>) => void
  pacing: Pick<Pacing, 'admit' | 'wrongToken'>
}

/** A request as the contract sees it. */
export interface ContractRequest {
  method: string
  /** Raw, prefix included, no query. */
  path: string
  /** Raw, without the question mark. */
  query: string
  headers: IncomingHttpHeaders
  /** Where it comes from. */
  address: () => string
  stream: IncomingMessage
  /** The best of the given media types for this caller; false when none will do. */
  accepts: (...types: string[]) => string | false
  /** Told as soon as it is known: for metrics. */
  onOperation: (operationId: string) => void
}

/** What a handler answered. */
export interface ContractReply {
  status: number
  body?: unknown
  type?: string
}

export interface Contract {
  /** @throws GatewayError for every answer that is not a success */
  answer(request: ContractRequest): Promise<ContractReply>
  /** Methods of a path, for OPTIONS; empty for an unknown one. */
  allowed(path: string): string[]
}

/** The id typed as what it is: the table's key. */
type Row = OperationRow & { operationId: OperationId }

const rows: readonly Row[] = Object.values(operations)

// TypeScript widens the words of an imported JSON file to `string`; Redocly is the document's judge.
const definition = document as unknown as Document

/** openapi-backend's own request context, which our handlers do without: building it costs more than the rest. */
const noContext = {} as Context

/** What an operation needs at each request, looked up once. */
interface Plan {
  row: Row
  handler: Handler
  /** One for each way of identifying a caller; schemes that share one are asked once. */
  security: Set<Handler>
}

export const createContract = async (parts: ContractParts): Promise<Contract> => {
  const { handlers, authenticate, findSession, checkState, pacing } = parts
  const api = new OpenAPIBackend({ definition, quick: true, validate: false, strict: true })
  await api.init()
  for (const { operationId } of rows)
    api.registerHandler(operationId, (_context, input) => handlers[operationId](input))
  const identify: Handler = (_context, headers: IncomingHttpHeaders) => authenticate(headers)
  for (const scheme of Object.keys(document.components.securitySchemes)) api.registerSecurityHandler(scheme, identify)
  const plans = rows.map((row) => planOf(api, row))
  const router = compileRouter(basePath, plans)

  const principalOf = async (security: Iterable<Handler>, { headers, address }: ContractRequest) => {
    for (const identify of security) {
      const principal: Principal | undefined = await identify(noContext, headers)
      if (principal !== undefined) return principal
    }
    // Whoever shows nothing has guessed nothing.
    if (hasToken(headers)) await pacing.wrongToken(address())
    throw unauthorized()
  }

  const answer = async (request: ContractRequest): Promise<ContractReply> => {
    const route = router.match(request.method, request.path)
    if (route === 'broken') {
      await principalOf([identify], request)
      throw brokenPath()
    }
    const { row, handler, security } = route.row
    request.onOperation(row.operationId)
    const principal = await principalOf(security, request)
    if (!principal.capabilities.has(row.capability)) throw forbidden(row.capability)
    const body = row.hasBody ? await readBody(request.stream, row) : undefined
    const query = readQuery(request.query, row.parameters.query)
    validate(row.operationId, { path: route.params, query, body })
    const session = sessionOf(findSession, principal, route.params.session)
    const input = { path: route.params, query, body, principal, session, accepts: request.accepts }
    // Of the shape that the operation's own handler gets: the validators have seen to that.
    checkState(row.operationId, input as Input<OperationId>)
    await pacing.admit(row.operationId, input as Input<OperationId>)
    return handler(noContext, input)
  }

  return { answer, allowed: router.allowed }
}

const planOf = (api: OpenAPIBackend, row: Row): Plan & { method: string; path: string } => {
  const handler = api.handlers[row.operationId]
  if (handler === undefined) throw new Error(`no handler for ${row.operationId}`)
  const schemes = (api.getOperation(row.operationId)?.security ?? []).flatMap((requirement) => Object.keys(requirement))
  const security = schemes.map((scheme) => api.securityHandlers[scheme]).filter((found) => found !== undefined)
  if (security.length === 0) throw new Error(`nobody can be identified for ${row.operationId}`)
  return { row, handler, security: new Set(security), method: row.method, path: row.path }
}

const hasToken = (headers: IncomingHttpHeaders) =>
  headers.authorization !== undefined || headers['x-api-key'] !== undefined

const sessionOf = (find: ContractParts['findSession'], principal: Principal, id: string | undefined) => {
  if (id === undefined) return undefined
  const session = find(principal, id)
  if (session === undefined) throw notFound('session')
  return session
}

const readBody = async (stream: IncomingMessage, row: Row): Promise<unknown> => {
  const body = await readJsonBody(stream)
  if (body !== undefined) return body
  if (row.bodyRequired) throw unreadable('a JSON body is required', [{ path: '/body', message: 'is required' }])
  return {}
}

type Parts = Record<'path' | 'query' | 'body', unknown>

const validate = (operationId: OperationId, parts: Parts) => {
  const validator: Partial<Record<keyof Parts, Validate<unknown>>> = validators[operationId]
  check('path', validator.path, parts.path)
  check('query', validator.query, parts.query)
  check('body', validator.body, parts.body)
}

const check = (part: keyof Parts, validator: Validate<unknown> | undefined, value: unknown) => {
  if (validator === undefined || validator(value)) return
  throw invalid(
    (validator.errors ?? []).map(({ instancePath, params, message }) => ({
      path: `/${part}${instancePath}${memberOf(params)}`,
      message,
    })),
  )
}

/** Ajv points at the object that lacks a member or has one too many; callers look for the member. */
const memberOf = ({ missingProperty, additionalProperty, unevaluatedProperty }: Violation['params']) => {
  const name = missingProperty ?? additionalProperty ?? unevaluatedProperty
  return typeof name === 'string' ? `/${name.slice(0, 64)}` : ''
}
