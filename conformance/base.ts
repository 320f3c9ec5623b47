/** The request of an operation that is admitted: what every refusal of that operation differs from by one edit. */
import type { Call, Case, Context, Level } from './case.ts'
import { below, type Contract, type OperationId, type OperationRow } from './contract.ts'
import { faultPlaceOf } from './fault-place.ts'
import { type Fixture, parameters } from './parameters.ts'
import type { Feature } from './profile.ts'
import type { Effect, Facts, Need } from './target.ts'
import type { Entry } from './walk.ts'

/**
 * Where the value of a path parameter comes from. `made`: created for the case alone, because the case may end it. `shared`: created
 * once in a run.
 */
export type Source = Fixture | 'made' | 'shared' | 'example'

/** What the target says under a key; undefined when it does not. */
export type FactOf = <K extends Need>(key: K) => Facts[K] | undefined

export interface ListLaw {
  /** In words, such as `newest first`. */
  order?: string
  needs?: readonly Need[]
  /** How many of its first entries stay as they are while the suite makes and deletes others; default: all. */
  steady?: number
  /** Entries that stay; where the target names fewer, a case that needs some makes them. */
  kept?: readonly Need[]
  /** What makes an entry. */
  maker?: OperationId
  /** How many entries there can be; default 2,000. */
  most?: (context: Context) => number
  /** Names that `holds` gives to `check`. */
  checks?: readonly string[]
  /** @param entries all of them, in list order */
  holds?(context: Context, entries: readonly Entry[]): void
}

/** What the file of an operation says of it. All that it leaves out is in the contract. */
export interface Operation {
  operationId: OperationId
  /** `<status>/<code or ->/<variant>` of the case that sends it as it is; default: the first success. */
  admitted?: string
  /** What the admitted request shows, in words that finish "the server …"; default: the summary of the operation. */
  promise?: string
  /** The part of the profile that it belongs to; default: its tag. */
  feature?: Feature
  /** Where path parameters come from, if not from where `parameters.ts` says. */
  path?: Readonly<Record<string, Source>>
  /** Creates what path parameters stand for that are `made` or `shared`; default: the admitted body of the operation that creates it. */
  makingBody?: unknown
  /** What of it is another where the session has no client; default: the path, as `parameters.ts` says. */
  offline?: { path: Readonly<Record<string, Fixture>>; body: unknown }
  /** The query of the admitted request; default: none. @param fact what the target says under this key */
  query?: (fact: FactOf) => NonNullable<Call['query']>
  /** Default: the first named example of the contract. */
  body?: unknown
  /** The body of an operation that takes bytes. */
  file?: NonNullable<Call['raw']>
  /** Puts into an admitted body what only the target knows. @param fact what the target says under this key */
  fill?: (body: unknown, fact: FactOf) => unknown
  /** Members of its answer that may be others when a retry is answered. */
  changing?: readonly string[]
  /** What `fill` and `query` need. */
  needs?: readonly Need[]
  /** A body that is admitted and changes nothing; default: `body`. */
  harmless?: unknown
  /** A body that counts towards the pace of the operation, when `body` does not. */
  pacedBody?: unknown
  /** What it changes, when it is admitted. */
  effects?: readonly Effect[]
  /** Of the admitted case itself. */
  control?: readonly string[]
  /** The admitted case shows something that a mock cannot, so its answer is not told to one. */
  live?: boolean
  /** Its success shows that a token is good for its capability: what even a small server claims. */
  anchor?: boolean
  /** Of a list with a cursor: what holds besides the laws of paging. */
  list?: ListLaw
  /** Its successes hold a secret, which no report may show. */
  secret?: boolean
}

/** An operation as cases and traits are made of it. */
export interface Base extends Operation {
  contract: Contract
  row: OperationRow
  admitted: string
  promise: string
  feature: Feature
  /** Of each path parameter. */
  path: Readonly<Record<string, Source>>
}

export const baseOf = (contract: Contract, said: Operation): Base => {
  const { operationId } = said
  const row = contract.operations[operationId]
  const body = said.body ?? contract.bodyExample(operationId)
  const sources = Object.keys(row.parameters.path).map((name): [string, Source] => [
    name,
    said.path?.[name] ?? parameters[name]?.own ?? 'example',
  ])
  return {
    ...said,
    contract,
    row,
    admitted: said.admitted ?? `${row.statuses.find((status) => status < 300)}/-/example`,
    promise: said.promise ?? String(contract.at(below(contract.operationPointer(operationId), 'summary'))),
    feature: said.feature ?? featureOfTag(row.tag),
    path: Object.fromEntries(sources),
    ...(body !== undefined && { body }),
  }
}

/** Tags are parts of the profile: `Chats` is `chats`. */
const featureOfTag = (tag: string): Feature => `${tag.slice(0, 1).toLowerCase()}${tag.slice(1)}`

/** The request as the contract wants it. */
export const admittedCall = async (base: Base, context: Context): Promise<Call> => ({
  operationId: base.operationId,
  ...(Object.keys(base.path).length > 0 && { path: await admittedPath(base, context) }),
  ...(base.query !== undefined && { query: base.query((key) => context.get(key)) }),
  ...(base.file !== undefined && { raw: base.file }),
  ...(base.body !== undefined && { body: filled(base, base.body, context) }),
})

/** Fewer, and a list has no second page. */
const fewestEntries = 2

/**
 * The admitted request of a list that has two entries, where the suite may make them. A new server has none, or those of other cases,
 * which come and go.
 */
export const listCall = async (base: Base, context: Context): Promise<Call> => {
  const { maker, kept = [] } = base.list ?? {}
  const isFilled = kept.filter((need) => context.find(need) !== undefined).length >= fewestEntries
  if (maker !== undefined && !isFilled && context.mayMake(maker))
    for (let made = 0; made < fewestEntries; made++) await context.make(maker)
  return admittedCall(base, context)
}

/** The admitted request; of a list whose later entries change, for the first entries only, so that asking twice gives the same. */
export const steadyCall = async (base: Base, context: Context): Promise<Call> => {
  const call = await listCall(base, context)
  return base.list?.steady === undefined ? call : { ...call, query: { ...call.query, limit: base.list.steady } }
}

/** The body as this target takes it. */
export const filled = (base: Base, body: unknown, context: Pick<Context, 'get'>): unknown =>
  base.fill?.(body, (key) => context.get(key)) ?? body

const admittedPath = async (base: Base, context: Context): Promise<Record<string, string>> => {
  const path: Record<string, string> = {}
  for (const [name, source] of Object.entries(base.path))
    path[name] = await valueFrom(base, name, source, path, context)
  return path
}

/** @param before the parameters in front of it */
const valueFrom = async (
  base: Base,
  name: string,
  source: Source,
  before: Record<string, string>,
  context: Context,
) => {
  if (source === 'example') return exampleOf(base, name)
  const making = { path: { ...before }, ...(base.makingBody !== undefined && { body: base.makingBody }) }
  if (source === 'made') return context.make(makerOf(base, name), making)
  if (source === 'shared') return context.share(makerOf(base, name), making)
  const fact = context.get(source)
  return typeof fact === 'string' ? fact : fact.id
}

/** Which operation creates what the parameter names. @throws when there is none: the contract cannot make it */
export const makerOf = ({ contract, operationId }: Base, parameter: string): OperationId => {
  const maker = contract.makerOf(operationId, parameter)
  if (maker === undefined) throw new Error(`nothing creates the ${parameter} of ${operationId}`)
  return maker
}

const exampleOf = ({ contract, operationId }: Base, name: string): string => {
  const pointers = contract.parameterPointers(operationId)
  const pointer = pointers.find((one) => contract.at(below(one, 'name')) === name) ?? ''
  return String(contract.at(below(pointer, 'example')))
}

/** Whether the target names it. */
export const isFixture = (source: Source | undefined): source is Fixture => source?.startsWith('fixtures.') ?? false

const sourcesOf = ({ path }: Base) => Object.values(path)

export const needsOf = (base: Base): Need[] => [...sourcesOf(base).filter(isFixture), ...(base.needs ?? [])]

/** What a list does without, as `listCall` says. */
export const optionalOf = ({ list }: Base): readonly Need[] => list?.kept ?? []

/** What is made is of the tag of what makes it: making a session changes `sessions`. */
export const effectsOf = (base: Base): Effect[] => {
  const made = Object.entries(base.path).filter(([, source]) => source === 'made')
  const effects = made.map(([name]) => featureOfTag(base.contract.operations[makerOf(base, name)].tag) as Effect)
  return [...new Set<Effect>([...effects, ...(base.effects ?? [])])]
}

export const idOf = (base: Base, row: string = base.admitted) => `${base.operationId}/${row}`

/** Status and code of the admitted request. */
export const outcomeOf = ({ admitted }: Base): { status: number; code: string | undefined } => {
  const [status, code] = admitted.split('/')
  return { status: Number(status), code: code === '-' ? undefined : code }
}

/** Whether the admitted request is answered with JSON, which can be compared. */
export const showsJson = (base: Base): boolean => {
  const { contract, operationId } = base
  const response = contract.follow(contract.responsePointer(operationId, outcomeOf(base).status))
  return contract.at(below(response, 'content', 'application/json')) !== undefined
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

type Refusal = Pick<Case, 'promise' | 'run'> & Partial<Omit<Case, 'promise' | 'run' | 'operationId'>> & { id: string }

/** A row for `cases`: sends the edited request and expects the answer that the id names. */
export const refusal = (base: Base, { id, edit, broken = true, ...rest }: Edit): Refusal => ({
  ...rest,
  id,
  effects: [...effectsOf(base), ...(rest.effects ?? [])],
  needs: [...needsOf(base), ...(rest.needs ?? [])],
  control: [idOf(base), ...(rest.control ?? [])],
  run: async (context) => {
    const right = await admittedCall(base, context)
    const call = await edit(right, context)
    const [statuses = '', code = '-'] = id.split('/')
    const wanted = statuses.split('|').map(Number)
    await context.send(
      { ...call, broken },
      // A server that answers 400 to what breaks the schema does so wherever the contract says 422.
      {
        status: wanted.includes(422) ? context.schemaViolation : wanted,
        code: code === '-' ? undefined : code,
        ...(['validation_error', 'not_found'].includes(code) && {
          faultPlace: faultPlaceOf(right, call, base.row.parameters.query),
        }),
      },
    )
  },
})
