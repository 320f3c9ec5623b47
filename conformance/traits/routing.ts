/** Paths of an operation, and paths that only look like it; what else a client may send. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import type { Call, Case } from '../case.ts'
import { cases, type Row } from '../table.ts'

export const routing = (base: Base): Case[] => {
  const [, segment = ''] = base.row.path.split('/')
  const first = `/${segment}`
  return cases(base, {}, [
    withSlash(base),
    elsewhere(base, 'path-with-two-slashes', 'a path with a doubled slash', (path) => `/${path}`),
    elsewhere(base, 'path-in-capitals', 'a path in capitals', (path) => path.replace(first, first.toUpperCase())),
    elsewhere(base, 'path-with-more', 'a path with something after it', (path) => `${path}/more/more`),
    elsewhere(base, 'path-with-dots', 'a path with dots in it', (path) => `/sessions/..${path}`),
    tells(base, 'accept-anything', 'answers a client that accepts any media type', { Accept: '*/*' }),
    tells(base, 'accept-browser', 'answers a client that prefers HTML and accepts any media type', {
      Accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
    }),
    tells(base, 'accept-other', 'answers as documented a client that accepts another media type only', {
      Accept: 'text/plain',
    }),
    tells(base, 'headers-of-proxies', 'takes method and path from the request line, and from no header', {
      'X-HTTP-Method-Override': 'DELETE',
      'X-Method-Override': 'DELETE',
      'X-Original-URL': '/no-such-path',
      'X-Rewrite-URL': '/no-such-path',
      'X-Organization-Id': 'conformance',
    }),
    ...(Object.keys(base.path).length === 0 ? [] : [encoded(base)]),
    { ...tells(base, 'headers-large', 'reads 4 KiB of headers', { 'X-Padding': 'x'.repeat(4_096) }), level: 'SHOULD' },
  ])
}

/** A letter may always be written as its code: RFC 3986, 2.3. */
const encoded = (base: Base): Row => ({
  ...tells(base, 'path-percent-encoded', 'takes a letter of a path for the same when it is percent-encoded', {}),
  run: async (context) => {
    const call = await admittedCall(base, context)
    const [name = ''] = Object.values(call.path ?? {})
    const code = `%${name.charCodeAt(0).toString(16).toUpperCase()}`
    const retarget = (target: string) => target.replace(`/${name}`, `/${code}${name.slice(1)}`)
    await context.send({ ...call, retarget }, outcomeOf(base))
  },
})

/** Where the next thing in the path is a parameter, a slash leaves it empty: that is refused in one way or the other. */
const withSlash = (base: Base): Row => {
  const rows = Object.values(base.contract.operations)
  const isParameterNext = rows.some(({ path }) => path.startsWith(`${base.row.path}/{`))
  return elsewhere(base, 'path-with-slash', 'a path with a slash after it', (path) => `${path}/`, isParameterNext)
}

const elsewhere = (
  base: Base,
  variant: string,
  what: string,
  change: (path: string) => string,
  isParameter = false,
): Row => ({
  id: `404/not_found/${variant}`,
  promise: `takes ${what} for another one, which there is not`,
  clause: '/info/description',
  needs: needsOf(base),
  effects: effectsOf(base),
  control: [idOf(base)],
  live: true,
  run: async (context) => {
    const call: Call = {
      ...(await admittedCall(base, context)),
      retarget: (target) => target.replace(/^[^?]*/, change),
      broken: true,
    }
    const expected = isParameter
      ? { status: [404, 405, ...context.schemaViolation] }
      : { status: 404, code: 'not_found' }
    await context.send(call, { ...expected, anyOperation: true })
  },
})

const tells = (base: Base, variant: string, promise: string, headers: Record<string, string>): Row => ({
  id: variantOf(base, variant),
  promise,
  needs: needsOf(base),
  effects: effectsOf(base),
  control: [idOf(base)],
  live: true,
  run: async (context) => {
    await context.send({ ...(await admittedCall(base, context)), headers }, outcomeOf(base))
  },
})
