/** Objects that several answers show: what tells one from all others, and which requests show it again. */
import type { Call, Context } from './case.ts'
import { below, type Contract, type OperationId } from './contract.ts'
import { type Found, namesIn, objectsIn } from './objects.ts'
import type { Answer } from './transport.ts'

type Members = Readonly<Record<string, unknown>>

interface Kind {
  /** What it is an object of: an account and its session are one thing. */
  is: 'session' | 'chat' | 'message'
  /** The members that tell it from all others. */
  key: readonly string[]
  /** Which member names it in a path, by the name of the parameter. */
  path: Readonly<Record<string, string>>
  /** Members that tell how it stands: they change without a request, and `updatedAt` with them. */
  standing?: readonly string[]
}

const ofSession = ['status', 'statusReason', 'statusReasonCode', 'connected', 'phoneNumber', 'waJid', 'waLid'] as const

/** By their names in `components/schemas`: a list that grows with the nouns of the API, and not with its operations. */
const kinds: Readonly<Record<string, Kind>> = {
  Session: {
    is: 'session',
    key: ['id'],
    path: { session: 'id' },
    standing: [...ofSession, 'updatedAt', 'lastConnectedAt'],
  },
  Me: { is: 'session', key: ['sessionId'], path: { session: 'sessionId' }, standing: ofSession },
  Chat: { is: 'chat', key: ['sessionId', 'jid'], path: { session: 'sessionId', cid: 'jid' } },
  Message: { is: 'message', key: ['id'], path: { session: 'sessionId', cid: 'chatJid', mid: 'id' } },
}

/** An object in an answer, with what tells it from others. */
export interface Shown {
  /** In `components/schemas`. */
  name: string
  value: Members
  /** The same for two objects that show the same thing. */
  identity: string
}

const schemaOf = (contract: Contract, id: OperationId, status: number) =>
  below(contract.follow(contract.responsePointer(id, status)), 'content', 'application/json', 'schema')

/** The objects in an answer that have a key, in the order of the answer. */
export const shownIn = (contract: Contract, id: OperationId, { status, body }: Answer): Shown[] =>
  objectsIn(contract, schemaOf(contract, id, status), body).flatMap((found) => shown(found) ?? [])

const shown = ({ name, value }: Found): Shown | undefined => {
  const kind = kinds[name]
  if (kind === undefined || typeof value !== 'object' || value === null) return undefined
  const members = value as Members
  return { name, value: members, identity: [kind.is, ...kind.key.map((key) => String(members[key]))].join(' ') }
}

/** What an operation can show when all is well: names in `components/schemas`, of objects that have a key. */
export const namesShownBy = (contract: Contract, id: OperationId): string[] => {
  const status = contract.operations[id].statuses.find((one) => one < 300)
  const names = status === undefined ? [] : namesIn(contract, schemaOf(contract, id, status))
  return names.filter((name) => name in kinds)
}

/** A request that shows an object again. */
export interface View {
  call: Call
  /** It shows the object under the same name, and not only something of it: so it has to be there. */
  isWhole: boolean
}

/** @param answered the request whose answer has the object; its parameters stand for what the object does not name */
export const viewsOf = (contract: Contract, answered: Call, { name, value }: Shown): View[] => {
  const kind = kinds[name]
  if (kind === undefined) return []
  const named = Object.entries(kind.path).map(([parameter, member]) => [parameter, value[member]])
  const known: Record<string, unknown> = { ...answered.path, ...Object.fromEntries(named) }
  return contract.operationIds.flatMap((operationId): View[] => {
    const { method, parameters } = contract.operations[operationId]
    const wanted = Object.keys(parameters.path)
    const names = namesShownBy(contract, operationId).filter((one) => kinds[one]?.is === kind.is)
    if (method !== 'GET' || names.length === 0 || wanted.some((one) => typeof known[one] !== 'string')) return []
    const path = Object.fromEntries(wanted.map((one) => [one, String(known[one])]))
    // A list shows itself again in pages of another length.
    const query = operationId === answered.operationId && 'limit' in parameters.query ? { limit: shortPage } : undefined
    if (operationId === answered.operationId && query === undefined) return []
    return [
      {
        call: { operationId, ...(wanted.length > 0 && { path }), ...(query && { query }) },
        isWhole: names.includes(name),
      },
    ]
  })
}

/** How many entries a page has in which a list is asked for again. */
export const shortPage = 3

const maxPages = 20

/** @returns the object as the view shows it; undefined where it does not */
export const lookFor = async (
  context: Context,
  contract: Contract,
  { call }: View,
  identity: string,
): Promise<Shown | undefined> => {
  const { query } = contract.operations[call.operationId].parameters
  let cursor: string | undefined
  for (let page = 0; page < maxPages; page++) {
    const more = { ...('limit' in query && { limit: 200 }), ...call.query, ...(cursor !== undefined && { cursor }) }
    const asked: Call = { ...call, ...(Object.keys(more).length > 0 && { query: more }) }
    const answer = await context.send(asked, { status: [200, 404] })
    if (answer.status === 404) return undefined
    const found = shownIn(contract, call.operationId, answer).find((one) => one.identity === identity)
    const next = (answer.body as { nextCursor?: unknown }).nextCursor
    if (found !== undefined || typeof next !== 'string') return found
    cursor = next
  }
  return undefined
}

/** What goes on after an answer, such as a session that starts, shows in later ones. */
const hasMovedOn = (one: Shown, later: Shown) => Number(later.value.updatedAt) > Number(one.value.updatedAt)

/** @returns in which documented member two views of one object differ, in words; undefined when they agree */
export const difference = (contract: Contract, one: Shown, other: Shown): string | undefined => {
  const standing = hasMovedOn(one, other) ? (kinds[one.name]?.standing ?? []) : []
  for (const name of membersOf(contract, one.name)) {
    if (!membersOf(contract, other.name).includes(name) || standing.includes(name)) continue
    const [mine, theirs] = [one, other].map((shown) =>
      contract.canonical(below('/components/schemas', shown.name, 'properties', name), shown.value[name]),
    )
    if (mine !== theirs) return `${name} is ${inWords(theirs)} there, and ${inWords(mine)} here`
  }
  return undefined
}

const membersOf = (contract: Contract, name: string) =>
  Object.keys(contract.at(below('/components/schemas', name, 'properties')) ?? {})

const maxWords = 60

const inWords = (text = '') => {
  if (text === '') return 'absent'
  return text.length > maxWords ? `${text.slice(0, maxWords)}…` : text
}
