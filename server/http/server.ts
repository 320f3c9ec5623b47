/** The HTTP server under Koa: its limits, and the envelope for what never becomes a request. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { type GatewayError, unreadable } from '../model/errors.ts'
import { watchArrivals } from './arrival.ts'
import { boundConnections, mostConnections } from './connections.ts'
import { errorAnswer } from './error-body.ts'
import { inTurn } from './in-turn.ts'
import { requestIdOf } from './request-id.ts'
import { letGoOfUnread } from './unread.ts'

/** A header section up to this size is read: a path of 16 KB gets an answer of its own. */
const maxHeaderBytes = 32_768

export interface ServerLimits {
  /** From the first byte to the end of the headers. */
  headersTimeoutMs: number
  /** From the end of the headers to the end of the body. */
  requestTimeoutMs: number
  /** The body of an upload may take longer: it ends when so many bytes have not come in so much time. */
  upload: { bytes: number; ms: number }
  /** A connection on which nothing moves while an answer is being sent. */
  idleTimeoutMs: number
  /** An idle kept-alive connection. */
  keepAliveTimeoutMs: number
  /** How often these are checked. */
  checkIntervalMs: number
  /** Connections at a time. Default: as many as the process has files for, and some are left. */
  connections?: number
}

export const defaultLimits: ServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  upload: { bytes: 65_536, ms: 30_000 },
  idleTimeoutMs: 60_000,
  keepAliveTimeoutMs: 15_000,
  checkIntervalMs: 1_000,
}

/**
 * Not yet listening.
 * @param onFull told when a connection had to go, so that another could come
 */
export const createHttpServer = (
  handle: RequestListener,
  limits: ServerLimits = defaultLimits,
  onFull: () => void = () => {},
): Server => {
  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      // One for all requests; the arrival of bodies is watched by itself.
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      // Answered with the envelope by the application instead.
      requireHostHeader: false,
    },
    inTurn(handle),
  )
  // Not cut silently at Node's 2,000: `maxHeaderSize` bounds them.
  server.maxHeadersCount = 0
  server.timeout = limits.idleTimeoutMs
  boundConnections(server, { most: limits.connections ?? mostConnections(), onFull })
  endLateBodies(server, limits)
  letGoOfUnread(server, { idleMs: limits.idleTimeoutMs, checkMs: limits.checkIntervalMs })
  // An expectation that we don't know is ignored, as RFC 9110 allows, rather than answered with an undocumented 417: such a request
  // has the limits of every other.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  // Answered by nobody, it would be a connection that ends without a word.
  server.on('connect', (_request, socket) =>
    refuse(socket as Socket, unreadable('this is not a proxy: CONNECT is not supported', '/path')),
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerClientError(error, socket as Socket))
  return server
}

const endLateBodies = (server: Server, { requestTimeoutMs, upload, checkIntervalMs }: ServerLimits) => {
  const look = watchArrivals(server, {
    limits: { bodyMs: requestTimeoutMs, uploadBytes: upload.bytes, uploadMs: upload.ms },
    // An answer that has begun cannot become another one.
    late: (socket, response) =>
      response.headersSent ? socket.destroy() : refuse(socket, unreadable(tooSlow, '/body')),
  })
  const timer = setInterval(look, checkIntervalMs)
  timer.unref()
  server.once('close', () => clearInterval(timer))
}

const answerClientError = (error: NodeJS.ErrnoException, socket: Socket) => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  refuse(socket, unreadable(reasons[error.code ?? ''] ?? 'the request is not valid HTTP', '/header'))
}

/** 400, outside of any request that the application could answer. */
const refuse = (socket: Socket, error: GatewayError) => {
  const { body } = errorAnswer(error)
  // After a CONNECT nobody else listens, and who asked may be gone already: unheard, that error would end the process.
  socket.on('error', () => socket.destroy())
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Request-Id: ${requestIdOf(undefined)}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    // A client that neither reads nor closes must not keep the socket.
    () => socket.destroySoon(),
  )
}

const tooSlow = 'the request did not arrive in time'

const reasons: Record<string, string> = {
  HPE_HEADER_OVERFLOW: `the header section is larger than ${maxHeaderBytes} bytes`,
  ERR_HTTP_REQUEST_TIMEOUT: tooSlow,
}
