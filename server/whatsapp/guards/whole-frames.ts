import type { EventEmitter } from 'node:events'

/**
 * Gives the library what it reads in whole frames. It joins each piece that comes to all that came of the frame before: a frame
 * in thousands of pieces would keep everybody waiting.
 * @param ws the library's socket, in the tick in which it was made
 */
export const onlyWholeFrames = (ws: EventEmitter): void => {
  const listeners = ws.listeners('message')
  ws.removeAllListeners('message')
  let pieces: Buffer[] = []
  let length = 0
  /** Of the frame that is under way, with its head; what a head takes until that is known. */
  let wanted = headBytes

  ws.on('message', (piece: Buffer) => {
    pieces.push(piece)
    length += piece.length
    if (length < wanted && piece.length > 0) return undefined
    const all = pieces.length === 1 ? piece : Buffer.concat(pieces)
    const end = endOfWhole(all)
    const rest = all.subarray(end)
    pieces = rest.length > 0 ? [rest] : []
    length = rest.length
    wanted = rest.length < headBytes ? headBytes : headBytes + rest.readUIntBE(0, headBytes)
    // Nothing is a question as well: whether something of before is left to be read.
    if (end === 0 && piece.length > 0) return undefined
    return Promise.all(listeners.map((listener) => listener(all.subarray(0, end))))
  })
}

/** The length of what follows. */
const headBytes = 3

const endOfWhole = (bytes: Buffer): number => {
  let end = 0
  while (bytes.length - end >= headBytes) {
    const next = end + headBytes + bytes.readUIntBE(end, headBytes)
    if (next > bytes.length) break
    end = next
  }
  return end
}
