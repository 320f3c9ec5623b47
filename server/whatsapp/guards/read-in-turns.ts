import type { EventEmitter } from 'node:events'

/** What this needs of the library's socket. */
export interface InTurns extends EventEmitter {
  /** The WebSocket, once there is one. `isPaused` = back-pressure has paused it, and will resume it. */
  socket?: { readonly isPaused: boolean; _socket?: { pause(): unknown; resume(): unknown } | null } | null
}

/** A stanza takes the library up to half a millisecond. */
const mostFrames = 64

/**
 * Limits how much of one connection is read in a turn of the event loop. Node would read up to 2 MB of it before any other socket:
 * that is twenty thousand receipts, during which all sessions would wait for ten seconds.
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
    // Not the WebSocket's own `pause`, which back-pressure uses: the two could not be distinguished.
    if (frames === mostFrames) ws.socket?._socket?.pause()
  })
}
