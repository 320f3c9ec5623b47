import type { RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** So many requests may wait on a connection before it is read no further. What one read brings is always taken. */
const mostWaiting = 100

interface Line {
  latest: ServerResponse
  waiting: number
}

/**
 * Requests that a client sends without waiting for answers are handled one after the other. The answers go out in that order
 * anyway; handled at once, one connection could have thousands of them worked on, and kept, for a client that never reads. Between
 * two of them everybody else has a turn, and while many wait, no more are read.
 */
export const inTurn = (listener: RequestListener): RequestListener => {
  const lines = new WeakMap<Socket, Line>()
  return (request, response) => {
    const { socket } = request
    const line = lines.get(socket)
    const before = line?.latest
    lines.set(socket, { latest: response, waiting: line?.waiting ?? 0 })
    if (before === undefined || before.destroyed) {
      listener(request, response)
      return
    }
    wait(1)
    before.once('close', () =>
      setImmediate(() => {
        wait(-1)
        // Nobody is left to be answered.
        if (!socket.destroyed) listener(request, response)
      }),
    )

    function wait(more: 1 | -1) {
      const here = lines.get(socket)
      if (here === undefined) return
      here.waiting += more
      if (more === 1 && here.waiting === mostWaiting) socket.pause()
      if (more === -1 && here.waiting === mostWaiting / 2) socket.resume()
    }
  }
}
