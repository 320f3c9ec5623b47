/** Timeouts for the arrival of request bodies. */
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface ArrivalLimits {
  /** From the end of the headers to the end of the body, ms. */
  bodyMs: number
  /** An upload may take longer, as long as at least this many bytes… */
  uploadBytes: number
  /** …arrive within this time, ms. */
  uploadMs: number
}

/** How far a request has arrived. */
type RequestState = Pick<IncomingMessage, 'complete' | 'readableLength' | 'readableHighWaterMark'>

const uploads = new WeakSet<RequestState>()

/** Marks a request whose body is streamed: it may take any time, as long as it arrives at the minimum rate. */
export const markAsUpload = (request: RequestState): void => {
  uploads.add(request)
}

interface Arriving {
  request: RequestState
  response: ServerResponse
  /** Bytes that the connection had received… */
  bytes: number
  /** …at this time: when the headers were complete; for an upload, when it was last found to arrive fast enough. */
  since: number
}

export interface ArrivalWatch {
  limits: ArrivalLimits
  /** Called once for a connection whose body does not arrive in time. */
  late: (socket: Socket, response: ServerResponse) => void
  /** Milliseconds of a monotonic clock. */
  clock?: () => number
}

/**
 * Watches the bodies that have not arrived completely. Node's own timeout cannot differ between requests.
 * @returns checks each of them once
 */
export const watchArrivals = (
  server: Pick<EventEmitter, 'on'>,
  { limits, late, clock = () => performance.now() }: ArrivalWatch,
): (() => void) => {
  // One for each connection: the next request on it is read only after this one.
  const arriving = new Map<Socket, Arriving>()

  const isLate = (socket: Socket, one: Arriving) => {
    const { request, response } = one
    const now = clock()
    // It waits for the previous answer on its connection, and is not read until then.
    if (response.socket === null && !response.writableEnded) {
      one.bytes = socket.bytesRead
      one.since = now
      return false
    }
    // Nothing reads what still arrives after the answer.
    if (!uploads.has(request) || response.writableEnded) return now - one.since >= limits.bodyMs
    // Back-pressure: while the handler does not read, its client is not late.
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
