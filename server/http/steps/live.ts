/** The connected client of a session. */
import type { OperationRow } from '../../../generated/operations.ts'
import { notConnected } from '../../model/errors.ts'
import type { SessionRow } from '../../model/session.ts'
import type { LiveCalls, LiveOf, OperationId, TypesOf } from '../../operation.ts'

/** The calls of a session's client; undefined while it is not connected. */
export type FindLive = (sessionId: string) => LiveCalls | undefined

/**
 * @param row of the operation `K`
 * @throws GatewayError `not_implemented` for a live operation on a session that is not connected
 */
export const liveCalls = <K extends OperationId<C>, C extends TypesOf<C>>(
  find: FindLive,
  row: OperationRow,
  session: SessionRow | undefined,
): LiveOf<K, C> => {
  const calls = row.live && session ? find(session.id) : undefined
  if (row.live && calls === undefined) throw notConnected()
  // The row says of the operation what its type says.
  return calls as LiveOf<K, C>
}
