/** Servers that treat methods in their own way. */
import type { OperationId } from '../../contract.ts'
import { operationIds, operations, parley } from '../../parley.ts'
import { otherMethod } from '../../traits/methods.ts'
import { type Asked, answers, answersWith, as, headed, hears, insteadOf, on, refuse, reply } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const gets = operationIds.filter((id) => operations[id].method === 'GET')
const isHead = ({ method }: Asked) => method === 'HEAD'
const isPatch = ({ method }: Asked) => method === 'PATCH'
const isOptions = ({ method }: Asked) => method === 'OPTIONS'

/** Not one that every path has. */
const isOwn = (method: string) => !/HEAD|OPTIONS/.test(method)

/** Operations whose path has another method besides theirs. */
const shared = operationIds.filter(
  (id) => operationIds.filter((other) => operations[other].path === operations[id].path).length > 1,
)

/** PUT on the paths that have PATCH. */
const unknownOf = (id: OperationId) =>
  `${id}/405/method_not_allowed/method-${otherMethod({ contract: parley, row: operations[id] }).toLowerCase()}`

const unknown = operationIds.map(unknownOf)

const ofHead = gets.map((id) => `${id}/401/-/head-without-token`)

export const methods: readonly Mutant[] = [
  {
    id: 'protocol/head-with-a-body',
    fault: 'sends the body with HEAD, too',
    killedBy: gets.map((id) => `${id}/*/head`),
    because: /HEAD has a body of \d+ bytes/,
    make: () =>
      on(isHead, async (asked, ask) => {
        const { bytes } = await ask({ ...asked, method: 'GET' })
        return { ...(await ask(asked)), bytes }
      }),
  },
  {
    id: 'protocol/head-refused-with-a-body',
    fault: 'sends the envelope with HEAD, too',
    killedBy: ofHead,
    because: /HEAD has a body of \d+ bytes/,
    make: () =>
      on(
        isHead,
        answersWith(401, (answer) => ({ ...answer, bytes: Buffer.from('{"error":{"code":"unauthorized"}}') })),
      ),
  },
  {
    id: 'protocol/head-without-a-token',
    fault: 'asks for no token with HEAD',
    killedBy: ofHead,
    because: 'answered 200 instead of 401',
    make: (target) =>
      on(
        isHead,
        insteadOf(401, (asked, ask) => ask(as(asked, target, 'full'))),
      ),
  },
  {
    id: 'protocol/head-not-found-without-a-token',
    fault: 'finds nothing with HEAD unless there is a token',
    killedBy: ofHead,
    because: 'answered 404 instead of 401',
    make: () =>
      on(
        isHead,
        answersWith(401, () => refuse(404, 'not_found')),
      ),
  },
  {
    id: 'protocol/head-says-not-how',
    fault: 'leaves WWW-Authenticate out with HEAD',
    killedBy: ofHead,
    because: 'WWW-Authenticate is missing',
    make: () =>
      on(
        isHead,
        answersWith(401, (answer) => headed(answer, { 'www-authenticate': undefined })),
      ),
  },
  {
    id: 'protocol/options-asks-for-a-token',
    fault: 'asks for a token with OPTIONS',
    killedBy: ['*/204/-/options'],
    because: 'answered 401 instead of 204',
    touches: ['*/origin-unlisted'],
    make: () => on(isOptions, () => refuse(401, 'unauthorized')),
  },
  {
    id: 'protocol/options-with-a-page',
    fault: 'answers OPTIONS with 200 and a text',
    killedBy: ['*/204/-/options'],
    because: 'answered 200 instead of 204',
    make: () =>
      on(
        isOptions,
        answersWith(204, ({ headers }) => reply(200, {}, { allow: headers.allow ?? '' })),
      ),
  },
  {
    id: 'protocol/options-of-another-path',
    fault: 'lists the same methods for every path',
    killedBy: ['startSession', 'setChatPresence', 'readChat'].map((id) => `${id}/204/-/options`),
    because: 'Allow is GET',
    touches: ['*/204/-/options'],
    make: () =>
      on(
        isOptions,
        answersWith(204, (answer) => headed(answer, { allow: 'GET' })),
      ),
  },
  {
    id: 'protocol/no-allow',
    fault: 'refuses a method without saying which ones there are',
    killedBy: unknown,
    because: 'Allow is absent',
    make: () => answersWith(405, (answer) => headed(answer, { allow: undefined })),
  },
  {
    id: 'protocol/allow-incomplete',
    fault: 'names one method of a path only',
    killedBy: shared.map(unknownOf),
    because: /Allow is \w+, and the path has/,
    make: () =>
      answersWith(405, (answer) => headed(answer, { allow: answer.headers.allow?.split(',').find(isOwn)?.trim() })),
  },
  {
    id: 'protocol/allow-everything',
    fault: 'says that a path has every method',
    killedBy: unknown,
    because: 'Allow is GET, HEAD, POST, PUT, PATCH, DELETE',
    make: () => answersWith(405, (answer) => headed(answer, { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE' })),
  },
  {
    id: 'protocol/405-as-404',
    fault: 'answers 404 to a method that the path does not have',
    killedBy: unknown,
    because: 'answered 404 instead of 405',
    make: () => answersWith(405, () => refuse(404, 'not_found')),
  },
  {
    id: 'protocol/405-as-text',
    fault: 'refuses a method in plain text',
    killedBy: unknown,
    because: /Content-Type is text\/(plain|html), not application\/json/,
    touches: ['*/404|405/-/path-slash-encoded'],
    make: () =>
      answersWith(405, (answer) => ({
        ...headed(answer, { 'content-type': 'text/plain' }),
        bytes: Buffer.from('Method Not Allowed'),
      })),
  },
  {
    id: 'protocol/405-with-another-code',
    fault: 'calls a method that the path does not have not_found',
    killedBy: unknown,
    because: 'error.code is not_found instead of method_not_allowed',
    make: () => answersWith(405, ({ headers }) => refuse(405, 'not_found', 'no', { allow: headers.allow ?? '' })),
  },
  {
    id: 'protocol/patch-as-put',
    fault: 'takes any method for the one that it knows',
    killedBy: ['setChatPresence/405/method_not_allowed/method-patch'],
    because: 'instead of 405',
    make: () =>
      on(
        (asked) => isPatch(asked) && asked.target.endsWith('/presence'),
        hears((asked) => ({ ...asked, method: 'PUT' })),
      ),
  },
  {
    id: 'protocol/no-head',
    fault: 'does not know HEAD',
    killedBy: gets.map((id) => `${id}/*/head`),
    because: 'answered 405 instead of',
    make: () => on(isHead, () => refuse(405, 'method_not_allowed', 'no', { allow: 'GET' })),
  },
  {
    id: 'protocol/head-finds-nothing',
    fault: 'answers 404 to HEAD',
    killedBy: gets.map((id) => `${id}/*/head`),
    because: 'answered 404 instead of',
    make: () => on(isHead, () => refuse(404, 'not_found')),
  },
  {
    id: 'protocol/head-as-text',
    fault: 'answers HEAD with another media type than GET',
    killedBy: gets.map((id) => `${id}/*/head`),
    because: 'the media type is another one',
    make: () =>
      on(
        isHead,
        answers((answer) => headed(answer, { 'content-type': 'text/html' })),
      ),
  },
  {
    id: 'protocol/no-options',
    fault: 'does not know OPTIONS',
    killedBy: ['*/204/-/options'],
    because: 'answered 405 instead of 204',
    make: () => on(isOptions, () => refuse(405, 'method_not_allowed', 'no', { allow: 'GET, POST' })),
  },
  {
    id: 'protocol/options-silent',
    fault: 'answers OPTIONS without Allow',
    killedBy: ['*/204/-/options'],
    because: 'Allow is absent',
    make: () =>
      on(
        isOptions,
        answers((answer) => headed(answer, { allow: undefined })),
      ),
  },
  {
    id: 'protocol/method-unknown-asks-for-a-token',
    fault: 'asks for a token on a method that the path does not have',
    killedBy: unknown.map((promise) => `${promise}-without-token`),
    because: 'answered 401 instead of 405',
    make: () =>
      on(
        ({ caller }) => caller === undefined,
        answersWith(405, () => refuse(401, 'unauthorized')),
      ),
  },
]
