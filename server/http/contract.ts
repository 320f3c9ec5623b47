/**
 * The contract at work: openapi-backend holds the operations, their handlers and their security; the steps of a request
 * are ours, in the order that the contract promises (`info.description`, "Order of checks").
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { OpenAPIBackend } from 'openapi-backend'
import document from '../../generated/openapi.json' with { type: 'json' }
import { type OperationRow, operations } from '../../generated/operations.ts'
import { validators } from '../../generated/validators.js'
import type { Capability, Principal } from '../auth/principal.ts'
import { forbidden, invalid, notFound, unauthorized, unreadable } from '../errors.ts'
import type { Handlers } from '../operation.ts'
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
}

/** A request as the contract sees it. */
export interface ContractRequest {
  method: string
  /** Raw, prefix included, no query. */
  path: string
  /** Raw, without the question mark. */
  query: string
  headers: IncomingHttpHeaders
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

export const prefix = '/api/v1'

export const createContract = async (parts: ContractParts): Promise<Contract> => {
  const api = new OpenAPIBackend({
    // The cast narrows JSON text types that TypeScript widens on import; Redocly has judged the document.
    definition: document as unknown as ConstructorParameters<typeof OpenAPIBackend>[0]['definition'],
    quick: true,
    validate: false,
    strict: true,
  })
  await api.init()
  api.register({ ...parts.handlers })
  const authenticate = (request: ContractRequest) => parts.authenticate(request.headers)
  api.registerSecurityHandler('bearerAuth', authenticate)
  api.registerSecurityHandler('apiKeyAuth', authenticate)
  const router = compileRouter(prefix, operations)

  const identify = async (request: ContractRequest): Promise<Principal> => {
    const principal = await authenticate(request)
    if (principal === undefined) throw unauthorized()
    return principal
  }

  const answer = async (request: ContractRequest): Promise<ContractReply> => {
    const route = router.match(request.method, request.path)
    if (route !== 'broken') request.onOperation(route.row.operationId)
    const principal = await identify(request)
    if (route === 'broken') throw brokenPath()
    const { row, params } = route
    admit(principal, row.capability)
    const body = row.body === undefined ? undefined : await readBody(request.stream, row)
    const query = readQuery(request.query, row.query)
    validate(row, params, query, body)
    const session = params.session === undefined ? undefined : parts.findSession(principal, params.session)
    if (params.session !== undefined && session === undefined) throw notFound('session')
    const handler = api.handlers[row.operationId]
    if (handler === undefined) throw new Error(`no handler for ${row.operationId}`)
    const input = { path: params, query, body, principal, session, accepts: request.accepts }
    return (handler as unknown as (input: unknown) => Promise<ContractReply>)(input)
  }

  return { answer, allowed: router.allowed }
}

const admit = (principal: Principal, capability: Capability) => {
  if (!principal.capabilities.has(capability)) throw forbidden(capability)
}

const readBody = async (stream: IncomingMessage, row: OperationRow): Promise<unknown> => {
  const body = await readJsonBody(stream)
  if (body !== undefined) return body
  if (row.body?.required) throw unreadable('a JSON body is required', [{ path: '/body', message: 'is required' }])
  return {}
}

const validate = (row: OperationRow, path: unknown, query: unknown, body: unknown) => {
  const check = validators[row.operationId]
  for (const [part, value] of [
    ['path', path],
    ['query', query],
    ['body', body],
  ] as const) {
    const validator = check[part]
    if (validator === undefined || validator(value)) continue
    throw invalid(
      (validator.errors ?? []).map((error) => ({
        path: `/${part}${error.instancePath}${missing(error.params)}`,
        message: error.message ?? 'is not valid',
      })),
    )
  }
}

/** Ajv points at the object that lacks or has too much; callers look for the member. */
const missing = (params: Record<string, unknown>) => {
  const name = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty
  return typeof name === 'string' ? `/${name.slice(0, 64)}` : ''
}
