/** Servers that keep organizations apart for some callers, or for some requests, and not for all. */
import type { Schemas } from '../../contract.ts'
import { operationIds, operations } from '../../parley.ts'
import type { Target, TokenName } from '../../target.ts'
import {
  type Asked,
  answersWith,
  as,
  edited,
  type Fault,
  headed,
  insteadOf,
  look,
  type MakeFault,
  on,
  refuse,
} from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const stored = operationIds.filter((id) => operations[id].path.includes('{cid}') && !operations[id].live)
const live = operationIds.filter((id) => operations[id].path.includes('{session}') && operations[id].live)
const storedAnd = (variant: string) => stored.map((id) => `${id}/404/not_found/${variant}`)

interface Form {
  name: string
  words: string
  is: (asked: Asked) => boolean
}

const token = (name: TokenName) => (asked: Asked) => asked.caller === name

/** Of a login JWT that is of no target file. */
const claimsRole = ({ caller, headers }: Asked, role: string) => {
  const claims = /^Bearer [\w-]+\.([\w-]+)\./.exec(headers.authorization ?? '')?.[1] ?? ''
  return caller === undefined && Buffer.from(claims, 'base64url').toString().includes(`"orgRole":"${role}"`)
}

const forms: readonly Form[] = [
  {
    name: 'x-api-key',
    words: 'an API key in x-api-key',
    is: (asked) => asked.caller === 'full' && asked.headers['x-api-key'] !== undefined,
  },
  { name: 'login-owner', words: 'the login JWT of an owner', is: token('ownerLogin') },
  { name: 'login-admin', words: 'the login JWT of an admin', is: (asked) => claimsRole(asked, 'admin') },
  { name: 'login-member', words: 'the login JWT of a member', is: token('memberLogin') },
  { name: 'token-read-only', words: 'a key for read alone', is: token('readOnly') },
  { name: 'token-send-only', words: 'a key for send alone', is: token('sendOnly') },
  { name: 'token-manage-only', words: 'a key for manage alone', is: token('manageOnly') },
]

const isBearerOfFull = (asked: Asked) => asked.caller === 'full' && asked.headers['x-api-key'] === undefined

/** What the right server does not find, and the other organization does. */
const theirs = (fault: Fault): MakeFault => {
  return (target) =>
    insteadOf(404, async (asked, ask) => {
      const found = await ask(as(look(asked, `/sessions/${encodeURIComponent(asked.session)}`), target, 'otherOrg'))
      return asked.session !== '' && found.status === 200 ? fault(asked, ask) : ask(asked)
    })
}

const when = (which: (asked: Asked, target: Target) => boolean, make: MakeFault): MakeFault => {
  return (target, addresses) => on((asked) => which(asked, target), make(target, addresses))
}

const served: MakeFault = (target) => insteadOf(404, (asked, ask) => ask(as(asked, target, 'otherOrg')))

/** The session of the path is ours, and the chat is theirs. */
const isTheirChat = ({ session, cid }: Asked, { fixtures }: Target) =>
  session !== fixtures.otherOrgSession && cid === fixtures.otherOrgChat?.id

const chatServed: MakeFault = (target) =>
  insteadOf(404, (asked, ask) => {
    const session = target.fixtures.otherOrgSession ?? ''
    return ask(as({ ...asked, target: asked.target.replace(asked.session, session) }, target, 'otherOrg'))
  })

/** In other words than what nobody has. */
const notYours: Fault = answersWith(404, (answer) =>
  edited<Schemas['NotFoundError']>(answer, ({ error }) => ({ error: { ...error, message: 'this is not yours' } })),
)

const byForm = ({ name, words, is }: Form): Mutant[] => {
  const foreignBy = `*/404/not_found/foreign-by-${name}`
  return [
    {
      id: `isolation/all-served/${name}`,
      fault: `serves a caller with ${words} what every organization has`,
      killedBy: [foreignBy],
      because: /answered \d+ instead of 404/,
      make: when(is, served),
    },
    {
      id: `isolation/told-apart/${name}`,
      fault: `tells a caller with ${words} which sessions exist`,
      killedBy: [foreignBy],
      because: 'differ in body/error/message',
      make: when(is, theirs(notYours)),
    },
    {
      id: `isolation/forbidden/${name}`,
      fault: `answers 403 to a caller with ${words} for what another organization has`,
      killedBy: [foreignBy],
      because: 'answered 403 instead of 404',
      make: when(
        is,
        theirs(() => refuse(403, 'forbidden')),
      ),
    },
    ...(name === 'token-manage-only' ? [] : chatsByForm({ name, words, is })),
  ]
}

/** Of chats; nobody who may manage alone reads any. */
const chatsByForm = ({ name, words, is }: Form): Mutant[] => {
  const able = stored.filter((id) => name === 'x-api-key' || name.startsWith('login') || name.includes(needed(id)))
  return [
    {
      id: `isolation/chats-of-all/${name}`,
      fault: `finds a caller with ${words} chats of every session`,
      killedBy: able.map((id) => `${id}/404/not_found/foreign-by-${name}`),
      because: 'answered 200 instead of 404',
      touches: [`*/404/not_found/foreign-by-${name}`],
      make: when((asked, target) => is(asked) && isTheirChat(asked, target), chatServed),
    },
  ]
}

const needed = (id: (typeof stored)[number]): string => operations[id].capabilities[0] ?? ''

const asUnknown = ['*/404/not_found/session-foreign-as-unknown']

/** Told apart only when the request has something more. */
const withMore = (
  id: string,
  fault: string,
  killedBy: readonly string[],
  because: string,
  which: (asked: Asked, target: Target) => boolean,
  more: Partial<Mutant> = {},
): Mutant => ({
  id: `isolation/${id}`,
  fault,
  killedBy,
  because,
  make: when((asked, target) => isBearerOfFull(asked) && which(asked, target), theirs(notYours)),
  ...more,
})

const named = (header: string) =>
  withMore(
    `told-apart-with-header/${header}`,
    `tells which sessions exist to a request with ${header}`,
    asUnknown,
    'with more headers differ in body/error/message',
    ({ headers }) => headers[header] !== undefined,
  )

/** Says it in a header alone. */
const inHeader = (name: string, value: string): Mutant => ({
  id: `isolation/told-in-header/${name}`,
  fault: `sends ${name} with what another organization has, and not with what nobody has`,
  killedBy: asUnknown,
  because: `differ in header ${name}`,
  touches: ['*/404/not_found/foreign-by-*', '*/404/not_found/session-foreign-offline'],
  make: theirs(answersWith(404, (answer) => headed(answer, { [name]: value }))),
})

const hidden = '*/404/not_found/ours-hidden'

export const isolation: readonly Mutant[] = [
  ...forms.flatMap(byForm),
  named('accept-language'),
  named('if-none-match'),
  named('if-modified-since'),
  named('cookie'),
  named('x-requested-with'),
  named('x-debug'),
  inHeader('x-session-owner', 'another'),
  inHeader('etag', '"1"'),
  inHeader('last-modified', 'Thu, 01 Jan 2026 00:00:00 GMT'),
  withMore(
    'told-apart-with-unknown-chat',
    'looks for the chat before it looks whose session it is',
    ['setChatPresence', ...stored].map((id) => `${id}/404/not_found/session-foreign-as-unknown`),
    'with an unknown chat differ in body/error/message',
    ({ cid }, { fixtures }) => cid === fixtures.unknownChat,
  ),
  withMore(
    'told-apart-by-another-body',
    'tells which sessions exist when a recording is to be shown, or somebody mentioned',
    // A forward, a vote and a reaction have one form of body only.
    live
      .filter((id) => operations[id].hasBody && !['forwardMessage', 'voteMessage', 'addReaction'].includes(id))
      .map((id) => `${id}/404/not_found/session-foreign-as-unknown`),
    'with another body differ in body/error/message',
    ({ bytes }) => /recording|mentions/.test(bytes?.toString('utf8') ?? ''),
  ),
  {
    id: 'isolation/head-of-all',
    fault: 'answers HEAD to a caller of another organization',
    killedBy: operationIds
      .filter((id) => operations[id].method === 'GET' && operations[id].path.includes('{session}'))
      .map((id) => `${id}/404/not_found/session-foreign-as-unknown-to-head`),
    because: 'answered 200 instead of 404',
    // A session that pairs has a code, and the other organization's does not: 404 is right there.
    touches: ['*/404/not_found/session-foreign-as-unknown-to-head'],
    make: when(({ method }) => method === 'HEAD', served),
  },
  {
    id: 'isolation/offline-told',
    fault: 'says of every session whether it is connected',
    killedBy: live.map((id) => `${id}/404/not_found/session-foreign-offline`),
    because: 'answered 501 instead of 404',
    make: when(
      ({ session }, { fixtures }) => session === fixtures.otherOrgOfflineSession,
      () => on([...live], () => refuse(501, 'not_implemented')),
    ),
  },
  {
    id: 'isolation/offline-told-apart',
    fault: "has other words for another organization's session that is not connected",
    killedBy: live.map((id) => `${id}/404/not_found/session-foreign-offline`),
    because: 'differ in body/error/message',
    make: when(({ session }, { fixtures }) => session === fixtures.otherOrgOfflineSession, theirs(notYours)),
  },
  {
    id: 'isolation/ours-served',
    fault: 'serves our sessions to another organization',
    killedBy: [hidden],
    because: /answered \d+ instead of 404/,
    touches: ['*/404/not_found/webhook-foreign', '*/400|401|403|404|422/-/changes-nothing'],
    make: when(token('otherOrg'), (target) => insteadOf(404, (asked, ask) => ask(as(asked, target, 'full')))),
  },
  {
    id: 'isolation/ours-served-by-header',
    fault: 'serves our sessions to a key of another organization in x-api-key',
    killedBy: [hidden],
    because: /answered \d+ instead of 404/,
    make: when(
      (asked) => asked.caller === 'otherOrg' && asked.headers['x-api-key'] !== undefined,
      (target) => insteadOf(404, (asked, ask) => ask(as(asked, target, 'full'))),
    ),
  },
  {
    id: 'isolation/ours-told-apart',
    fault: 'tells another organization which of our sessions exist',
    killedBy: [hidden],
    because: 'differ in body/error/message',
    make: (target) =>
      on(({ caller, session }) => caller === 'otherOrg' && session !== target.fixtures.unknownSession, notYours),
  },
  {
    id: 'isolation/chat-of-others-told-apart',
    fault: 'has other words for a chat that somebody else has',
    killedBy: storedAnd('chat-of-other-organization'),
    because: 'differ in body/error/message',
    touches: ['*/404/not_found/foreign-by-*', '*/404/not_found/session-foreign-as-unknown'],
    make: when(isTheirChat, () => notYours),
  },
]
