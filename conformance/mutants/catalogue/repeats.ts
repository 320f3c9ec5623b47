/** Servers that show one thing otherwise in one answer than in another, or to one caller than to another. */
import type { OperationId, Schemas } from '../../contract.ts'
import { operationIds, operations } from '../../parley.ts'
import { type Asked, isObject, on, shows } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Members = Record<string, unknown>

/** Each object of an answer, changed: the entries of a list, or the one that it is. */
const eachObject = (change: (object: Members) => Members) => (body: unknown) => {
  if (!isObject(body)) return body
  return Array.isArray(body.data) ? { ...body, data: body.data.map((entry) => change(entry as Members)) } : change(body)
}

/** One member is another in what one operation shows. */
const turned = (
  id: OperationId,
  member: string,
  fault: string,
  value: (before: unknown) => unknown,
  { when = () => true, touches = [] }: { when?: (asked: Asked) => boolean; touches?: readonly string[] } = {},
): Mutant => ({
  id: `repeats/${member}-of-${id}`,
  fault,
  killedBy: [`${id}/*/as-elsewhere`],
  because: new RegExp(`${member} is .* there, and .* here`),
  touches,
  make: () =>
    on(
      when,
      shows<unknown>(
        id,
        eachObject((object) => ({ ...object, [member]: value(object[member]) })),
      ),
    ),
})

const more = (before: unknown) => Number(before) + 1
const not = (before: unknown) => before !== true
const nothing = () => undefined

const isShortPage = ({ query }: Asked) => Number(query.get('limit') ?? 50) < 10

const asElsewhere: readonly Mutant[] = [
  turned('createSession', 'ratePerHour', 'answers with other limits than the session then has', more),
  turned('startSession', 'gatewayId', 'names another gateway when it starts a session', () => 'gateway-of-a-mutant'),
  turned('stopSession', 'isAdminSession', 'takes a stopped session for one of the operators', not),
  turned('restartSession', 'label', 'leaves the label out when it restarts a session', nothing),
  turned('logoutSession', 'organizationId', 'names another organization when it logs out', () => 'org_of_a_mutant'),
  turned('getSession', 'ratePerHour', 'shows other limits of a session alone than in the list', more, {
    touches: ['getSession/200/-/as-listed', 'updateSession/200/*'],
  }),
  turned('listSessions', 'gatewayId', 'lists sessions as those of another gateway', () => 'gateway-of-a-mutant', {
    touches: ['getSession/200/-/as-listed'],
  }),
  turned('sessionMe', 'waLid', 'tells another LID of an account than of its session', () => '100000000000009@lid'),
  turned('listChats', 'archived', 'lists chats as archived that are not', not, {
    touches: ['getChat/200/-/as-listed'],
  }),
  turned('getChat', 'pinned', 'shows a chat as pinned that its list shows otherwise', not, {
    touches: ['getChat/200/-/as-listed'],
  }),
  turned('readChat', 'name', 'leaves the name out of the chat that was read', nothing),
  turned('readChat', 'aliases', 'leaves the other JIDs out of the chat that was read', nothing, {
    touches: ['readChat/200/*'],
  }),
  turned('listChats', 'name', 'leaves the names out of short pages', nothing, { when: isShortPage }),
  turned('listChatMessages', 'body', 'leaves the texts out of short pages', nothing, {
    when: isShortPage,
    touches: ['listEvents/200/-/message-comes'],
  }),
]

const reads = operationIds.filter((id) => operations[id].method === 'GET')

/** What every kind of caller may read, as JSON. */
const forReaders = reads.filter(
  (id) => id !== 'downloadMedia' && operations[id].capabilities.some((capability) => capability === 'read'),
)

/** Something of each answer is otherwise: a list is shorter, an object has another member. */
const less = (body: Members): Members => {
  if (Array.isArray(body.data)) return { ...body, data: body.data.slice(1) }
  if ('ratePerHour' in body) return { ...body, ratePerHour: more(body.ratePerHour) }
  if ('waMessageId' in body) return { ...body, edited: not(body.edited) }
  if ('pinned' in body) return { ...body, pinned: not(body.pinned) }
  return { ...body, waLid: '100000000000009@lid' }
}

const forSome = (name: string, fault: string, which: (asked: Asked) => boolean, words: string): Mutant => ({
  id: `repeats/for-${name}`,
  fault,
  killedBy: forReaders.map((id) => `${id}/200/-/same-for-each-caller`),
  because: new RegExp(`a caller with .*${words}.*: the answer is another one`),
  make: () => on(which, shows<Members>(reads, less)),
})

const forCallers: readonly Mutant[] = [
  forSome(
    'x-api-key',
    'shows less to keys in x-api-key',
    ({ headers }) => headers['x-api-key'] !== undefined,
    'x-api-key',
  ),
  forSome('owners', 'shows less to an owner who has logged in', ({ caller }) => caller === 'ownerLogin', 'owner'),
  forSome('members', 'shows less to a member who has logged in', ({ caller }) => caller === 'memberLogin', 'member'),
  forSome('readers', 'shows less to a key that may only read', ({ caller }) => caller === 'readOnly', 'read alone'),
  {
    id: 'repeats/events-for-owners',
    fault: 'tells an owner who has logged in of fewer events',
    killedBy: ['listEvents/200/-/same-for-each-caller'],
    because: 'a caller with the login JWT of an owner: the answer is another one',
    make: () =>
      on(
        ({ caller }) => caller === 'ownerLogin',
        shows<Schemas['EventPage']>('listEvents', (page) => ({ ...page, data: page.data.slice(1) })),
      ),
  },
  {
    id: 'repeats/own-sessions-only',
    fault: 'lists to a person the sessions alone that this person has made',
    killedBy: ['listSessions/200/-/same-for-each-caller'],
    because: 'a caller with the login JWT of an owner: the answer is another one',
    make: () =>
      on(
        ({ caller }) => caller === 'ownerLogin' || caller === 'memberLogin',
        shows<Schemas['SessionList']>('listSessions', (list) => ({
          ...list,
          data: list.data.filter(({ createdByUserId }) => createdByUserId !== undefined),
        })),
      ),
  },
]

export const repeats: readonly Mutant[] = [...asElsewhere, ...forCallers]
