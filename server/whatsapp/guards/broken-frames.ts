import type { EventEmitter } from 'node:events'

/**
 * As many in a row are no mishap: what follows can't be read either. Those that can't be decoded are never acknowledged: they pile
 * up at WhatsApp, and come one behind another with each login.
 */
const mostInARow = 1_000

/**
 * What to do when the library could not read what came. One frame that it can't decode concerns itself alone: the cipher has
 * gone on before, and what comes behind it can be read. WhatsApp delivers it again with each login, so ending the connection
 * for it would end each one that follows.
 * @param ws the library's socket, in the tick in which it was made
 */
export const createBrokenFrames = (
  ws: EventEmitter,
  { onLeftOut, onBroken }: { onLeftOut: (error: unknown) => void; onBroken: () => void },
): ((error: unknown) => void) => {
  /** Before the first stanza it is the handshake that fails. */
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
    // The library goes on with what it has of the next frames when it gets more.
    setImmediate(() => ws.emit('message', Buffer.alloc(0)))
  }
}

/** Node's words for a wrong authentication tag. */
const isOfCipher = (error: unknown) => error instanceof Error && error.message.includes('authenticate')
