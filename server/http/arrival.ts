/** How long a body may take to arrive. */
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface ArrivalLimits {
  /** From the end of the headers to the end of the body, ms. */
  bodyMs: number
  /** An upload may take longer, while so many bytes… */
  uploadBytes: number
  /** …arrive in so much time, ms. */
  uploadMs: number
}

/** How far a request has arrived. */
type RequestState = Pick<IncomingMessage, 'complete' | 'readableLength' | 'readableHighWaterMark'>

const uploads = new WeakSet<RequestState>()

/** The body of this request is read as it arrives: it may take as long as it likes, while it does arrive. */
export const markAsUpload = (request: RequestState): void => {
  uploads.add(request)
}

interface Arriving {
  request: RequestState
  response: ServerResponse
  /** Bytes that the connection had brought… */
  bytes: number
  /** …at this time: when the headers had come; of an upload, when it was last seen to come fast enough. */
  since: number
}

export interface ArrivalWatch {
  limits: ArrivalLimits
  /** Called once for a connection whose body does not arrive in time. */
  late: (socket: Socket, response: ServerResponse) => void
  /** Milliseconds; never goes back. */
  clock?: () => number
}

/**
 * Watches the bodies that have not arrived whole. Node's own limit is one for all requests.
 * @returns looks at each of them, once
 */
export const watchArrivals = (
  server: Pick<EventEmitter, 'on'>,
  { limits, late, clock = () => performance.now() }: ArrivalWatch,
): (() => void) => {
  // One for each connection: the next request on it is not read before this one is.
  const arriving = new Map<Socket, Arriving>()

  const isLate = (socket: Socket, one: Arriving) => {
    const { request, response } = one
    const now = clock()
    // It waits for the answer to the request before it on its connection, and nobody reads it until then.
    if (response.socket === null && !response.writableEnded) {
      one.bytes = socket.bytesRead
      one.since = now
      return false
    }
    // What still comes after the answer is not read by anybody.
    if (!uploads.has(request) || response.writableEnded) return now - one.since >= limits.bodyMs
    // While the handler does not read, its client is not late.
    const isHeld = request.readableLength >= request.readableHighWaterMark
    if (socket.bytesRead - one.bytes >= limits.uploadBytes || isHeld) {
      one.bytes = socket.bytesRead
      one.since = now
    }
    return now - one.since >= limits.uploadMs
  }

  server.on('connection', (socket: Socket) => socket.once('close', () => arriving.delete(socket)))
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket, headers } = request
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return
    arriving.set(socket, { request, response, bytes: socket.bytesRead, since: clock() })
  })

  return () => {
    for (const [socket, one] of arriving) {
      if (!one.request.complete && !isLate(socket, one)) continue
      arriving.delete(socket)
      if (!one.request.complete) late(socket, one.response)
    }
  }
}
