/** What must hold of a session, or of an organization, before a call comes to its pace: 409 where it does not. */
import { conflict } from '../model/errors.ts'
import type { Asked, OperationId } from '../operation.ts'
import type { Supervisor } from '../sessions/supervisor.ts'

/** By operation; what is not here looks at no state, or does so in its handler, unpaced. @throws GatewayError `conflict` */
export type States = { readonly [K in OperationId]?: (input: Asked<K>) => void | Promise<void> }

export const createStates = ({ supervisor }: { supervisor: Pick<Supervisor, 'checkRoom'> }): States => ({
  createSession: ({ principal }) => supervisor.checkRoom(principal.organizationId),
  sessionPairingCode: ({ session }) => {
    if (session.waJid !== undefined) throw conflict('the session is already paired')
  },
})
