import type { Context } from 'koa'
import { isLoopbackUrl } from '../model/loopback.ts'

export const allowedHeaders =
  'Authorization, Content-Type, Idempotency-Key, X-Request-Id, Last-Event-ID, Range, X-Api-Key'
export const exposedHeaders =
  'X-Request-Id, Allow, Location, Retry-After, WWW-Authenticate, Idempotency-Replayed, ETag, Content-Range'

/**
 * CORS: allows pages of listed origins to read answers, and answers OPTIONS. Other origins get no CORS headers. Cookies are never
 * used: callers send their token themselves.
 * @param origins `loopback` among them stands for every http or https origin on this machine
 */
export const createCors = (origins: readonly string[]) => {
  const listed = new Set(origins)
  const isListed = (origin: string) =>
    listed.has(origin) || (listed.has('loopback') && isLoopbackUrl(origin, 'http:', 'https:'))
  return (ctx: Context): void => {
    if (listed.size === 0) return
    ctx.vary('Origin')
    const origin = ctx.get('Origin')
    if (!isListed(origin)) return
    ctx.set('Access-Control-Allow-Origin', origin)
    ctx.set('Access-Control-Expose-Headers', exposedHeaders)
    if (ctx.method !== 'OPTIONS' || ctx.get('Access-Control-Request-Method') === '') return
    ctx.set('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
    ctx.set('Access-Control-Allow-Headers', allowedHeaders)
    ctx.set('Access-Control-Max-Age', '600')
  }
}
