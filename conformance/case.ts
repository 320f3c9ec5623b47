/** What a case is: an id that never changes, one promise, and a function that finds out. No test runner in sight. */
import type { Called } from './addresses.ts'
import type { OperationId } from './contract.ts'
import type { Feature } from './profile.ts'
import type { Inbox } from './receiver.ts'
import type { Effect, Facts, Need, TokenName } from './target.ts'
import type { Answer } from './transport.ts'

/** How strongly the contract demands it: a broken MUST fails, a broken SHOULD warns. */
export type Level = 'MUST' | 'SHOULD' | 'MAY'

/** Cases of one serial lane never overlap, for they change the same thing. */
export type Lane = 'parallel' | `serial:${string}`

export interface Case {
  /** `<operationId>/<status>/<code or ->/<variant>`, such as `setChatPresence/400|422/validation_error/state-missing`. */
  readonly id: string
  /** What is promised, in words that finish "the server …". */
  readonly promise: string
  /** `gateway` for promises that are not of one operation. */
  readonly operationId: OperationId | 'gateway'
  readonly level: Level
  /** JSON pointer into the bundle. */
  readonly clause: string
  /** What the target must claim besides the operation itself, else the case is `na`: parts of the profile, or operations. */
  readonly features: readonly Feature[]
  /** Keys of the target that the case uses. */
  readonly needs: readonly Need[]
  /** Keys that it uses where the target has them, and does without elsewhere. */
  readonly optional: readonly Need[]
  /** Positive twins: unless they pass, a refusal proves nothing. */
  readonly control: readonly string[]
  /** Needs a server that remembers: `na` on a mock. */
  readonly live: boolean
  /** A mock is asked for the expected status by name (`Prefer`); false where it judges by itself. */
  readonly steer: boolean
  readonly effects: readonly Effect[]
  readonly lane: Lane
  /** It compares what several operations say, or one to several callers: what is wrong with any of them may show here. */
  readonly compares: boolean
  /** First contract version with this case. */
  readonly since: string
  /** Which promise of which shape it is; undefined for one of its operation alone. */
  readonly trait?: { readonly name: string; readonly shape: string; readonly promise: string }
  /** Names of what it looks at besides status, headers and schema. Each must have been looked at for a pass. */
  readonly checks: readonly string[]
  run(context: Context): Promise<void>
}

/** Who sends a request. */
export type Caller =
  | 'nobody'
  | {
      token: TokenName
      /** `altered`: one character is another; `basic`: under the wrong scheme; `garbage`: not a token at all. */
      as?: 'bearer' | 'x-api-key' | 'altered' | 'altered-x-api-key' | 'basic' | 'garbage'
    }

/** A request, as the contract names things. Anything that is not said is as the contract wants it. */
export interface Call {
  operationId: OperationId
  /** Decoded path parameters. */
  path?: Readonly<Record<string, string>>
  query?: Readonly<Record<string, string | number | boolean | readonly string[]>>
  /** A JSON value. */
  body?: unknown
  /** Default: the full token as bearer. */
  caller?: Caller
  headers?: Readonly<Record<string, string>>
  /** Sent instead of `body`, as it is. */
  raw?: { bytes: Buffer; contentType: string | undefined }
  /** The body is sent in chunks, and nobody says how long it is. */
  chunked?: boolean
  /** Rewrites the finished path and query. */
  retarget?: (target: string) => string
  method?: string
  /** On a connection of its own: a body after `HEAD` is seen. */
  onTheWire?: boolean
  /** The request breaks the contract on purpose; otherwise a broken request is a fault of the suite. */
  broken?: boolean
  /** It takes away what the case made, and is no evidence. */
  cleanUp?: boolean
}

export interface Expected {
  /** Any of these. */
  status: number | readonly number[]
  /** `error.code` of the envelope. */
  code?: string | undefined
  /** The answer is promised for no single operation: only the envelope is judged. */
  anyOperation?: boolean
  /** What `details.errors` of a `validation_error`, or `details.path` of a `not_found`, is to point at. */
  faultPlace?: FaultPlace | undefined
}

/** Which part of a request an edit has made wrong. */
export interface FaultPlace {
  /** JSON pointer into the request, such as `/body/state`. */
  pointer: string
  /** The value is not there, or nobody knows it: what should hold it, or holds it, may be named as well. */
  isOfParent: boolean
}

/** What a case works with. Every method throws what the verdict is made of. */
export interface Context {
  /** What the target says under a key that the case has listed in `needs`. */
  get<K extends Need>(key: K): Facts[K]
  /** The same of a key in `optional`; undefined where the target does not have it. */
  find<K extends Need>(key: K): Facts[K] | undefined
  /** Does the target claim this operation, or this part of the contract? */
  claims(what: OperationId | Feature): boolean
  /** Does the target claim the operation, and allow what it changes? */
  mayMake(operationId: OperationId): boolean
  /** What tells this run from others; fit for names. */
  readonly runId: string
  /** Statuses that this target may answer to a request that breaks the schema. */
  readonly schemaViolation: readonly number[]
  /** Sends, and judges the answer by the contract. @returns the answer, whose body has the documented shape */
  send<T = unknown>(call: Call, expected: Expected): Promise<Answer<T>>
  /** Looks at one thing. @param otherwise what is wrong when it does not hold */
  check(name: string, holds: boolean, otherwise: string): void
  /**
   * Creates something for this case alone; what was answered with 201 is deleted afterwards.
   * @param call what differs from the admitted request of that operation; its body is filled as that one's is
   * @returns its id
   */
  make(operationId: OperationId, call?: Omit<Call, 'operationId'>): Promise<string>
  /** The same, once in a run for all cases of an operation: for those that do not end what they share. */
  share(operationId: OperationId, call: Pick<Call, 'path' | 'body'>): Promise<string>
  /** Asks the target's hook to let something happen, and waits until it has. @returns what the hook says of it */
  happen(event: string, params: Readonly<Record<string, unknown>>): Promise<unknown>
  /**
   * Asks the target's hook for the state in which the next call of an operation is refused for this reason. Others go on as
   * before: only a call that is changed by what comes back is refused.
   * @returns how the call is to be changed; not at all on a mock, which answers as it is told
   */
  exhaust(operationId: OperationId, reason: string): Promise<Exhausted>
  /** Asks the target's hook for a login JWT, signed as all are, that differs from a good one of an owner. */
  login(change: LoginChange): Promise<string>
  /**
   * An address to which the target can send events, for this case alone. For cases with the feature `receiver`.
   * @param isMeant which calls get the answers that the case gives; others get 204. Default: all
   */
  receive(isMeant?: (call: Called) => boolean): Promise<Inbox>
  /**
   * Asks again, with growing pauses, until there is a value or the time for it is over.
   * @param changed resolves when there is a reason to ask before the pause is over
   */
  until<T>(what: string, ask: () => Promise<T | undefined>, changed?: () => Promise<void>): Promise<T>
}

/** How a login JWT differs from that of an owner of the first organization. */
export interface LoginChange {
  /** Claims to set. A number of seconds in `exp` and `nbf` is counted from now. */
  claims?: Readonly<Record<string, unknown>>
  /** Claims to leave out. */
  without?: readonly string[]
  /** Members of the header to set. */
  header?: Readonly<Record<string, unknown>>
}

/** What makes a call one that is refused. */
export interface Exhausted {
  /** Which session it is about. */
  session?: string
  /** `id` of a text of that session, for an operation on a message. */
  message?: string
  /** What it carries besides: where it comes from, or another token. */
  headers?: Readonly<Record<string, string>>
}

export interface Problem {
  /** What was looked at: `status`, `code`, `schema`, … or a name from `checks`. */
  check: string
  message: string
}

/** The target breaks a promise. */
export class Failure extends Error {
  override name = 'Failure'
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join('; '))
    this.problems = problems
  }
}

/** What the case stands on did not hold. */
export class Blocked extends Error {
  override name = 'Blocked'
}

/** The target lacks what the case needs. */
export class Untestable extends Error {
  override name = 'Untestable'
}

/** The target has what the case needs, and nothing is left of it: a chat that was to have something unread was marked read. */
export class UsedUp extends Untestable {
  override name = 'UsedUp'
  readonly need: Need

  constructor(need: Need, message: string) {
    super(message)
    this.need = need
  }
}

/** The target does not claim what the case turns out to use. */
export class NotApplicable extends Error {
  override name = 'NotApplicable'
}

/** The suite itself is wrong. */
export class SuiteFault extends Error {
  override name = 'SuiteFault'
}

/** The statuses that an id speaks of. */
export const statusesOf = (id: string): number[] => (id.split('/').at(-3) ?? '').split('|').map(Number)
