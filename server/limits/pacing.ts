/** Which calls count against which limits, and for whom: what the step `pace` of a request asks. */
import { type OperationRow, operations } from '../../generated/operations.ts'
import { rateLimited } from '../model/errors.ts'
import { sendRates } from '../model/send-pace.ts'
import type { SessionRow } from '../model/session.ts'
import type { Asked, Gateway, OperationId, TypesOf } from '../operation.ts'
import type { Store } from '../ports/store/store.ts'
import type { Limit, Limits, Subject } from './limits.ts'
import type { Draw, Pace } from './pace.ts'

export interface Pacing<C extends TypesOf<C> = Gateway> {
  /** @throws GatewayError `rate_limited` when the call comes too soon */
  admit<K extends OperationId<C>>(operationId: K, input: Asked<K, C>): Promise<void>
  /** Counts a refused token. @throws GatewayError `rate_limited` after too many from this address */
  wrongToken(address: string): Promise<void>
  /** Whether a connecting session may try at once instead of waiting for its backoff. */
  mayHurry(session: SessionRow): Promise<boolean>
}

/** What a call asks that sends. */
interface Sending {
  session: SessionRow | undefined
  query: Readonly<Record<string, unknown>>
  body: { to?: unknown }
}

const isSendRate = (limit: string) => sendRates.some((rate) => rate === limit)

type Count = [limit: Limit, ...whose: Subject[]]

/** A session, where the path names one, and the organization that it belongs to or that calls. */
interface Caller {
  session: SessionRow | undefined
  organization: string
}

/** A limit that the contract names with an operation (`x-limits`). */
type OperationLimit = Gateway[OperationId]['row']['limits'][number] & Limit

/** Whose call it is, for each limit. */
const subjects: { readonly [L in OperationLimit]: (caller: Caller) => Subject[] } = {
  // A session without a number costs nothing to create, so its starts count for the organization too.
  starts: ({ session, organization }) => [
    ...ofSession(session),
    ...(session?.waJid === undefined ? [{ organization }] : []),
  ],
  pairing: ({ session, organization }) => [...ofSession(session), { organization }],
  presence: ({ session }) => ofSession(session),
}

const ofSession = (session: SessionRow | undefined): Subject[] =>
  session === undefined ? [] : [{ session: session.id }]

/** Calls of a limited operation that do not count. */
const exempt: { readonly [K in OperationId]?: (input: Asked<K>) => boolean } = {
  createSession: ({ body }) => body.start !== true,
  // Programs may call it at any time to make sure that a session runs.
  startSession: ({ session }) => isActive(session),
}

const isActive = ({ status }: SessionRow) => status === 'starting' || status === 'scan_qr_code' || status === 'working'

const words: Record<Limit, string> = {
  wrong_tokens: 'too many wrong tokens came from this address',
  pairing: 'too many pairing codes were requested',
  starts: 'sessions were started too often',
  presence: 'too many presences were sent',
}

const isOfOperator = (limit: string): limit is OperationLimit => Object.hasOwn(subjects, limit)

export interface PacingParts {
  pace: Pace
  limits: Limits
  store: Pick<Store, 'findTooSoon'>
  /** Epoch ms. */
  clock: () => number
}

export const createPacing = ({ pace, limits, store, clock }: PacingParts): Pacing => {
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

  /**
   * The store decides when it accepts a message. This is so that nothing is asked of WhatsApp for what is refused anyway, and a
   * caller who comes too soon is told so whether or not the session is connected.
   */
  const checkSending = async ({ session, query, body }: Sending) => {
    if (session === undefined || query.async === true) return
    const early = await store.findTooSoon(session.id, String(body.to), clock())
    if (early !== undefined) throw early
  }

  return {
    admit: async (operationId, input) => {
      if (exempt[operationId]?.(input)) return
      const { session, principal } = input
      const caller = { session, organization: session?.organizationId ?? principal.organizationId }
      const { limits: counted }: OperationRow = operations[operationId]
      for (const limit of counted.filter(isOfOperator)) await draw([limit, ...subjects[limit](caller)])
      if (counted.some(isSendRate)) await checkSending(input as Sending)
    },
    wrongToken: (address) => draw(['wrong_tokens', { address }]),
    mayHurry: async (session) =>
      (await waitOf(['starts', ...subjects.starts({ session, organization: session.organizationId })])) === 0,
  }
}

/** The kind is part of the name, so that the ids of two kinds cannot collide. */
const nameOf = (subject: Subject) => Object.entries(subject).flat().join(' ')
