/** The connected client of a session. */
import type { OperationRow } from '../../../generated/operations.ts'
import { notConnected } from '../../model/errors.ts'
import type { Asked, LiveCalls, LiveOf, OperationId, TypesOf } from '../../operation.ts'

/** The calls of a session's client; undefined while it is not connected. */
export type FindLive = (sessionId: string) => LiveCalls | undefined

/**
 * @param row of the operation `K`
 * @returns undefined for a call that needs no client, were one connected or not
 * @throws GatewayError `not_implemented` for a call that needs the client of a session which is not connected
 */
export const liveCalls = <K extends OperationId<C>, C extends TypesOf<C>>(
  find: FindLive,
  row: OperationRow,
  { session, query }: Pick<Asked<K, C>, 'session' | 'query'>,
): LiveOf<K, C> => {
  const needed = row.live && !isSet(query, row.liveUnless)
  const calls = needed && session ? find(session.id) : undefined
  if (needed && calls === undefined) throw notConnected()
  // The row says of the operation what its type says.
  return calls as LiveOf<K, C>
}

const isSet = (query: Readonly<Record<string, unknown>>, flag: string | null) => flag !== null && query[flag] === true
