/** Compiles the paths of the contract once: openapi-backend would compile them for every request. */
import findMyWay, { type HTTPMethod } from 'find-my-way'
import { methodNotAllowed, notFound } from '../model/errors.ts'

export interface Route<Row> {
  row: Row
  /** Decoded path parameters; not what was meant where the path is not readable. */
  params: Record<string, string>
  /** The percent-encoding of the path can be decoded. */
  readable: boolean
}

interface Row {
  /** Upper case. */
  method: string
  /** OpenAPI template, such as `/sessions/{session}:stop`. */
  path: string
}

export interface Router<R extends Row> {
  /**
   * @param method upper case; HEAD is looked up as GET
   * @param path raw path without query, prefix included; `%3A` is a colon
   * @throws 404 for a path that the contract does not have, 405 for a method that the path does not have
   */
  match(method: string, path: string): Route<R>
  /** The methods of a path, HEAD and OPTIONS included; empty for an unknown path. */
  allowed(path: string): string[]
}

export const compileRouter = <R extends Row>(prefix: string, rows: readonly R[]): Router<R> => {
  const router = findMyWay({ caseSensitive: true, maxParamLength: 65_536, onBadUrl: () => undefined })
  const verbs = rows.flatMap(({ path }) => verbPrefixOf(path) ?? [])
  for (const row of rows) router.on(row.method as HTTPMethod, prefix + template(row.path, verbs), noop, row)
  const methods = [...new Set(rows.map((row) => row.method))]

  const find = (method: string, given: string, readable = true): Route<R> | undefined => {
    // Programs encode what they put into a path, verbs too.
    const path = given.includes('%') ? given.replaceAll(/%3a/gi, ':') : given
    const found = router.find(method as HTTPMethod, path)
    if (found === null) return undefined
    // A path that cannot be decoded still shows which operation it is for: who may call that is asked first.
    if (found.handler !== noop) return readable ? find(method, path.replaceAll('%', '_'), false) : undefined
    return { row: found.store as R, params: found.params as Record<string, string>, readable }
  }

  const allowed = (path: string) => {
    const own = methods.filter((method) => find(method, path) !== undefined)
    if (own.length === 0) return []
    return [...own, ...(own.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort()
  }

  return {
    allowed,
    match: (method, path) => {
      const found = find(method === 'HEAD' ? 'GET' : method, path)
      if (found !== undefined) return found
      const allow = allowed(path)
      throw allow.length > 0 ? methodNotAllowed(allow) : notFound('path')
    },
  }
}

const noop = () => undefined

/** The part of a template before its verb: `/groups/{gid}` of `/groups/{gid}:leave`. Undefined without a verb. */
const verbPrefixOf = (path: string) => /^(.*\})(?=:)/.exec(path)?.[1]

/**
 * A parameter ends at the next slash. If a verb can follow it, in this path or another, it ends at a colon too; otherwise
 * `/sessions/{session}` would match `a:explode` as a session id.
 */
const template = (path: string, verbs: readonly string[]) =>
  path.replaceAll(/\{(\w+)\}|:/g, (found, name: string | undefined, at: number) => {
    if (name === undefined) return '::'
    return verbs.includes(path.slice(0, at + found.length)) ? `:${name}(^[^:/]+)` : `:${name}`
  })
