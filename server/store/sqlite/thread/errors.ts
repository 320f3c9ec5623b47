/** Errors as plain data, and back: their classes do not pass between threads. */
import { type PaceReason, TooSoon } from '../../../model/send-pace.ts'
import { Fenced, SessionGone, StoreUnavailable } from '../../../ports/store/errors.ts'
import { KeyTaken } from '../../../ports/store/idempotency.ts'
import { UploadsFull } from '../../../ports/store/uploads.ts'
import { CustomHeadersFull, WebhooksFull } from '../../../ports/store/webhooks.ts'

interface PlainError {
  name: string
  message: string
  stack?: string | undefined
  /** Of SQLite: its extended result code. */
  errno?: unknown
  /** Of `TooSoon`. */
  tooSoon?: [PaceReason, number]
  cause?: PlainError
}

const deepest = 3

export const plainError = (error: unknown, depth = 0): PlainError => {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message, stack, cause } = error
  return {
    name,
    message,
    stack,
    ...('errno' in error && { errno: error.errno }),
    ...(error instanceof TooSoon && { tooSoon: [error.reason, error.waitMs] }),
    ...(cause !== undefined && depth < deepest && { cause: plainError(cause, depth + 1) }),
  }
}

const kinds: Record<string, (message: string, options: ErrorOptions) => Error> = {
  StoreUnavailable: (message, options) => new StoreUnavailable(message, options),
  Fenced: (message, options) => new Fenced(message, options),
  SessionGone: (_, options) => new SessionGone(options),
  KeyTaken: () => new KeyTaken(),
  UploadsFull: () => new UploadsFull(),
  WebhooksFull: () => new WebhooksFull(),
  CustomHeadersFull: () => new CustomHeadersFull(),
}

export const errorOf = (plain: unknown): Error => {
  const { name, message, stack, errno, tooSoon, cause } = plain as PlainError
  const options = cause === undefined ? {} : { cause: errorOf(cause) }
  const known = tooSoon === undefined ? kinds[name]?.(message, options) : new TooSoon(...tooSoon)
  const error = known ?? new Error(message, options)
  return Object.assign(error, { stack }, errno !== undefined && { errno })
}
