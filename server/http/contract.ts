/**
 * Answers requests by the contract. openapi-backend registers operations, handlers and security; the steps of a request are ours, in
 * the order that the contract promises (`info.description`, "Order of checks").
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Document, OpenAPIBackend } from 'openapi-backend'
import type { OperationRow } from '../../generated/operations.ts'
import type { Pacing } from '../limits/pacing.ts'
import type { Principal } from '../model/principal.ts'
import type { Chunks, RangedFile, StreamEvents } from '../model/reply.ts'
import type { Asked, GeneratedContract, Handlers, Keep, KeepOf, OperationId, TypesOf } from '../operation.ts'
import { createLargeBodies, type LargeBodies } from './body/large-bodies.ts'
import { compileRouter } from './router.ts'
import { declared } from './steps/declared.ts'
import { createHandle, type Passed } from './steps/handle.ts'
import { type Idempotent, keyedCall } from './steps/idempotent.ts'
import { type FindLive, liveCalls } from './steps/live.ts'
import { isAllowed, mayCall } from './steps/may.ts'
import { type LoadObject, objectOf } from './steps/object.ts'
import { paced } from './steps/pace.ts'
import { readParts } from './steps/read.ts'
import { readablePath } from './steps/readable.ts'
import { roomFor } from './steps/room.ts'
import { type FindSession, ownSession } from './steps/session.ts'
import { type CheckState, stateAllows } from './steps/state.ts'
import { fieldFaults, validParts } from './steps/valid.ts'
import { callerOf, type Identify } from './steps/who.ts'

export interface ContractParts<C extends TypesOf<C>> {
  contract: GeneratedContract<C>
  handlers: Handlers<C>
  authenticate: Identify
  findSession: FindSession
  findLive: FindLive
  idempotent: Idempotent
  loadObject: LoadObject<C>
  checkState: CheckState<C>
  /**
   * The answer of a retry under the same idempotency key; undefined, or absent = the first answer again.
   * @param kept the body of the first answer, JSON text
   */
  replay?: <K extends OperationId<C>>(id: K, asked: Asked<K, C>, kept: string) => Promise<ContractReply> | undefined
  pacing: Pick<Pacing<C>, 'admit' | 'wrongToken'>
  /** Default: room as usual. */
  largeBodies?: LargeBodies
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
  /** The best of the given media types for this caller's `Accept`; false when it accepts none. */
  accepts: (...types: string[]) => string | false
  /** Aborted when the answer is no longer needed. */
  signal: AbortSignal
  /** Called as soon as the operation is known, for metrics. */
  onOperation: (operationId: string) => void
}

/** What a handler answered: a value or a stream. */
export interface ContractReply {
  status: number
  type?: string | undefined
  headers?: Readonly<Record<string, unknown>> | undefined
  body?: unknown
  stream?: Chunks
  /** Of `stream`, in bytes. */
  length?: number
  file?: RangedFile
  events?: StreamEvents
  heartbeatMs?: number
}

export interface Contract {
  /** @throws GatewayError for every answer that is not a success */
  answer(request: ContractRequest): Promise<ContractReply>
  /** Methods of a path, for OPTIONS; empty for an unknown one. */
  allowed(path: string): string[]
}

/** A call of an authorized caller. `params`: decoded path parameters. */
interface Admitted {
  principal: Principal
  may: Passed<'may'>
  params: Record<string, string>
  /** Whether the same token would still be admitted. */
  isAdmitted: () => Promise<boolean>
}

/** An operation, with its id typed as what it is. */
interface Plan<K> {
  id: K
  row: OperationRow
}

export const createContract = async <C extends TypesOf<C>>(parts: ContractParts<C>): Promise<Contract> => {
  const {
    contract,
    handlers,
    authenticate,
    findSession,
    idempotent,
    loadObject,
    checkState,
    replay,
    pacing,
    findLive,
    largeBodies = createLargeBodies(),
  } = parts
  const ids = Object.keys(contract.operations) as OperationId<C>[]
  await checkRegistry(contract.document, ids, handlers)
  const plans = ids.map((id): Plan<OperationId<C>> => ({ id, row: contract.operations[id] }))
  const routes = plans.map((plan) => ({ plan, method: plan.row.method, path: plan.row.path }))
  const handle = createHandle<C>(handlers)
  const router = compileRouter(contract.basePath, routes)

  const answer = async (request: ContractRequest): Promise<ContractReply> => {
    const route = router.match(request.method, request.path)
    const { plan } = route.row
    request.onOperation(plan.id)
    const principal = await callerOf(authenticate, plan.row, request, pacing)
    const may = mayCall(plan.row, principal)
    readablePath(route)
    const { params } = route
    let leave = () => {}
    try {
      const { headers, signal } = request
      leave = await roomFor(largeBodies, plan.row, { organizationId: principal.organizationId, headers, signal })
      // Kept for as long as a stream or a ticket lasts: the headers, and nothing else of the request.
      const isAdmitted = async () => isSame(principal, await authenticate({ headers, tickets: [] }), plan.row)
      return await carryOut(plan, request, { principal, may, params, isAdmitted })
    } catch (thrown) {
      throw declared(thrown, plan.row)
    } finally {
      leave()
    }
  }

  const carryOut = async <K extends OperationId<C>>(
    { id, row }: Plan<K>,
    { method, stream, headers, query, accepts, signal }: ContractRequest,
    { principal, may, params, isAdmitted }: Admitted,
  ): Promise<ContractReply> => {
    const validators = contract.validators[id]
    const sent = { stream, headers, query, path: params }
    const parts = validParts<K, C>(validators, row, await readParts(row, sent, fieldFaults(validators.body)))
    const session = await ownSession<K, C>(findSession, principal, params)
    const isHead = method === 'HEAD'
    const asked: Asked<K, C> = { ...parts, principal, session, accepts, signal, isAdmitted, isHead }
    const rest = async (kept?: Keep): Promise<ContractReply> => {
      // Safe: the row at run time and the type come from the same contract.
      const keep = kept as KeepOf<K, C>
      const object = await objectOf<K, C>(loadObject, id, asked)
      const state = await stateAllows<K, C>(checkState, id, asked, object)
      const pace = await paced<K, C>(pacing, id, asked)
      const live = liveCalls<K, C>(findLive, row, asked)
      return handle(id, { ...asked, object, keep, live }, { may, state, pace })
    }
    const call = keyedCall(row, asked)
    if (call === undefined) return rest()
    return idempotent.once(call, rest, (kept) => replay?.(id, asked, kept))
  }

  return { answer, allowed: router.allowed }
}

/** Is it still the caller who was admitted? */
const isSame = (before: Principal, now: Principal | undefined, row: OperationRow): boolean =>
  now !== undefined && now.organizationId === before.organizationId && isAllowed(row, now)

/**
 * Checks at the start that every operation has a handler and a security scheme. Calls do not go through openapi-backend, because it
 * would pass untyped arguments to handlers.
 * @throws Error for an operation without a handler, or without a known security scheme
 */
const checkRegistry = async (document: object, ids: string[], handlers: Readonly<Record<string, unknown>>) => {
  const definition = document as Document
  const api = new OpenAPIBackend({ definition, quick: true, validate: false, strict: true })
  await api.init()
  const schemes = definition.components?.securitySchemes ?? {}
  for (const id of ids) {
    if (handlers[id] === undefined) throw new Error(`no handler for ${id}`)
    api.registerHandler(id, () => handlers[id])
    const named = (api.getOperation(id)?.security ?? []).flatMap((requirement) => Object.keys(requirement))
    if (!named.some((scheme) => Object.hasOwn(schemes, scheme))) throw new Error(`nobody can be identified for ${id}`)
  }
}
