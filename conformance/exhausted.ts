/** Limits that are reached: what a hook says of one, and the call that is refused. */
import { type Call, type Exhausted, NotApplicable } from './case.ts'
import { HookFault } from './hook.ts'

/**
 * @param said `{session?, message?, headers?}`, or `{"never": true}` of what the target does not limit
 * @throws HookFault when it is neither; NotApplicable
 */
export const readExhausted = (said: unknown): Exhausted => {
  if (!isObject(said)) throw new HookFault('what the hook says of exhausted is no object')
  const { never, session, message, headers } = said
  if (never === true) throw new NotApplicable('the hook says that this is never limited')
  if (session !== undefined && typeof session !== 'string')
    throw new HookFault('the session of exhausted is not a string')
  if (message !== undefined && typeof message !== 'string')
    throw new HookFault('the message of exhausted is not a string')
  if (headers !== undefined && !(isObject(headers) && Object.values(headers).every(isHeaderText)))
    throw new HookFault('the headers of exhausted are not strings')
  return {
    ...(session !== undefined && { session }),
    ...(message !== undefined && { message }),
    ...(headers !== undefined && { headers: headers as Record<string, string> }),
  }
}

/** The call as it is refused. */
export const exhausted = (call: Call, { session, message, headers }: Exhausted): Call => ({
  ...call,
  ...(session !== undefined && onSession(call, session, message)),
  ...(headers && { headers: { ...call.headers, ...headers } }),
  // Two tokens in one request would be a question of its own.
  ...(Object.keys(headers ?? {}).some((name) => /^(authorization|x-api-key)$/i.test(name)) && { caller: 'nobody' }),
})

/** A call that names no session in its path names it in its query, where it filters. */
const onSession = (call: Call, session: string, message: string | undefined): Pick<Call, 'path' | 'query'> =>
  call.query !== undefined && 'session' in call.query
    ? { query: { ...call.query, session } }
    : { path: { ...call.path, session, ...(isOfMessage(call) && message && { mid: message }) } }

const isOfMessage = ({ path = {} }: Call) => 'mid' in path

/** `details.reason` of an error. */
export const reasonOf = ({ body }: { body: unknown }): unknown => {
  const error = isObject(body) && isObject(body.error) ? body.error : {}
  return isObject(error.details) ? error.details.reason : undefined
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isHeaderText = (value: unknown) => typeof value === 'string' && /^[\x20-\x7e]*$/.test(value)
