/** Servers that let the wrong ones in, or keep the right ones out. */
import type { OperationId } from '../../contract.ts'
import { operationIds, operations } from '../../parley.ts'
import type { TokenName } from '../../target.ts'
import { type Asked, answersWith, as, type Fault, insteadOf, on, refuse, withHeaders } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const of = (capability: string) =>
  operationIds.filter((id) => operations[id].capabilities.some((one) => one === capability))

const managed = of('manage')
/** What managing does not include. */
const readAlone = of('read').filter((id) => !managed.includes(id))
const isOf = (name: TokenName) => (asked: Asked) => asked.caller === name

/** Nothing in the two headers that carry tokens. */
const isBare = ({ headers }: Asked) => headers.authorization === undefined && headers['x-api-key'] === undefined

const bearer = ({ headers }: Asked) => /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1]

/** Half of a known token, and then something else. */
const isAltered = (text: string | undefined, token: string | undefined) =>
  text !== undefined && token !== undefined && text !== token && text.startsWith(token.slice(0, token.length / 2 - 1))

/** Tokens of this kind have the capability of another. */
const lends = (from: TokenName, to: TokenName, ids: readonly OperationId[]) =>
  ({
    make: (target) =>
      on(
        [...ids],
        on(isOf(from), (asked, ask) => ask(as(asked, target, to))),
      ),
  }) satisfies Pick<Mutant, 'make'>

const turnsAway = (which: (asked: Asked) => boolean, ids: readonly OperationId[], answer: () => ReturnType<Fault>) =>
  ({
    make: () => on([...ids], on(which, answer)),
  }) satisfies Pick<Mutant, 'make'>

const unauthorized = () => refuse(401, 'unauthorized')
const forbidden = () => refuse(403, 'forbidden')

export const admission: readonly Mutant[] = [
  {
    id: 'admission/no-token-needed',
    fault: 'serves every caller',
    killedBy: ['*/401/unauthorized/token-absent'],
    because: 'instead of 401',
    touches: ['*/401/unauthorized/*', '*/20*/-/request-id', '*/-/origin-unlisted', 'createEventTicket/201/*'],
    make: (target) =>
      on(
        ({ operationId }) => operationId !== undefined,
        on(isBare, (asked, ask) => ask(as(asked, target, 'full'))),
      ),
  },
  {
    id: 'admission/capability-ignored',
    fault: 'serves a caller whatever the token may',
    killedBy: ['*/403/forbidden/*'],
    because: 'instead of 403',
    touches: ['*/-/changes-nothing', '*/-/answer-headers'],
    make: (target) => insteadOf(403, (asked, ask) => ask(as(asked, target, 'full'))),
  },
  {
    id: 'admission/any-token',
    fault: 'takes any token for a good one',
    killedBy: ['*/401/unauthorized/token-garbage', '*/401/unauthorized/token-altered'],
    because: 'instead of 401',
    touches: ['*/401/*'],
    make: (target) =>
      on(
        (asked) => bearer(asked) !== undefined,
        insteadOf(401, (asked, ask) => ask(as(asked, target, 'full'))),
      ),
  },
  {
    id: 'admission/secret-not-verified',
    fault: 'looks at the first half of a token only',
    killedBy: ['*/401/unauthorized/token-altered'],
    because: 'instead of 401',
    touches: ['*/401/unauthorized/token-near'],
    make: (target) =>
      on(
        (asked) => isAltered(bearer(asked), target.tokens.full),
        (asked, ask) => ask(as(asked, target, 'full')),
      ),
  },
  {
    id: 'admission/key-not-verified',
    fault: 'looks at the first half of a key in x-api-key only',
    killedBy: ['*/401/unauthorized/key-altered'],
    because: 'instead of 401',
    touches: ['*/401/unauthorized/key-near'],
    make: (target) =>
      on(
        (asked) => isAltered(asked.headers['x-api-key'], target.tokens.full),
        (asked, ask) => ask(as(asked, target, 'full')),
      ),
  },
  {
    id: 'admission/any-scheme',
    fault: 'takes a token under any scheme',
    killedBy: ['*/401/unauthorized/scheme-basic'],
    because: 'instead of 401',
    touches: ['*/401/unauthorized/token-elsewhere'],
    make: (target) =>
      on(
        ({ headers }) => /^Basic /.test(headers.authorization ?? ''),
        (asked, ask) => ask(as(asked, target, 'full')),
      ),
  },
  {
    id: 'admission/no-x-api-key',
    fault: 'does not know x-api-key',
    killedBy: ['*/x-api-key'],
    because: 'answered 401 instead of',
    touches: ['*/404/not_found/ours-hidden'],
    make: () => (asked, ask) => ask(withHeaders(asked, { 'x-api-key': undefined })),
  },
  {
    id: 'admission/no-logins',
    fault: 'does not know login JWTs',
    killedBy: ['*/login-owner', '*/20*/-/login-member'],
    because: /tokens\.(owner|member)Login: is refused with 401/,
    verdict: 'blocked',
    touches: ['*login-*', 'createSession/201/-/creator'],
    make: () => on((asked) => isOf('ownerLogin')(asked) || isOf('memberLogin')(asked), unauthorized),
  },
  {
    id: 'admission/members-manage',
    fault: 'gives a member the rights of an owner',
    killedBy: ['*/403/forbidden/login-member'],
    because: 'instead of 403',
    ...lends('memberLogin', 'ownerLogin', managed),
  },
  {
    id: 'admission/members-may-nothing',
    fault: 'gives a member no right at all',
    killedBy: ['*/-/login-member'],
    because: 'answered 403 instead of 20',
    ...turnsAway(isOf('memberLogin'), operationIds, forbidden),
  },
  {
    id: 'admission/owners-do-not-manage',
    fault: 'gives an owner the rights of a member',
    killedBy: managed.map((id) => `${id}/*/login-owner`),
    because: 'answered 403 instead of',
    touches: ['createSession/201/-/creator'],
    ...turnsAway(isOf('ownerLogin'), managed, forbidden),
  },
  {
    id: 'admission/reading-is-enough-to-send',
    fault: 'asks for read where send is needed',
    killedBy: of('send').map((id) => `${id}/403/forbidden/token-read-only`),
    because: 'instead of 403',
    touches: ['*/403/forbidden/before-*', '*/-/changes-nothing'],
    ...lends('readOnly', 'full', of('send')),
  },
  {
    id: 'admission/sending-is-enough-to-read',
    fault: 'asks for send where read is needed',
    killedBy: of('read').map((id) => `${id}/403/forbidden/token-send-only`),
    because: 'instead of 403',
    touches: ['*/403/forbidden/before-*', '*/-/answer-headers'],
    ...lends('sendOnly', 'full', of('read')),
  },
  {
    id: 'admission/managing-is-enough-to-read',
    fault: 'lets a token that may manage read too',
    killedBy: readAlone.map((id) => `${id}/403/forbidden/token-manage-only`),
    because: 'instead of 403',
    ...lends('manageOnly', 'full', readAlone),
  },
  {
    id: 'admission/managing-is-enough-to-send',
    fault: 'lets a token that may manage send too',
    killedBy: of('send').map((id) => `${id}/403/forbidden/token-manage-only`),
    because: 'instead of 403',
    ...lends('manageOnly', 'full', of('send')),
  },
  {
    id: 'admission/reading-needs-more',
    fault: 'asks for manage where read is enough',
    killedBy: of('read').map((id) => `${id}/200/-/token-read-only`),
    because: 'answered 403 instead of 200',
    ...turnsAway(isOf('readOnly'), of('read'), forbidden),
  },
  {
    id: 'admission/sending-needs-more',
    fault: 'asks for manage where send is enough',
    killedBy: of('send').map((id) => `${id}/*/token-send-only`),
    because: 'answered 403 instead of',
    ...turnsAway(isOf('sendOnly'), of('send'), forbidden),
  },
  {
    id: 'admission/managing-needs-more',
    fault: 'asks for more than manage to manage',
    killedBy: managed.map((id) => `${id}/*/token-manage-only`),
    because: 'answered 403 instead of',
    ...turnsAway(isOf('manageOnly'), managed, forbidden),
  },
  {
    id: 'admission/says-why',
    fault: 'tells a token that is almost right from one that is none',
    killedBy: ['*/401/unauthorized/says-not-why'],
    because: 'tell how near a guess is',
    make: ({ tokens }) =>
      on(
        (asked) => isAltered(bearer(asked), tokens.full),
        answersWith(401, () => refuse(401, 'unauthorized', 'the secret of this key is another one')),
      ),
  },
]
