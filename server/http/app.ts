/** The Koa application: measures requests, turns errors into answers, applies CORS, then calls the contract or serves an open page. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import Koa, { type Context, type Next } from 'koa'
import type { Logger } from 'pino'
import type { Metrics } from '../metrics.ts'
import { unreadable } from '../model/errors.ts'
import type { Contract } from './contract.ts'
import { createCors } from './cors.ts'
import { errorAnswer } from './error-body.ts'
import { createErrorLog } from './error-log.ts'
import type { Pages } from './pages.ts'
import { send } from './reply/send.ts'
import { requestIdOf } from './request-id.ts'

export interface AppParts {
  contract: Contract
  pages: Pages
  metrics: Metrics
  corsOrigins: readonly string[]
  /** Where a request comes from. */
  clientAddress: (request: IncomingMessage) => string
  log: Logger
  /** Aborted when the server stops: answers in progress are the last on their connections, and streams of events end. */
  stopping: AbortSignal
}

const maxHeaders = 200

export const createApp = ({ contract, pages, metrics, corsOrigins, clientAddress, log, stopping }: AppParts): Koa => {
  const app = new Koa()
  const cors = createCors(corsOrigins)
  const tell = createErrorLog(log)

  /** Logs an answer that failed after its first byte. */
  const broken = (error: unknown, request: Parameters<typeof tell>[1]) => {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
    if (isGone) log.debug({ err: error, ...request }, 'a caller left before the end of its answer')
    else tell(error, request)
  }

  const answer = async (ctx: Context, onBroken: (error: unknown) => void) => {
    const gone = goneOf(ctx)
    const options = { stopping, abort: () => gone.abort(), onBroken }
    checkRequest(ctx)
    cors(ctx)
    const target = targetOf(ctx.req.url ?? '/')
    if (ctx.method === 'OPTIONS') {
      const allow = target.path === '*' ? ['GET', 'HEAD', 'OPTIONS'] : allowedOn(target.path)
      if (allow.length > 0) {
        ctx.set('Allow', allow.join(', '))
        ctx.status = 204
        ctx.state.operation = 'OPTIONS'
        return
      }
    }
    const page = await pages.find(ctx, target.path)
    if (page !== undefined) {
      ctx.state.operation = page.name
      return send(ctx, page, options)
    }
    const reply = await contract.answer({
      method: ctx.method,
      path: target.path,
      query: target.query,
      headers: headersOf(ctx),
      address: () => clientAddress(ctx.req),
      stream: ctx.req,
      accepts: (...types) => {
        ctx.vary('Accept')
        return ctx.accepts(...types) as string | false
      },
      signal: gone.signal,
      onOperation: (operationId) => {
        ctx.state.operation = operationId
      },
    })
    await send(ctx, reply, options)
  }

  const allowedOn = (path: string) => (pages.has(path) ? ['GET', 'HEAD', 'OPTIONS'] : contract.allowed(path))

  app.use(async (ctx: Context, _next: Next) => {
    const started = performance.now()
    const requestId = requestIdOf(ctx.headers['x-request-id'])
    ctx.set('X-Request-Id', requestId)
    // Answers hold chats, QR codes and keys: no cache may store them, and no browser may guess another type.
    ctx.set('Cache-Control', 'no-store')
    ctx.set('X-Content-Type-Options', 'nosniff')
    try {
      await answer(ctx, (error) => broken(error, { operation: String(ctx.state.operation), requestId }))
    } catch (thrown) {
      const { status, headers, body, ours } = errorAnswer(thrown)
      const request = { operation: String(ctx.state.operation), requestId }
      if (ours) tell(thrown, request)
      else if (status === 503) log.debug({ err: thrown, ...request }, 'answered with 503')
      ctx.status = status
      ctx.set(headers)
      ctx.type = 'application/json'
      ctx.body = body
    }
    // Otherwise the process would wait for clients to close connections whose answers are complete.
    if (stopping.aborted) ctx.set('Connection', 'close')
    metrics.request(String(ctx.state.operation ?? 'none'), ctx.status, (performance.now() - started) / 1000)
  })
  // Koa's own error handler is reached only when the socket broke while an answer was written: there is nobody to answer.
  app.on('error', (error: unknown, ctx?: Context) =>
    log.debug({ err: error, requestId: ctx?.response.get('X-Request-Id') }, 'an answer could not be written'),
  )
  return app
}

/** Aborted when the caller disconnects before it has the answer. */
const goneOf = ({ res }: Context): AbortController => {
  const gone = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) gone.abort()
  })
  return gone
}

/** Refuses two Authorization headers: Node takes the first, and a proxy in front may have checked the second. */
const headersOf = ({ req, headers }: Context): IncomingHttpHeaders => {
  let seen = 0
  for (let at = 0; at < req.rawHeaders.length; at += 2) {
    const name = req.rawHeaders[at]
    if (name?.length === 13 && name.toLowerCase() === 'authorization') seen += 1
  }
  return seen > 1 ? { ...headers, authorization: undefined } : headers
}

const checkRequest = (ctx: Context) => {
  if (ctx.req.httpVersionMinor === 1 && ctx.headers.host === undefined)
    throw unreadable('the Host header is required', '/header/Host', 'required')
  if (ctx.req.rawHeaders.length > maxHeaders * 2)
    throw unreadable(`the request has more than ${maxHeaders} headers`, '/header')
  // Node calls us before it finds a body with another coding unreadable: an operation without a body would already have been
  // carried out.
  const coding = ctx.headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    throw unreadable('the only supported transfer coding is chunked', '/header/Transfer-Encoding')
}

/** Splits a request target; the absolute form, which proxies use, is taken for its path. */
const targetOf = (url: string): { path: string; query: string } => {
  const origin = url.startsWith('/') ? url : url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const cut = origin.indexOf('?')
  return cut < 0
    ? { path: origin || '/', query: '' }
    : { path: origin.slice(0, cut) || '/', query: origin.slice(cut + 1) }
}
