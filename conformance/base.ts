/** The request of an operation that is admitted: what every refusal of that operation differs from by one edit. */
import type { Call, Case, Context, Level } from './case.ts'
import type { OperationId } from './contract.ts'
import type { Effect, Need, TokenName } from './target.ts'

export interface Base {
  operationId: OperationId
  /** `<status>/<code or ->/<variant>` of the case that sends it as it is. */
  admitted: string
  promise: string
  /** Which session it is about; `scratch`: one made for the case, for it may not survive; absent: none. */
  session?: 'fixtures.liveSession' | 'scratch'
  chat?: 'fixtures.chat' | 'fixtures.otherChat'
  body?: { [member: string]: unknown }
  /** What it changes, when it is admitted. */
  effects?: readonly Effect[]
  /** Of the admitted case itself. */
  control?: readonly string[]
  /** The admitted case shows something that a mock can't, so its answer is not told to one. */
  live?: boolean
}

/** The request as the contract wants it. */
export const admittedCall = async (base: Base, context: Context): Promise<Call> => {
  const { operationId, session, chat, body } = base
  const id = session === 'scratch' ? await context.scratch() : session && context.get(session)
  return {
    operationId,
    ...(id !== undefined && { path: { session: id, ...(chat && { cid: context.get(chat).id }) } }),
    ...(body && { body }),
  }
}

export const needsOf = ({ session, chat }: Base): Need[] => [
  ...(session === undefined || session === 'scratch' ? [] : [session]),
  ...(chat === undefined ? [] : [chat]),
]

export const effectsOf = ({ session, effects = [] }: Base): Effect[] => [
  ...new Set<Effect>([...(session === 'scratch' ? (['sessions'] as const) : []), ...effects]),
]

export const idOf = (base: Base, row: string = base.admitted) => `${base.operationId}/${row}`

/** Status and code of the admitted request. */
export const outcomeOf = ({ admitted }: Base): { status: number; code: string | undefined } => {
  const [status, code] = admitted.split('/')
  return { status: Number(status), code: code === '-' ? undefined : code }
}

/** Same status and code, another variant. */
export const variantOf = (base: Base, variant: string): string =>
  [...base.admitted.split('/').slice(0, 2), variant].join('/')

/** A refusal: the admitted request with one edit. */
export interface Edit {
  /** `<status>/<code>/<variant>` */
  id: string
  promise: string
  edit: (call: Call, context: Context) => Call | Promise<Call>
  /** The edit breaks the contract, and not only this target's rights or state. */
  broken?: boolean
  level?: Level
  needs?: readonly Need[]
  features?: Case['features']
  effects?: readonly Effect[]
  control?: readonly string[]
  live?: boolean
  steer?: boolean
  clause?: string
}

type Refusal = Pick<Case, 'promise' | 'run'> & Partial<Omit<Case, 'promise' | 'run'>> & { id: string }

/** A row for `cases`: sends the edited request and expects the answer that the id names. */
export const refusal = (base: Base, { id, edit, broken = true, ...rest }: Edit): Refusal => ({
  ...rest,
  id,
  effects: [...effectsOf(base), ...(rest.effects ?? [])],
  needs: [...needsOf(base), ...(rest.needs ?? [])],
  control: [idOf(base), ...(rest.control ?? [])],
  run: async (context) => {
    const call = await edit(await admittedCall(base, context), context)
    const [statuses = '', code = '-'] = id.split('/')
    const wanted = statuses.split('|').map(Number)
    await context.send(
      { ...call, broken },
      // Whoever answers 400 to what breaks the schema does so wherever the contract says 422.
      { status: wanted.includes(422) ? context.schemaViolation : wanted, code: code === '-' ? undefined : code },
    )
  },
})

/** The token that has one capability alone, and a case that shows that it is good for it. */
export const tokensOf: Readonly<Record<'read' | 'send' | 'manage', { token: TokenName; proof: string }>> = {
  read: { token: 'readOnly', proof: 'listChatMessages/200/-/token-read-only' },
  send: { token: 'sendOnly', proof: 'setChatPresence/204/-/token-send-only' },
  manage: { token: 'manageOnly', proof: 'listSessions/200/-/token-manage-only' },
}
