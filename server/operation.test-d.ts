/** Checked by the compiler alone: what a handler may not do is an error, and each expected error says why. */

import type { Body, PathParams, Query } from '../generated/validators.d.ts'
import type { JsonText } from './model/page.ts'
import type { SessionRow } from './model/session.ts'
import type { Handler, Handlers, Input, Keep, LiveCall, OperationId, Reply, Schemas } from './operation.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const promise = <T extends true>(_promise: T) => undefined

declare const handlers: Handlers
declare const chat: Schemas['Chat']
declare const chatText: JsonText<unknown>
declare const qr: Schemas['QR']
declare const done: Reply<'setChatPresence'>
declare const found: Reply<'readChat'>
const missing = { status: 404, body: { error: { code: 'not_found', message: 'chat not found' } } } as const

// What goes in
promise<Same<PathParams<'getChat'>, { session: string; cid: string }>>(true)
promise<Same<PathParams<'listSessions'>, Record<string, never>>>(true)
promise<Same<Query<'listChats'>, { limit?: number; cursor?: string }>>(true)
promise<Same<Query<'readChat'>, Record<string, never>>>(true)
promise<Same<Body<'setChatPresence'>, { state: 'composing' | 'recording' | 'paused' }>>(true)
promise<Same<Body<'createSession'>, Schemas['NewSession']>>(true)
promise<Same<Body<'readChat'>, undefined>>(true)
promise<Same<Input<'getChat'>['session'], SessionRow>>(true)
promise<Same<Input<'listSessions'>['session'], undefined>>(true)

promise<Same<Input<'getChat'>['object'], JsonText<Schemas['Chat']>>>(true)
promise<Same<Input<'getSession'>['object'], undefined>>(true)
promise<Same<Input<'createSession'>['header'], { 'Idempotency-Key'?: string }>>(true)
promise<Same<Input<'createSession'>['keep'], Keep<Reply<'createSession'>> | undefined>>(true)
promise<Same<Input<'startSession'>['keep'], undefined>>(true)

promise<Same<Input<'setChatPresence'>['live'], LiveCall>>(true)
promise<Same<Input<'readChat'>['live'], undefined>>(true)

// What comes out
promise<Same<Reply<'setChatPresence'>['status'], 204>>(true)
promise<Same<Reply<'createSession'>['status'], 201>>(true)
export const asValue: Handler<'getChat'> = () => ({ status: 200, body: chat })
export const asText: Handler<'getChat'> = async () => ({ status: 200, body: chatText })
export const asJson: Handler<'sessionQR'> = () => ({ status: 200, body: qr })
export const asPicture: Handler<'sessionQR'> = () => ({ status: 200, type: 'image/png', body: Buffer.of() })

// @ts-expect-error setChatPresence documents no 200
export const undocumentedStatus: Handler<'setChatPresence'> = () => ({ status: 200 })

// @ts-expect-error errors are thrown, not returned
export const returnedError: Handler<'getChat'> = () => missing

// @ts-expect-error a 200 of getChat has a body
export const forgottenBody: Handler<'getChat'> = () => ({ status: 200 })

// @ts-expect-error a 204 has no body
export const superfluousBody: Handler<'setChatPresence'> = () => ({ status: 204, body: chat })

// @ts-expect-error the contract has no such picture
export const undocumentedType: Handler<'sessionQR'> = () => ({ status: 200, type: 'image/gif', body: Buffer.of() })

// @ts-expect-error the member is `expiresAt`
export const misspeltAnswer: Handler<'sessionQR'> = () => ({ status: 200, body: { code: '', expiresat: 0 } })

// @ts-expect-error the member is `state`
export const misspeltBody: Handler<'setChatPresence'> = ({ body }) => (body.sate === 'paused' ? done : done)

// @ts-expect-error the parameter is `cid`
export const misspeltParameter: Handler<'readChat'> = ({ path }) => (path.chatId === '' ? found : found)

declare const keep: NonNullable<Input<'createSession'>['keep']>
// @ts-expect-error what is kept is an answer of the operation: createSession documents no 202
export const keptUndocumented = () => keep({ status: 202, body: qr })

// What a handler is handed
declare const given: Input<'setChatPresence'>
const carryOut = <K extends OperationId>(id: K, input: Input<K>) => handlers[id](input)
export const handedAll = () => carryOut('setChatPresence', given)

// @ts-expect-error no handler is handed what no operation declares
export const handedNonsense = () => carryOut('getChat', { nonsense: 1 })

// @ts-expect-error setChatPresence is handed a body
export const handedNoBody = () => carryOut('setChatPresence', { ...given, body: undefined })

// @ts-expect-error getChat is handed the session of its path
export const handedNoSession = () => carryOut('getChat', { ...given, body: undefined, session: undefined })

declare const ofChat: Input<'getChat'>
// @ts-expect-error getChat is handed its chat
export const handedNoObject = () => carryOut('getChat', { ...ofChat, object: undefined })

// @ts-expect-error setChatPresence is handed the calls of a connected client
export const handedNoClient = () => carryOut('setChatPresence', { ...given, live: undefined })

const { accepts: _accepts, ...incomplete } = given
// @ts-expect-error a new member of Input is not forgotten where a handler is called
export const handedTooLittle = () => carryOut('setChatPresence', incomplete)

const { readChat, ...withoutReadChat } = handlers
// @ts-expect-error readChat has no handler
export const missingOperation: Handlers = withoutReadChat

const withOneMore = { ...handlers, explodeChat: readChat }
// @ts-expect-error the contract has no such operation
export const unknownOperation: Same<keyof typeof withOneMore, keyof Handlers> = true
