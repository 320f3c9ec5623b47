/** Servers that read URLs, methods and headers in their own way. */
import { operationIds, operations } from '../../parley.ts'
import {
  type Asked,
  answers,
  answersWith,
  as,
  headed,
  hears,
  insteadOf,
  on,
  refuse,
  reply,
  withQuery,
} from '../fault.ts'
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

const ofHead = gets.map((id) => `${id}/401/-/head-without-token`)

/** A page that nobody has listed is let in by some answers. */
const letsIn = (name: string, fault: string, which: (asked: Asked) => boolean, allow: (origin: string) => string) =>
  ({
    id: `protocol/cors-${name}`,
    fault,
    killedBy: ['*/origin-unlisted'],
    because: 'says Access-Control-Allow-Origin',
    make: () =>
      on(
        (asked) => asked.headers.origin !== undefined && which(asked),
        answers((answer, { headers: { origin = '' } }) =>
          headed(answer, { 'access-control-allow-origin': allow(origin) }),
        ),
      ),
  }) satisfies Mutant

const echo = (origin: string) => origin
const hasToken = ({ headers }: Asked) => headers.authorization !== undefined

export const protocol: readonly Mutant[] = [
  letsIn('reflected', 'lets the pages of every origin in', () => true, echo),
  letsIn(
    'any',
    'lets every page in',
    () => true,
    () => '*',
  ),
  letsIn('reflected-in-answers', 'lets every origin read its answers', (asked) => hasToken(asked), echo),
  letsIn(
    'reflected-in-refusals',
    'lets every origin read its refusals',
    (asked) => !hasToken(asked) && !isOptions(asked),
    echo,
  ),
  letsIn('reflected-in-preflight', 'promises every origin to let it in', isOptions, echo),
  letsIn('any-in-preflight', 'promises every page to let it in', isOptions, () => '*'),
  letsIn('null', 'lets in pages without an origin', ({ headers }) => headers.origin === 'null', echo),
  letsIn(
    'prefix',
    'lets in every origin that begins like a local one',
    ({ headers }) => headers.origin?.startsWith('http://localhost') ?? false,
    echo,
  ),
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
    make: () =>
      on(
        isOptions,
        answersWith(204, (answer) => headed(answer, { allow: 'GET' })),
      ),
  },
  {
    id: 'protocol/no-allow',
    fault: 'refuses a method without saying which ones there are',
    killedBy: ['*/405/method_not_allowed/method-patch'],
    because: 'Allow is absent',
    make: () => answersWith(405, (answer) => headed(answer, { allow: undefined })),
  },
  {
    id: 'protocol/allow-incomplete',
    fault: 'names one method of a path only',
    killedBy: shared.map((id) => `${id}/405/method_not_allowed/method-patch`),
    because: /Allow is \w+, and the path has/,
    make: () =>
      answersWith(405, (answer) => headed(answer, { allow: answer.headers.allow?.split(',').find(isOwn)?.trim() })),
  },
  {
    id: 'protocol/allow-everything',
    fault: 'says that a path has every method',
    killedBy: ['*/405/method_not_allowed/method-patch'],
    because: 'Allow is GET, HEAD, POST, PUT, PATCH, DELETE',
    make: () => answersWith(405, (answer) => headed(answer, { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE' })),
  },
  {
    id: 'protocol/405-as-404',
    fault: 'answers 404 to a method that the path does not have',
    killedBy: ['*/405/method_not_allowed/method-patch'],
    because: 'answered 404 instead of 405',
    make: () => answersWith(405, () => refuse(404, 'not_found')),
  },
  {
    id: 'protocol/405-as-text',
    fault: 'refuses a method in plain text',
    killedBy: ['*/405/method_not_allowed/method-patch'],
    because: /Content-Type is text\/(plain|html), not application\/json/,
    make: () =>
      answersWith(405, (answer) => ({
        ...headed(answer, { 'content-type': 'text/plain' }),
        bytes: Buffer.from('Method Not Allowed'),
      })),
  },
  {
    id: 'protocol/405-with-another-code',
    fault: 'calls a method that the path does not have not_found',
    killedBy: ['*/405/method_not_allowed/method-patch'],
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
    id: 'protocol/path-unknown-as-page',
    fault: 'answers an unknown path with a page for people',
    killedBy: ['gateway/404/not_found/path-unknown'],
    because: /Content-Type is text\/(plain|html), not application\/json/,
    make: () =>
      on(
        ({ operationId, method }) => operationId === undefined && method === 'GET',
        answersWith(404, () => ({
          status: 404,
          headers: { 'content-type': 'text/html' },
          bytes: Buffer.from('<h1>Not found</h1>'),
        })),
      ),
  },
  {
    id: 'protocol/path-unknown-asks-for-a-token',
    fault: 'asks for a token on a path that does not exist',
    killedBy: ['gateway/404/not_found/path-unknown-without-token'],
    because: 'answered 401 instead of 404',
    make: () =>
      on(
        ({ operationId, caller, method }) => operationId === undefined && caller === undefined && method === 'GET',
        answersWith(404, () => refuse(401, 'unauthorized')),
      ),
  },
  {
    id: 'protocol/method-unknown-asks-for-a-token',
    fault: 'asks for a token on a method that the path does not have',
    killedBy: ['*/405/method_not_allowed/method-patch-without-token'],
    because: 'answered 401 instead of 405',
    make: () =>
      on(
        ({ caller }) => caller === undefined,
        answersWith(405, () => refuse(401, 'unauthorized')),
      ),
  },
  {
    id: 'protocol/path-unknown-served',
    fault: 'answers every path with 200',
    killedBy: ['gateway/404/not_found/path-unknown'],
    because: 'answered 200 instead of 404',
    touches: ['gateway/404/not_found/path-unknown-without-token'],
    make: () =>
      on(
        ({ operationId, method }) => operationId === undefined && method === 'GET',
        answersWith(404, () => reply(200, {})),
      ),
  },
  {
    id: 'protocol/path-encoding-breaks-it',
    fault: 'fails on a path with broken percent-encoding',
    killedBy: ['*/400/validation_error/path-encoding'],
    because: 'answered 500 instead of 400',
    make: () =>
      on(
        ({ target }) => target.includes('sess_%zz'),
        answersWith(400, () => refuse(500, 'internal')),
      ),
  },
  {
    id: 'protocol/path-encoding-not-found',
    fault: 'takes a path with broken percent-encoding as it is',
    killedBy: ['*/400/validation_error/path-encoding', '*/400/validation_error/path-not-utf8'],
    because: 'answered 404 instead of 400',
    make: () =>
      on(
        ({ target }) => /sess_%(zz|ED)/.test(target),
        answersWith(400, () => refuse(404, 'not_found')),
      ),
  },
  {
    id: 'protocol/path-not-utf8-decoded',
    fault: 'decodes a path that is not UTF-8 somehow',
    killedBy: ['*/400/validation_error/path-not-utf8'],
    because: 'answered 404 instead of 400',
    make: () => hears((asked) => ({ ...asked, target: asked.target.replace('sess_%ED%A0%80', 'sess_%EF%BF%BD') })),
  },
  {
    id: 'protocol/query-encoding-ignored',
    fault: 'overlooks broken percent-encoding in a query',
    killedBy: ['*/400/validation_error/query-encoding'],
    because: 'instead of 400',
    make: () => hears((asked) => ({ ...asked, target: asked.target.replace('?%zz=1', '') })),
  },
  {
    id: 'protocol/query-encoding-as-unknown',
    fault: 'takes broken percent-encoding in a query for a name',
    killedBy: ['*/400/validation_error/query-encoding'],
    because: 'answered 422 instead of 400',
    make: () =>
      on(
        ({ target }) => target.includes('?%zz'),
        answersWith(400, () => refuse(422, 'validation_error')),
      ),
  },
  {
    id: 'protocol/query-unknown-ignored',
    fault: 'overlooks a query parameter that it does not know',
    killedBy: ['*/400|422/validation_error/query-unknown'],
    because: 'instead of 400 or 422',
    touches: ['gateway/400|422/validation_error/consistent'],
    make: () =>
      on(
        ({ query }) => query.has('unknown'),
        hears((asked) => withQuery(asked, { unknown: undefined })),
      ),
  },
  {
    id: 'protocol/at-sign-not-decoded',
    fault: 'does not decode %40 in a path',
    killedBy: ['*/chat-percent-encoded'],
    because: /answered (404|422) instead of 20/,
    make: () => hears((asked) => ({ ...asked, target: asked.target.replace('%40', '%2540') })),
  },
  {
    id: 'protocol/body-refused-where-none-is-needed',
    fault: 'refuses a body where none is needed',
    killedBy: ['*/body-ignored'],
    because: 'answered 415 instead of',
    make: () =>
      on(
        ({ operationId, bytes }) =>
          operationId !== undefined && !operations[operationId].hasBody && bytes !== undefined,
        () => refuse(415, 'unsupported_media_type'),
      ),
  },
  {
    id: 'protocol/charset-refused',
    fault: 'compares the whole Content-Type',
    killedBy: ['*/type-with-charset'],
    because: 'answered 415 instead of',
    make: () =>
      on(
        ({ headers, operationId }) =>
          /^application\/json;/.test(headers['content-type'] ?? '') &&
          operationId !== undefined &&
          operations[operationId].hasBody,
        () => refuse(415, 'unsupported_media_type'),
      ),
  },
  {
    id: 'protocol/204-with-a-length',
    fault: 'announces a body with 204',
    killedBy: ['setChatPresence/204/-/composing', 'deleteSession/204/-/own-session'],
    because: '204 announces a body (2)',
    touches: ['setChatPresence/204/*', 'deleteSession/*', '*/204/-/options', '*/origin-unlisted'],
    make: () => answersWith(204, (answer) => headed(answer, { 'content-length': '2' })),
  },
]
