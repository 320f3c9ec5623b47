/** The pages without a token: health, metrics, contract and reference, and the redirects to them. */
import type { Context } from 'koa'
import { basePath } from '../../generated/operations.ts'
import type { Metrics } from '../metrics.ts'
import { methodNotAllowed } from '../model/errors.ts'
import { isLoopback } from '../model/loopback.ts'
import type { ContractReply } from './contract.ts'
import { createFixedText } from './fixed-text.ts'

export interface PageParts {
  metrics: Metrics
  /** Why the gateway is not ready to serve; undefined when it is. */
  notReady: () => Promise<string | undefined>
  /** JSON text of the contract. */
  openapi: string
  /** HTML of the reference. */
  reference: string
}

export interface Page extends ContractReply {
  /** For metrics. */
  name: string
}

export interface Pages {
  has(path: string): boolean
  /**
   * @returns undefined when the path is none of these
   * @throws 405 for anything but GET and HEAD
   */
  find(ctx: Context, path: string): Promise<Page | undefined>
}

type Answer = (ctx: Context) => Promise<ContractReply>

export const createPages = ({ metrics, notReady, openapi, reference }: PageParts): Pages => {
  const healthz: Answer = async () => ({ status: 200, body: { status: 'ok' } })

  const readyz: Answer = async () => {
    const reason = await notReady()
    return reason === undefined
      ? { status: 200, body: { status: 'ready' } }
      : { status: 503, body: { status: 'not_ready', reason } }
  }

  const docs = createFixedText(reference, 'text/html; charset=utf-8', {
    'Content-Security-Policy': `${policyOf(reference)}; frame-ancestors 'none'`,
  })

  const toDocs: Answer = async () => ({ status: 302, headers: { Location: '/docs' } })

  const table = new Map<string, Answer>([
    ['/', toDocs],
    ['/docs/', toDocs],
    ['/favicon.ico', async () => ({ status: 200, type: 'image/svg+xml', body: favicon })],
    ['/healthz', healthz],
    ['/readyz', readyz],
    ['/metrics', async () => ({ status: 200, type: metrics.contentType, body: await metrics.text() })],
    [`${basePath}/openapi.json`, createFixedText(openapi, 'application/json')],
    ['/docs', docs],
  ])

  return {
    has: (path) => table.has(path),
    find: async (ctx, path) => {
      const answer = table.get(path)
      if (answer === undefined) return undefined
      // Metrics are 404 for other machines. A request through a reverse proxy on this machine is recognized by its headers.
      if (path === '/metrics' && !isLocal(ctx)) return undefined
      if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw methodNotAllowed(['GET', 'HEAD', 'OPTIONS'])
      return { name: path, ...(await answer(ctx)) }
    },
  }
}

/** What a page says that it may run and load: the hashes of its own script and styles are known only where it is made. */
const policyOf = (page: string): string => {
  const [, policy] = /<meta http-equiv="Content-Security-Policy" content="([^"]+)">/.exec(page) ?? []
  if (policy === undefined) throw new Error('the reference page names no policy')
  return policy
}

/** Two speech bubbles, in colours that are visible on light and dark tabs. */
const favicon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#0b7a5b" d="M4 3h16a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-9l-6 5v-5H4a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3z"/><path fill="#33c493" d="M26 10h2a3 3 0 0 1 3 3v9a3 3 0 0 1-3 3h-1v5l-6-5h-7a3 3 0 0 1-3-3v-2h10a5 5 0 0 0 5-5z"/></svg>`

/** Headers that proxies add. A proxy that adds none uses HTTP/1.0, as nginx does by default. */
const ofProxies =
  /^(x-forwarded-|x-real-|x-original-|x-client-|x-cluster-client-|x-envoy-|x-amzn-|x-azure-|x-appengine-|cf-|fastly-|true-client-|forwarded$|via$|cdn-loop$)/

/** Whether a program on this machine sent it: not through a proxy, and not by a browser page (DNS rebinding). */
const isLocal = ({ req, headers }: Context) =>
  isLoopback(req.socket.remoteAddress ?? '') &&
  isLoopback(hostOf(headers.host)) &&
  req.httpVersion === '1.1' &&
  !Object.keys(headers).some((name) => ofProxies.test(name))

/** Without the port. */
const hostOf = (host = '') => host.toLowerCase().replace(/:\d*$/, '')
