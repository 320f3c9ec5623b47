/**
 * The types of a handler's input and reply, derived from the contract: an undocumented status, a missing operation and a misspelt
 * member are compile errors. `K` is an operation, `C` the types of a contract (default: the gateway's).
 */
import type { ContractTypes as Gateway } from '../generated/contract.ts'
import type { OperationRow } from '../generated/operations.ts'
import type { components } from '../generated/types.ts'
import type { Validate } from '../generated/validators.d.ts'
import type { Field, FilePart, Parts, Upload } from './model/body.ts'
import type { MessageKey } from './model/message.ts'
import type { JsonBytes, JsonText } from './model/page.ts'
import type { Principal } from './model/principal.ts'
import type { Chunks, RangedFile, StreamEvents } from './model/reply.ts'
import type { SessionRow } from './model/session.ts'
import type { WebhookRow } from './model/webhook.ts'
import type { LiveMethod, LiveMethods } from './ports/live-calls.ts'
import type { KeptAnswer, KeptObject } from './ports/store/idempotency.ts'

export type { Gateway }

/** The contract's objects by name: `Schemas['Chat']`. */
export type Schemas = components['schemas']

/** What the compiler knows of an operation; `responses` by status. */
export interface OperationTypes {
  row: OperationRow
  path: Readonly<Record<string, unknown>>
  query: Readonly<Record<string, unknown>>
  header: Readonly<Record<string, unknown>>
  body: unknown
  responses: object
}

/** What the compiler knows of a contract: `C extends TypesOf<C>`. */
export type TypesOf<C> = { readonly [K in keyof C]: OperationTypes }

/** What is generated from a contract and serves it. */
export interface GeneratedContract<C extends TypesOf<C>> {
  /** The prefix of every path, such as `/api/v1`. */
  basePath: string
  /** The OpenAPI document. */
  document: object
  operations: { readonly [K in keyof C]: OperationRow }
  validators: {
    readonly [K in keyof C]: { readonly [P in 'path' | 'query' | 'header' | 'body']: Validate<C[K][P]> }
  }
}

export type OperationId<C = Gateway> = keyof C & string

/** A valid request of an authorized caller. `session`: the session of the path, which belongs to the caller's organization. */
export interface Asked<K extends OperationId<C>, C extends TypesOf<C> = Gateway> {
  path: C[K]['path']
  query: C[K]['query']
  header: C[K]['header']
  body: BodyOf<K, C>
  principal: Principal
  session: SessionOf<K, C>
  /** The best of the given media types for this caller's `Accept`; false when it accepts none. */
  accepts: (...types: string[]) => string | false
  /** Aborted when the answer is no longer needed: the caller has disconnected, or the server ends a stream of events. */
  signal: AbortSignal
  /** Whether the caller's token still allows this operation: for answers that last. */
  isAdmitted: () => Promise<boolean>
  /** The caller wants the head of the answer alone (`HEAD`): nothing is to be used up or opened for it. */
  isHead: boolean
}

/**
 * The body that a handler gets: JSON as a value (`{}` if optional and absent), bytes and parts as streams; `undefined` when the
 * operation takes no body, or an optional one is absent.
 */
export type BodyOf<K extends OperationId<C>, C extends TypesOf<C> = Gateway> = C[K]['row'] extends { hasBody: true }
  ? C[K]['body']
  : C[K]['row'] extends { bodyTypes: readonly [] }
    ? undefined
    : Streamed<C[K]['row']> | (C[K]['row'] extends { bodyRequired: true } ? never : undefined)

type Streamed<R extends OperationRow> = R extends { bodyTypes: readonly ['multipart/form-data'] }
  ? Parts<PartsOf<R['bodyParts']>>
  : Upload

type PartsOf<P> = {
  [N in keyof P & string]: P[N] extends { kind: 'file' } ? FilePart<N> : Field<N>
}[keyof P & string]

/** What every handler gets. */
export interface Input<K extends OperationId<C>, C extends TypesOf<C> = Gateway> extends Asked<K, C> {
  object: ObjectOf<K>
  keep: KeepOf<K, C>
  live: LiveOf<K, C>
}

/** A stored message that is sent on, or whose secret encrypts what is said of it. */
export interface MessageSource extends TargetMessage {
  /** Whether its protobuf is stored. */
  hasContent: boolean
}

/** The types of objects that are loaded before the handler, by operation: see `handlers/objects.ts`. */
export interface ObjectTypes {
  getChat: JsonText<Schemas['Chat']>
  forwardMessage: MessageSource
  editMessage: TargetMessage
  revokeMessage: TargetMessage
  addReaction: TargetMessage
  removeReaction: TargetMessage
  voteMessage: MessageSource
  getWebhook: WebhookRow
  updateWebhook: WebhookRow
  deleteWebhook: WebhookRow
  testWebhook: WebhookRow
  rotateWebhookSecret: WebhookRow
  replayWebhook: WebhookRow
  listDeliveries: WebhookRow
  redeliver: WebhookRow
}

/** A stored message that a call changes. */
export interface TargetMessage {
  /** Where it is in WhatsApp. */
  key: MessageKey
  message: Schemas['Message']
}

/** The object that the path names; `undefined` for an operation without one, or whose handler loads it itself. */
export type ObjectOf<K> = K extends keyof ObjectTypes ? ObjectTypes[K] : undefined

/** Makes the row that a handler commits together with its effect, so that a retry under the same key gets the same answer. */
export interface Keep<A extends { status: number } = { status: number; body?: unknown }> {
  /** @param answer the handler's reply without secrets */
  (answer: A): KeptAnswer
  /** For an answer whose body is the object that the effect creates: the store makes it in the commit. */
  object(status: A['status']): KeptObject
}

/** `keep` of an operation that takes an `Idempotency-Key`; `undefined` for other operations, and when the caller sent no key. */
export type KeepOf<K extends OperationId<C>, C extends TypesOf<C> = Gateway> = C[K]['row'] extends {
  idempotencyKey: true
}
  ? Keep<Reply<K, C>> | undefined
  : undefined

/** Asks the session's owner to do something at WhatsApp. @throws LiveError */
export type LiveCall = <M extends LiveMethod>(
  method: M,
  args: LiveMethods[M]['args'],
) => Promise<LiveMethods[M]['result']>

/**
 * Live calls of the session, whose client is connected. `undefined` for an operation that is not live, and for a call that needs no
 * client (`x-live-unless`).
 */
export type LiveOf<K extends OperationId<C>, C extends TypesOf<C> = Gateway> = C[K]['row'] extends { live: true }
  ? LiveCall | (C[K]['row'] extends { liveUnless: null } ? never : undefined)
  : undefined

/** The session of an operation that has one in its path; `undefined` for other operations. */
export type SessionOf<K extends OperationId<C>, C extends TypesOf<C> = Gateway> = C[K]['path'] extends {
  session: string
}
  ? SessionRow
  : undefined

type Success = 200 | 201 | 202 | 204

/** Headers that the server sets itself, so that handlers cannot. */
type OwnHeader = 'X-Request-Id' | 'Idempotency-Replayed' | 'ETag' | 'Accept-Ranges' | 'Content-Range'

/** The declared headers, without the index signature that the generator adds. */
type Declared<H> = { [N in keyof H as string extends N ? never : N extends OwnHeader ? never : N]: H[N] }

/** `headers` of an answer: exactly those that the contract declares for its status. */
type WithHeaders<H> =
  Record<never, never> extends Declared<H>
    ? { headers?: keyof Declared<H> extends never ? undefined : Declared<H> }
    : { headers: Declared<H> }

/** `image/*` stands for any picture. */
type Concrete<M> = M extends `${infer Kind}/*` ? `${Kind extends '*' ? string : Kind}/${string}` : M

/** A JSON answer: a value, or JSON text from the store. */
type Json<T> = { type?: undefined; body: T | JsonText<unknown> | JsonBytes<unknown> }

type EventStream = {
  type: 'text/event-stream'
  events: StreamEvents
  /** The longest time without a byte, ms; at most 45,000. Default: 15,000. */
  heartbeatMs?: number
}

/** Bytes at once, or a stream with `length` if known. A file if the operation documents ranges. */
type BytesOf<M, Ranged> = [M] extends [never]
  ? never
  :
      | { type: Concrete<M>; body: Buffer | string }
      | { type: Concrete<M>; stream: Chunks; length?: number }
      | (Ranged extends true ? { type: Concrete<M>; file: RangedFile } : never)

/** One of the media types of an answer. */
type Content<T, Ranged> =
  | (T extends { 'application/json': infer V } ? Json<V> : never)
  | (T extends { 'text/event-stream': unknown } ? EventStream : never)
  | BytesOf<Exclude<keyof T, 'application/json' | 'text/event-stream'>, Ranged>

type Answer<S, R, Ranged> = { status: S } & WithHeaders<R extends { headers: infer H } ? H : unknown> &
  (R extends { content: infer T } ? Content<T, Ranged> : { type?: undefined; body?: undefined })

type Answers<R> = { [S in keyof R & Success]: Answer<S, R[S], R extends { 206: unknown } ? true : false> }[keyof R &
  Success]

/** What a handler returns: one of the operation's documented successes. Everything else is thrown as a `GatewayError`. */
export type Reply<K extends OperationId<C>, C extends TypesOf<C> = Gateway> = Answers<C[K]['responses']>

export type Handler<K extends OperationId<C>, C extends TypesOf<C> = Gateway> = (
  input: Input<K, C>,
) => Reply<K, C> | Promise<Reply<K, C>>

/** A handler for each operation under a tag of the gateway's contract. */
export type HandlersOf<Tag extends Gateway[OperationId]['row']['tag']> = {
  [K in OperationId as Gateway[K]['row']['tag'] extends Tag ? K : never]: Handler<K>
}

/** A handler for every operation of the contract, and no other. */
export type Handlers<C extends TypesOf<C> = Gateway> = { [K in OperationId<C>]: Handler<K, C> }
