import type { EventEmitter } from 'node:events'

/** What this needs of the library's socket. */
export interface InTurns extends EventEmitter {
  /** The WebSocket, once there is one. `isPaused`: whoever paused it will resume it. */
  socket?: { readonly isPaused: boolean; _socket?: { pause(): unknown; resume(): unknown } | null } | null
}

/** A stanza takes the library up to half a millisecond. */
const mostFrames = 64

/**
 * Leaves a connection that has much to say alone until the next turn of the event loop. Node would read up to two megabytes of it
 * before anybody else's: twenty thousand receipts of one contact are that much, and everybody would wait for ten seconds.
 * @param ws the library's socket, in the tick in which it was made
 */
export const readInTurns = (ws: InTurns): void => {
  let frames = 0

  const nextTurn = () => {
    const isLong = frames >= mostFrames
    frames = 0
    if (isLong && !ws.socket?.isPaused) ws.socket?._socket?.resume()
  }

  ws.on('message', () => {
    frames += 1
    if (frames === 1) setImmediate(nextTurn)
    // Not the WebSocket's own `pause`: that is for who bounds what waits, and would not be told from it.
    if (frames === mostFrames) ws.socket?._socket?.pause()
  })
}
