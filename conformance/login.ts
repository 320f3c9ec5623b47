/** Login JWTs that a hook has made: what it says of one. */
import { NotApplicable } from './case.ts'
import { HookFault } from './hook.ts'

/**
 * @param said `{token}`, or `{"never": true}` where such a token cannot be made
 * @throws HookFault when it is neither; NotApplicable
 */
export const readLogin = (said: unknown): string => {
  const { token, never } = typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {}
  if (never === true) throw new NotApplicable('the hook says that no such login token can be made')
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw new HookFault('what the hook says of loginToken is no token')
  return token
}
