/**
 * What a handler of an operation gets and gives, taken from the contract: an undocumented status, a missing operation
 * and a misspelt member are compile errors.
 */
import type { OperationId, operations as table } from '../generated/operations.ts'
import type { components, operations } from '../generated/types.ts'
import type { Body, Headers, PathParams, Query } from '../generated/validators.d.ts'
import type { JsonBytes, JsonText } from './model/page.ts'
import type { Principal } from './model/principal.ts'
import type { SessionRow } from './model/session.ts'
import type { WhatsAppClient } from './ports/whatsapp/connection.ts'

export type { Body, Headers, OperationId, PathParams, Query }

/** The contract's objects by name: `Schemas['Chat']`. */
export type Schemas = components['schemas']

/** A request that is known to be right: who asks, and for what. `session`: that of the path, found, and the caller's own. */
export interface Asked<K extends OperationId> {
  path: PathParams<K>
  query: Query<K>
  header: Headers<K>
  body: Body<K>
  principal: Principal
  session: SessionOf<K>
  /** The best of the given media types for this caller; false when none will do. */
  accepts: (...types: string[]) => string | false
}

/** What every handler gets. */
export interface Input<K extends OperationId> extends Asked<K> {
  live: LiveOf<K>
}

/** Operations that need a connected WhatsApp client. */
export type LiveOperationId = { [K in OperationId]: (typeof table)[K]['live'] extends true ? K : never }[OperationId]

/** What a handler may have done at WhatsApp. */
export type LiveCalls = Pick<WhatsAppClient, 'sendChatPresence'>

/** The calls of the session's connected client, for a live operation; `undefined` for any other. */
export type LiveOf<K extends OperationId> = K extends LiveOperationId ? LiveCalls : undefined

/** The session of an operation that has one in its path; `undefined` of any other. */
export type SessionOf<K extends OperationId> = PathParams<K> extends { session: string } ? SessionRow : undefined

type Success = 200 | 201 | 202 | 204

/** One media type of an answer: JSON as a value, or as text that the store made of it; anything else with its type. */
type Content<S, C> = {
  [T in keyof C]: T extends 'application/json'
    ? { status: S; type?: undefined; body: C[T] | JsonText<unknown> | JsonBytes<unknown> }
    : { status: S; type: T; body: Buffer | string }
}[keyof C]

type Answer<S, R> = R extends { content: infer C } ? Content<S, C> : { status: S; type?: undefined; body?: undefined }

type Answers<R> = { [S in keyof R & Success]: Answer<S, R[S]> }[keyof R & Success]

/** What a handler returns: one of the operation's documented successes. Everything else is thrown as a `GatewayError`. */
export type Reply<K extends OperationId> = Answers<operations[K]['responses']>

export type Handler<K extends OperationId> = (input: Input<K>) => Reply<K> | Promise<Reply<K>>

/** A handler for every operation of the contract, and no other. */
export type Handlers = { [K in OperationId]: Handler<K> }
