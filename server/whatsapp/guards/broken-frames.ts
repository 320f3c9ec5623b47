import type { EventEmitter } from 'node:events'

/**
 * After this many consecutive broken frames the connection is given up. Frames that cannot be decoded are never acknowledged: they
 * accumulate at WhatsApp, and are delivered one after the other with each login.
 */
const mostInARow = 1_000

/**
 * Handles frames that the library cannot read. A frame that cannot be decoded affects no other: the cipher has advanced before, so the
 * next frame can be read. WhatsApp delivers it again with each login, so ending the connection would end each following one.
 * @param ws the library's socket, in the tick in which it was made
 */
export const createBrokenFrames = (
  ws: EventEmitter,
  { onLeftOut, onBroken }: { onLeftOut: (error: unknown) => void; onBroken: () => void },
): ((error: unknown) => void) => {
  /** Before the first stanza an error is one of the handshake. */
  let inARow = mostInARow
  ws.on('frame', (frame: unknown) => {
    if (typeof frame === 'object' && frame !== null && 'tag' in frame) inARow = 0
  })
  return (error) => {
    inARow += 1
    if (inARow > mostInARow || isOfCipher(error)) {
      onBroken()
      return
    }
    onLeftOut(error)
    // The library continues with the buffered next frames when more data arrives.
    setImmediate(() => ws.emit('message', Buffer.alloc(0)))
  }
}

/** Node's message for a wrong authentication tag. */
const isOfCipher = (error: unknown) => error instanceof Error && error.message.includes('authenticate')
