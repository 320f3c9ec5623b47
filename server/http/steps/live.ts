/** The live calls of a session. */
import type { OperationRow } from '../../../generated/operations.ts'
import { notConnected } from '../../model/errors.ts'
import type { SessionRow } from '../../model/session.ts'
import type { Asked, LiveCall, LiveOf, OperationId, TypesOf } from '../../operation.ts'
import type { LiveCalls } from '../../ports/live-calls.ts'

/** The live calls of a session, until the caller disconnects; undefined while its client is not connected. */
export type FindLive = (session: SessionRow, signal: AbortSignal) => LiveCall | undefined

/** How long a request waits for WhatsApp. */
const liveMs = 15_000

/** By the stored status, which may be stale: the owner decides when it is called. */
export const findLiveBy =
  (calls: LiveCalls): FindLive =>
  ({ id, status }, signal) =>
    status === 'working' ? (method, args) => calls.call(id, method, args, { withinMs: liveMs, signal }) : undefined

/**
 * @param row of the operation `K`
 * @returns undefined for a call that needs no client
 * @throws GatewayError `not_implemented` for a call that needs the client of a session which is not connected
 */
export const liveCalls = <K extends OperationId<C>, C extends TypesOf<C>>(
  find: FindLive,
  row: OperationRow,
  { session, query, signal }: Pick<Asked<K, C>, 'session' | 'query' | 'signal'>,
): LiveOf<K, C> => {
  const needed = row.live && !isSet(query, row.liveUnless)
  const calls = needed && session ? find(session, signal) : undefined
  if (needed && calls === undefined) throw notConnected()
  // Safe: the row at run time and the type come from the same contract.
  return calls as LiveOf<K, C>
}

const isSet = (query: Readonly<Record<string, unknown>>, flag: string | null) => flag !== null && query[flag] === true
