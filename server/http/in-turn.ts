import type { RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createFewATurn } from './few-a-turn.ts'

/** How many requests may wait on a connection before reading pauses. All requests of one read are accepted. */
const mostWaiting = 100

interface Line {
  latest: ServerResponse
  waiting: number
}

/**
 * Handles pipelined requests of a connection one after the other, with back-pressure. Answers have to be sent in that order anyway;
 * handled concurrently, one connection could have thousands of answers produced and buffered for a client that never reads. Other
 * connections get a turn between two requests, of all that pipeline only a few begin in one turn of the event loop, and reading
 * pauses while many wait.
 */
export const inTurn = (listener: RequestListener): RequestListener => {
  const lines = new WeakMap<Socket, Line>()
  const later = createFewATurn()
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
      later(() => {
        wait(-1)
        // The connection is gone.
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
