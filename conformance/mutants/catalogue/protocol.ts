/** Servers that read URLs and headers in their own way. */
import { operations } from '../../parley.ts'
import { answersWith, headed, hears, on, refuse, reply, withQuery } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

/** Paths that are almost those of an operation. */
const unknownPaths = ['*/path-with-*', '*/path-in-capitals', '*/path-slash-encoded']

export const protocol: readonly Mutant[] = [
  {
    id: 'protocol/path-unknown-as-page',
    fault: 'answers an unknown path with a page for people',
    killedBy: ['gateway/404/not_found/path-unknown'],
    because: /Content-Type is text\/(plain|html), not application\/json/,
    touches: unknownPaths,
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
    id: 'protocol/path-unknown-served',
    fault: 'answers every path with 200',
    killedBy: ['gateway/404/not_found/path-unknown'],
    because: 'answered 200 instead of 404',
    touches: ['gateway/404/not_found/path-unknown-without-token', ...unknownPaths],
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
    fault: 'ignores broken percent-encoding in a query',
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
    fault: 'ignores a query parameter that it does not know',
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
    touches: ['*/body-ignored-*'],
    make: () =>
      on(
        ({ operationId, bytes }) =>
          operationId !== undefined && operations[operationId].bodyTypes.length === 0 && bytes !== undefined,
        () => refuse(415, 'unsupported_media_type'),
      ),
  },
  {
    id: 'protocol/charset-refused',
    fault: 'compares the whole Content-Type',
    killedBy: ['*/type-with-charset'],
    because: 'answered 415 instead of',
    touches: ['*/400/validation_error/charset-latin1'],
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
    touches: [
      'deleteWebhook/*',
      'setChatPresence/204/*',
      'deleteSession/*',
      '*/204/-/options',
      '*/origin-unlisted',
      'listSessions/200/-/walk-while-changing',
    ],
    make: () => answersWith(204, (answer) => headed(answer, { 'content-length': '2' })),
  },
]
