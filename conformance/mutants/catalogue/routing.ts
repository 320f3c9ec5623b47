/** Servers that find an operation where there is none, or refuse a request with more headers than they expect. */
import { type Asked, type Fault, insteadOf, on, refuse } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

/** Reads a path that the right server does not have as another one. */
const reads = (name: string, fault: string, killedBy: string, read: (path: string) => string): Mutant => ({
  id: `routing/${name}`,
  fault,
  killedBy: [`*/404/not_found/${killedBy}`],
  because: /answered 2\d\d instead of 404|answered 409 instead of 404/,
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
  make: () => on(which, make),
})

export const routing: readonly Mutant[] = [
  reads('slash-behind', 'ignores a slash after a path', 'path-with-slash', (path) => path.replace(/\/$/, '')),
  reads('slashes-merged', 'takes several slashes for one', 'path-with-two-slashes', (path) =>
    path.replace(/^\/\//, '/'),
  ),
  reads('case', 'reads paths in any case', 'path-in-capitals', (path) => path.replace('/SESSIONS', '/sessions')),
  reads('beginning', 'looks at the beginning of a path only', 'path-with-more', (path) =>
    path.replace(/\/more\/more$/, ''),
  ),
  reads('dots', 'resolves dots in a path', 'path-with-dots', (path) => path.replace('/sessions/..', '')),
  refuses(
    'accept',
    'answers only when Accept names its media type',
    ['*/accept-anything', '*/accept-browser'],
    ({ headers, operationId }) => operationId !== undefined && !/json/.test(headers.accept ?? ''),
    () => refuse(415, 'unsupported_media_type'),
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
