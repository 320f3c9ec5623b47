/** The HTTP server under Koa: its limits, and error answers for input that is not a valid request. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { type GatewayError, unreadable } from '../model/errors.ts'
import { watchArrivals } from './arrival.ts'
import { expectBodies } from './body/expected.ts'
import { boundConnections, mostConnections } from './connections.ts'
import { errorAnswer } from './error-body.ts'
import { inTurn } from './in-turn.ts'
import { requestIdOf } from './request-id.ts'
import { letGoOfUnread } from './unread.ts'

/** The largest header section. A path of 16 KB is still read, and answered by the contract. */
const maxHeaderBytes = 32_768

export interface ServerLimits {
  /** From the first byte to the end of the headers. */
  headersTimeoutMs: number
  /** From the end of the headers to the end of the body. */
  requestTimeoutMs: number
  /** The minimum rate of an upload, which may take longer than other bodies. */
  upload: { bytes: number; ms: number }
  /** How long a client may not read while an answer is being sent. */
  idleTimeoutMs: number
  /** How long a kept-alive connection may be idle. */
  keepAliveTimeoutMs: number
  /** How often these are checked. */
  checkIntervalMs: number
  /** Connections at a time. Default: half of the files that the process may open. */
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
 * Creates the server, which does not listen yet.
 * @param onFull called when a connection was closed to make room for another
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
      // Node's timeout is one for all requests; `arrival.ts` watches bodies instead.
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      // The application answers with the envelope instead.
      requireHostHeader: false,
    },
    inTurn(handle),
  )
  // Node would silently drop headers after the 2,000th; `maxHeaderSize` is the bound.
  server.maxHeadersCount = 0
  server.timeout = limits.idleTimeoutMs
  boundConnections(server, { most: limits.connections ?? mostConnections(), onFull })
  endLateBodies(server, limits)
  letGoOfUnread(server, { idleMs: limits.idleTimeoutMs, checkMs: limits.checkIntervalMs })
  expectBodies(server)
  // An unknown expectation is ignored, as RFC 9110 allows, because 417 is not documented. The request has the usual limits.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  // Without this, the connection would be closed without an answer.
  server.on('connect', (_request, socket) =>
    refuse(socket as Socket, unreadable('this is not a proxy: CONNECT is not supported', '/path')),
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerClientError(error, socket as Socket))
  return server
}

const endLateBodies = (server: Server, { requestTimeoutMs, upload, checkIntervalMs }: ServerLimits) => {
  const look = watchArrivals(server, {
    limits: { bodyMs: requestTimeoutMs, uploadBytes: upload.bytes, uploadMs: upload.ms },
    // An answer in progress cannot be replaced.
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

/** 400 for input that never becomes a request for the application. */
const refuse = (socket: Socket, error: GatewayError) => {
  const { body } = errorAnswer(error)
  // After a CONNECT the socket has no other listener, and an unhandled error of it would end the process.
  socket.on('error', () => socket.destroy())
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Request-Id: ${requestIdOf(undefined)}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    // A client that neither reads nor closes must not keep the socket open.
    () => socket.destroySoon(),
  )
}

const tooSlow = 'the request did not arrive in time'

const reasons: Record<string, string> = {
  HPE_HEADER_OVERFLOW: `the header section is larger than ${maxHeaderBytes} bytes`,
  ERR_HTTP_REQUEST_TIMEOUT: tooSlow,
}
