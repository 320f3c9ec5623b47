/** Preconditions on the state of a session or organization, checked before the rate limit: 409. */
import { conflict } from '../model/errors.ts'
import type { Asked, OperationId } from '../operation.ts'
import type { Supervisor } from '../sessions/supervisor.ts'

/** By operation; one that is not here has no precondition, or checks it in its handler. @throws GatewayError `conflict` */
export type States = { readonly [K in OperationId]?: (input: Asked<K>) => void | Promise<void> }

export const createStates = ({ supervisor }: { supervisor: Pick<Supervisor, 'checkRoom'> }): States => ({
  createSession: ({ principal }) => supervisor.checkRoom(principal.organizationId),
  sessionPairingCode: ({ session }) => {
    if (session.waJid !== undefined) throw conflict('the session is already paired')
  },
})
