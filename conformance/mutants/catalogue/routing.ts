/** Servers that find an operation where there is none, or refuse a request with more headers than they expect. */
import { type Asked, type Fault, insteadOf, on, refuse } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

/** Reads a path that the right server does not have as another one. */
const reads = (name: string, fault: string, killedBy: string, read: (path: string) => string): Mutant => ({
  id: `routing/${name}`,
  fault,
  killedBy: [`*/404/not_found/${killedBy}`],
  because: /answered 2\d\d instead of 404|answered 409 instead of 404/,
  // Names that are almost right, too.
  touches: ['*/404/not_found/session-near', '*/400|422/validation_error/chat-with-line-break'],
  make: () =>
    // A path that leads to another operation is asked there.
    insteadOf([404, 405, 422], (asked, ask) => {
      const [path = '', query] = asked.target.split('?')
      const other = read(path)
      return ask(other === path ? asked : { ...asked, target: query === undefined ? other : `${other}?${query}` })
    }),
})

const refuses = (
  name: string,
  fault: string,
  killedBy: readonly string[],
  which: (asked: Asked) => boolean,
  make: Fault,
): Mutant => ({
  id: `routing/${name}`,
  fault,
  killedBy,
  because: /^answered 4\d\d instead of/,
  touches: ['sessionQR/200/*'],
  make: () => on(which, make),
})

/** Reads an encoded path in another way, where the right server refuses it. */
const decodes = (name: string, fault: string, because: string, read: (path: string) => string): Mutant => ({
  ...reads(name, fault, '', read),
  killedBy: [`*/path-${because.includes('after') ? 'parameter-with-more' : 'slash-encoded'}`],
  because: new RegExp(`^a path ${because}.*: answered`),
})

const more = (name: string, fault: string, texts: string, cut: RegExp): Mutant =>
  decodes(name, fault, `with ${texts} after`, (path) => path.replaceAll(cut, '$1'))

export const routing: readonly Mutant[] = [
  decodes('slash-decoded', 'decodes a path before it divides it', 'whose slash no\\.', (path) =>
    path.replaceAll(/%2F/gi, '/'),
  ),
  decodes('dots-decoded', 'takes %2E%2E for a step back', 'with a step back', (path) =>
    path.replace('/unknown/%2E%2E', ''),
  ),
  {
    ...refuses(
      'colon-encoded',
      'does not find the verb of a path whose colon is %3A',
      ['*/colon-encoded'],
      ({ target }) => /%3A\w+(\?|$)/.test(target),
      () => refuse(404, 'not_found'),
    ),
    touches: [],
  },
  more('cut-at-nul', 'ends a path parameter at a NUL', '%00', /%00[^/:]*()/g),
  more('trimmed', 'ignores white space after a path parameter', '%(20|0A)', /(?:%20|%0A)+($|[/:])/g),
  more('slash-after-parameter', 'ignores an encoded slash after a path parameter', '%2F', /%2F($|[/:])/g),
  more('query-decoded', 'takes %3F for the beginning of the query', '%3F', /%3F($|[/:])/g),
  more('fragment-decoded', 'takes %23 for the beginning of a fragment', '%23', /%23($|[/:])/g),
  more('form-decoded', 'reads a path parameter as a form', '%26', /%26($|[/:])/g),
  more('matrix-encoded', 'takes %3B for the beginning of matrix parameters', '%3B', /%3B($|[/:])/g),
  more('matrix-parameters', 'leaves matrix parameters out of a path', ';v=1', /;v=1()/g),
  reads('slash-behind', 'ignores a slash after a path', 'path-with-slash', (path) => path.replace(/\/$/, '')),
  reads('slashes-merged', 'takes several slashes for one', 'path-with-two-slashes', (path) =>
    path.replace(/^\/\//, '/'),
  ),
  reads('case', 'reads paths in any case', 'path-in-capitals', (path) =>
    path.replace(/^\/(SESSIONS|WEBHOOKS|EVENTS(\/STREAM)?)/, (found) => found.toLowerCase()),
  ),
  reads('beginning', 'looks at the beginning of a path only', 'path-with-more', (path) =>
    path.replace(/\/more\/more$/, ''),
  ),
  reads('dots', 'resolves dots in a path', 'path-with-dots', (path) => path.replace('/sessions/..', '')),
  refuses(
    'accept',
    'answers only when Accept names its media type',
    ['*/accept-anything', '*/accept-browser', '*/accept-other'],
    ({ headers, operationId }) => operationId !== undefined && !/json/.test(headers.accept ?? ''),
    () => refuse(415, 'unsupported_media_type'),
  ),
  refuses(
    'accept-strict',
    'answers only if Accept allows its media type',
    ['*/accept-other'],
    ({ headers, operationId }) => operationId !== undefined && headers.accept === 'text/plain',
    () => refuse(404, 'not_found'),
  ),
  refuses(
    'accept-first',
    'looks at the first type that a client accepts only',
    ['*/accept-browser'],
    ({ headers, operationId }) => operationId !== undefined && /^text\/html/.test(headers.accept ?? ''),
    () => refuse(404, 'not_found'),
  ),
  refuses(
    'method-in-a-header',
    'takes the method that X-HTTP-Method-Override names',
    ['*/-/headers-of-proxies'],
    ({ headers }) => headers['x-http-method-override'] === 'DELETE',
    () => refuse(405, 'method_not_allowed', 'no', { allow: 'GET' }),
  ),
  refuses(
    'path-in-a-header',
    'takes the path that X-Original-URL names',
    ['*/-/headers-of-proxies'],
    ({ headers }) => headers['x-original-url'] !== undefined,
    insteadOf([200, 201, 204, 409], () => refuse(404, 'not_found')),
  ),
  {
    ...refuses(
      'headers-small',
      'reads 2 KiB of headers',
      ['*/headers-large'],
      ({ headers }) => (headers['x-padding'] ?? '').length > 2_048,
      () => refuse(400, 'validation_error'),
    ),
  },
]
