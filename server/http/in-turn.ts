import type { RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Requests that a client sends without waiting for answers are handled one after the other. The answers go out in that order
 * anyway; handled at once, one connection could have thousands of them worked on, and kept, for a client that never reads.
 */
export const inTurn = (listener: RequestListener): RequestListener => {
  const latest = new WeakMap<Socket, ServerResponse>()
  return (request, response) => {
    const before = latest.get(request.socket)
    latest.set(request.socket, response)
    if (before === undefined || before.destroyed) listener(request, response)
    else
      before.once('close', () => {
        // Nobody is left to be answered.
        if (!request.socket.destroyed) listener(request, response)
      })
  }
}
