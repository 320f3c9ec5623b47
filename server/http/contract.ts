/**
 * The contract at work: openapi-backend holds the operations, their handlers and their security; the steps of a request
 * are ours, in the order that the contract promises (`info.description`, "Order of checks").
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Document, OpenAPIBackend } from 'openapi-backend'
import type { OperationRow } from '../../generated/operations.ts'
import type { Pacing } from '../limits/pacing.ts'
import type { Principal } from '../model/principal.ts'
import type { Chunks, RangedFile, StreamEvents } from '../model/reply.ts'
import type { Asked, GeneratedContract, Handlers, Keep, KeepOf, ObjectOf, OperationId, TypesOf } from '../operation.ts'
import { brokenPath, compileRouter } from './router.ts'
import { declared } from './steps/declared.ts'
import { type Idempotent, keyedCall } from './steps/idempotent.ts'
import { type FindLive, liveCalls } from './steps/live.ts'
import { mayCall } from './steps/may.ts'
import { readParts } from './steps/read.ts'
import { type FindSession, ownSession } from './steps/session.ts'
import { fieldFaults, validParts } from './steps/valid.ts'
import { callerOf, type Identify } from './steps/who.ts'

export interface ContractParts<C extends TypesOf<C>> {
  contract: GeneratedContract<C>
  handlers: Handlers<C>
  authenticate: Identify
  findSession: FindSession
  findLive: FindLive
  idempotent: Idempotent
  /**
   * What the path names below its session; undefined where it names nothing, or the handler finds it.
   * @throws GatewayError `not_found`
   */
  loadObject: <K extends OperationId<C>>(operationId: K, asked: Asked<K, C>) => Promise<ObjectOf<K>> | undefined
  /** Whether the state of things allows it. @throws GatewayError `conflict` */
  checkState: <K extends OperationId<C>>(operationId: K, asked: Asked<K, C>) => void
  pacing: Pick<Pacing<C>, 'admit' | 'wrongToken'>
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
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal
  /** Told as soon as it is known: for metrics. */
  onOperation: (operationId: string) => void
}

/** What a handler answered: a value, or what is sent as it is made. */
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

/** An operation, with its id typed as what it is. */
interface Plan<K> {
  id: K
  row: OperationRow
}

export const createContract = async <C extends TypesOf<C>>(parts: ContractParts<C>): Promise<Contract> => {
  const { contract, handlers, authenticate, findSession, idempotent, loadObject, checkState, pacing, findLive } = parts
  const ids = Object.keys(contract.operations) as OperationId<C>[]
  await checkRegistry(contract.document, ids, handlers)
  const plans = ids.map((id): Plan<OperationId<C>> => ({ id, row: contract.operations[id] }))
  const routes = plans.map((plan) => ({ plan, method: plan.row.method, path: plan.row.path }))
  const router = compileRouter(contract.basePath, routes)

  const answer = async (request: ContractRequest): Promise<ContractReply> => {
    const route = router.match(request.method, request.path)
    if (route === 'broken') {
      await callerOf(authenticate, request, pacing)
      throw brokenPath()
    }
    const { plan } = route.row
    request.onOperation(plan.id)
    const principal = await callerOf(authenticate, request, pacing)
    mayCall(plan.row, principal)
    try {
      return await carryOut(plan, request, { principal, params: route.params })
    } catch (thrown) {
      throw declared(thrown, plan.row)
    }
  }

  const carryOut = async <K extends OperationId<C>>(
    { id, row }: Plan<K>,
    { stream, headers, query, accepts, signal }: ContractRequest,
    { principal, params }: { principal: Principal; params: Record<string, string> },
  ): Promise<ContractReply> => {
    const validators = contract.validators[id]
    const sent = { stream, headers, query, path: params }
    const parts = validParts<K, C>(validators, row, await readParts(row, sent, fieldFaults(validators.body)))
    const session = ownSession<K, C>(findSession, principal, params)
    const asked: Asked<K, C> = { ...parts, principal, session, accepts, signal }
    const rest = async (kept?: Keep): Promise<ContractReply> => {
      // Row and table say of the operation what its types say.
      const keep = kept as KeepOf<K, C>
      const object = (await loadObject(id, asked)) as ObjectOf<K>
      checkState(id, asked)
      await pacing.admit(id, asked)
      return handlers[id]({ ...asked, object, keep, live: liveCalls<K, C>(findLive, row, asked) })
    }
    const call = keyedCall(row, asked)
    return call === undefined ? rest() : idempotent.once(call, rest)
  }

  return { answer, allowed: router.allowed }
}

/**
 * Holds the document against what is there. Calls go past it: it would hand a handler anything.
 * @throws Error for an operation without a handler, or for which nobody can be identified
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
