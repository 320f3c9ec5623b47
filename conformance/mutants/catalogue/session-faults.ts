/** What wrong servers of sessions are made of. */
import type { Schemas } from '../../contract.ts'
import { type Ask, type Asked, bodyOf, type Fault, look, on, refuse, shows } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Session = Schemas['Session']

export type WithSession = 'getSession' | 'startSession' | 'stopSession' | 'restartSession' | 'logoutSession'

export const shown = (id: WithSession, change: (session: Session) => unknown): Pick<Mutant, 'make'> => ({
  make: () => shows(id, change),
})

/** The session as it is, without doing anything to it. */
export const glance = (asked: Asked, ask: Ask) => ask(look(asked, `/sessions/${encodeURIComponent(asked.session)}`))

/** Admitted, by somebody who may. */
export const isPlain = ({ caller, target, bytes }: Asked) =>
  caller === 'full' && !target.includes('?') && bytes === undefined

/** Answers otherwise in one state. */
export const inState = (
  id: 'stopSession' | 'logoutSession' | 'restartSession' | 'startSession' | 'deleteSession',
  fits: (session: Session) => boolean,
  otherwise: Fault,
): Pick<Mutant, 'make'> => ({
  make: () =>
    on(
      (asked) => asked.operationId === id && isPlain(asked),
      async (asked, ask) => {
        const answer = await glance(asked, ask)
        return answer.status === 200 && fits(bodyOf<Session>(answer)) ? otherwise(asked, ask) : ask(asked)
      },
    ),
})

export const isPairing = ({ status }: Session) => status === 'starting' || status === 'scan_qr_code'
export const conflict = () => refuse(409, 'conflict')
