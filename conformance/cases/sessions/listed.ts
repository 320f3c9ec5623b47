/** The sessions of an organization, from all pages of their list. */
import type { Call, Caller, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { walk } from '../../walk.ts'

/** More sessions than this, and a walk counts as endless. */
export const maxSessions = 2_000

/** A case that asks for them must declare `walkChecks`. */
export const listed = (context: Context, caller: Caller = { token: 'full' }): Promise<Schemas['Session'][]> => {
  const call: Call = { operationId: 'listSessions', caller }
  return walk<Schemas['Session']>(context, call, [200], maxSessions)
}
