/** Which calls count against which limits: the table that the step `pace` of a request asks. */
import { rateLimited } from '../model/errors.ts'
import type { SessionRow } from '../model/session.ts'
import type { Asked, Gateway, OperationId, TypesOf } from '../operation.ts'
import type { Limit, Limits, Subject } from './limits.ts'
import type { Draw, Pace } from './pace.ts'

export interface Pacing<C extends TypesOf<C> = Gateway> {
  /** @throws GatewayError `rate_limited` when the call comes too soon */
  admit<K extends OperationId<C>>(operationId: K, input: Asked<K, C>): Promise<void>
  /** A token was refused. @throws GatewayError `rate_limited` when too many were, from this address */
  wrongToken(address: string): Promise<void>
  /** Whether a session that is connecting may be told to try at once, rather than when its back-off is over. */
  mayHurry(session: SessionRow): Promise<boolean>
}

type Count = [limit: Limit, ...whose: Subject[]]

/** What is not here is not paced. */
const counts: { readonly [K in OperationId]?: (input: Asked<K>) => Count | undefined } = {
  createSession: ({ principal, body }) =>
    body.start ? ['starts', { organization: principal.organizationId }] : undefined,
  // Whoever calls it to make sure that a session runs pays nothing while it does.
  startSession: ({ session }) => (isActive(session) ? undefined : start(session)),
  restartSession: ({ session }) => start(session),
  sessionPairingCode: ({ session }) => ['pairing', { session: session.id }, { organization: session.organizationId }],
  setChatPresence: ({ session }) => ['presence', { session: session.id }],
}

/** Sessions without a number are made at will, so beginning to pair counts for their organization too. */
const start = ({ id, organizationId, waJid }: SessionRow): Count => [
  'starts',
  { session: id },
  ...(waJid === undefined ? [{ organization: organizationId }] : []),
]

const isActive = ({ status }: SessionRow) => status === 'starting' || status === 'scan_qr_code' || status === 'working'

const words: Record<Limit, string> = {
  wrong_tokens: 'too many wrong tokens came from this address',
  pairing: 'too many pairing codes were requested',
  starts: 'sessions were started too often',
  presence: 'too many presences were sent',
}

export const createPacing = ({ pace, limits }: { pace: Pace; limits: Limits }): Pacing => {
  const waitOf = ([limit, ...whose]: Count): Promise<number> | number => {
    const draws = whose.flatMap((subject): Draw[] => {
      const rate = limits.rateOf(limit, subject)
      return rate === undefined ? [] : [{ limit, of: nameOf(subject), rate }]
    })
    return draws.length === 0 ? 0 : pace.take(draws)
  }

  const draw = async (count: Count) => {
    const waitMs = await waitOf(count)
    if (waitMs > 0) throw rateLimited(words[count[0]], count[0], waitMs)
  }

  return {
    admit: async (operationId, input) => {
      const count = counts[operationId]?.(input)
      if (count !== undefined) await draw(count)
    },
    wrongToken: (address) => draw(['wrong_tokens', { address }]),
    mayHurry: async (session) => (await waitOf(start(session))) === 0,
  }
}

/** The kind in front: no id of one is an id of another. */
const nameOf = (subject: Subject) => Object.entries(subject).flat().join(' ')
