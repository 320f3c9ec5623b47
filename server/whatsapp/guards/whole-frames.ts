import type { EventEmitter } from 'node:events'

/**
 * Passes only whole frames to the library. It would concatenate each piece with the buffered rest of its frame, so that a frame in
 * thousands of pieces would block the event loop.
 * @param ws the library's socket, in the tick in which it was made
 */
export const onlyWholeFrames = (ws: EventEmitter): void => {
  const listeners = ws.listeners('message')
  ws.removeAllListeners('message')
  let pieces: Buffer[] = []
  let length = 0
  /** Bytes of the current frame with its header; the header's length until that is known. */
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
    // An empty read also asks whether buffered data is left.
    if (end === 0 && piece.length > 0) return undefined
    return Promise.all(listeners.map((listener) => listener(all.subarray(0, end))))
  })
}

/** The length of the payload. */
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
