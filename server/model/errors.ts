/** Every error answer of the gateway: the code for programs, the HTTP status, the message for people. */
import type { enums } from '../../generated/enums.ts'

/** The error codes of the contract: programs branch on them. */
export type ErrorCode = (typeof enums)['ErrorCode'][number]

/** Which rule of a request is broken, as the contract names it. */
export type FieldErrorCode = (typeof enums)['FieldErrorCode'][number]

/** code → HTTP status. `validation_error` is 422 unless the request could not even be read (400). */
export const statusOf = {
  validation_error: 422,
  unauthorized: 401,
  forbidden: 403,
  refused: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  gone: 410,
  payload_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  rate_limited: 429,
  internal: 500,
  not_implemented: 501,
  gateway_unavailable: 503,
} as const satisfies Record<ErrorCode, number>

/** One broken rule of a request: where (`/body/state`, `/query/limit`, `/path/cid`), and what is wrong there, for people. */
export interface FieldError {
  /** JSON pointer into the request: its first token is `body`, `query`, `path` or `header`. */
  path: string
  /** For people: it names what it is about. */
  message: string
  /** For programs: the rule that is broken. */
  code: FieldErrorCode
}

/**
 * An error answer. `http/` puts its code, message and details into the envelope. Anything else that is thrown is answered with
 * `internal`, and its text goes to the log only.
 */
export class GatewayError extends Error {
  /** Of the envelope. */
  readonly code: ErrorCode
  /** HTTP status. */
  readonly status: number
  /** Of the envelope; undefined when there is nothing to add. */
  readonly details: Record<string, unknown> | undefined
  /** Headers that the answer carries in addition to the usual ones. */
  readonly headers: Record<string, string> | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      status?: number
      details?: Record<string, unknown>
      headers?: Record<string, string>
      cause?: unknown
    } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'GatewayError'
    this.code = code
    this.status = options.status ?? statusOf[code]
    this.details = options.details
    this.headers = options.headers
  }
}

/** 400: the request cannot be read. @param path where it cannot be read */
export const unreadable = (message: string, path: string, code: FieldErrorCode = 'malformed') =>
  new GatewayError('validation_error', message, {
    status: 400,
    details: { errors: [{ path, message, code } satisfies FieldError] },
  })

/** 422: the request was read and breaks the schema. */
export const invalid = (errors: FieldError[]) =>
  new GatewayError('validation_error', errors[0]?.message ?? 'the request breaks the schema', { details: { errors } })

/** 401. Never says why, so that a caller without a token learns nothing. */
export const unauthorized = () =>
  new GatewayError('unauthorized', 'a valid bearer token or API key is required', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  })

/** 403: the token has none of the capabilities that the call needs. */
export const forbidden = (capabilities: readonly string[]) =>
  new GatewayError('forbidden', `this call needs the ${capabilities.join(' or ')} capability`)

/**
 * 404: it does not exist, or it belongs to another organization.
 * @param what such as `session` @param path where the request names it, such as `/body/sessionId`; absent = in the path
 */
export const notFound = (what: string, path?: string) =>
  new GatewayError('not_found', `${what} not found`, path === undefined ? {} : { details: { path } })

/** 405, with the methods that the path does have. */
export const methodNotAllowed = (allow: string[]) =>
  new GatewayError('method_not_allowed', `this path allows ${allow.join(', ')} only`, {
    headers: { Allow: allow.join(', ') },
  })

/** 409: the state of the session or object does not allow the call. */
export const conflict = (message: string) => new GatewayError('conflict', message)

/** 409: the object does not allow the call. @param reason for programs: `details.reason` */
export const conflictBecause = (reason: string, message: string) =>
  new GatewayError('conflict', message, { details: { reason } })

/** 409: a limit is reached, and waiting does not help. @param reason for programs: `details.reason` */
export const quotaReached = (message: string, reason: string) => conflictBecause(reason, message)

/** 410: it existed, and will not come back. @param reason for programs: `details.reason` */
export const gone = (message: string, reason: string) => new GatewayError('gone', message, { details: { reason } })

/** 413. @param maxBytes how large it may be */
export const tooLarge = (maxBytes: number) =>
  new GatewayError('payload_too_large', `the body is larger than ${maxBytes} bytes`)

/** 415: the operation does not take bodies of this media type or encoding. @param message says which it takes */
export const unsupportedMediaType = (message: string) => new GatewayError('unsupported_media_type', message)

/** 416: none of the requested bytes exist. @param size how many bytes there are */
export const rangeNotSatisfiable = (size: number) =>
  new GatewayError('range_not_satisfiable', `there are ${size} bytes`, {
    headers: { 'Content-Range': `bytes */${size}` },
  })

/**
 * 429: after `waitMs` the same call is accepted, unless another call was first. `Retry-After` has whole seconds.
 * @param more of the details
 */
export const rateLimited = (message: string, reason: string, waitMs: number, more: Record<string, unknown> = {}) =>
  new GatewayError('rate_limited', `${message}; try again later`, {
    details: { reason, ...more },
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1_000))) },
  })

/** 501: the session has no connected client for a live call. */
export const notConnected = (cause?: unknown) =>
  new GatewayError('not_implemented', 'the session has no connected WhatsApp client', { cause })

/** 503: the gateway itself cannot serve this now. */
export const unavailable = (message: string, cause?: unknown, details?: Record<string, unknown>) =>
  new GatewayError('gateway_unavailable', message, {
    cause,
    ...(details && { details }),
    headers: { 'Retry-After': '5' },
  })
