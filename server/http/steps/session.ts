/** Finds the session that a path names. */

import { notFound } from '../../model/errors.ts'
import type { Principal } from '../../model/principal.ts'
import type { SessionRow } from '../../model/session.ts'
import type { OperationId, SessionOf, TypesOf } from '../../operation.ts'

/** The session, when the principal may see it. */
export type FindSession = (principal: Principal, sessionId: string) => Promise<SessionRow | undefined>

/**
 * @param params of the path of the operation `K`
 * @throws GatewayError `not_found` when it does not exist or belongs to another organization
 */
export const ownSession = async <K extends OperationId<C>, C extends TypesOf<C>>(
  find: FindSession,
  principal: Principal,
  { session: id }: Readonly<Record<string, string>>,
): Promise<SessionOf<K, C>> => {
  const session = id === undefined ? undefined : await find(principal, id)
  if (id !== undefined && session === undefined) throw notFound('session')
  // Safe: the router gives `session` exactly when the path of the operation has it.
  return session as SessionOf<K, C>
}
