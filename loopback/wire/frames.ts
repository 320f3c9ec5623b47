const NO_BYTES = Buffer.alloc(0)
const ROUTING_PREFIX = Buffer.from([0x45, 0x44, 0x00, 0x01])
/** `WA`, protocol 6, dictionary 3: the dictionary that the binary node codec knows. */
export const HEADER = Buffer.from([0x57, 0x41, 0x06, 0x03])

/** The longest frame body for a length of three bytes. */
export const MAX_FRAME_BYTES = 0xffffff

/** A frame: three bytes of length, most significant first, then the body. */
export function encodeFrame(body: Uint8Array): Buffer {
  if (body.length > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${body.length} bytes is too long`)
  const frame = Buffer.allocUnsafe(3 + body.length)
  frame.writeUIntBE(body.length, 0, 3)
  frame.set(body, 3)
  return frame
}

/**
 * Splits a client's byte stream into frames. WebSocket messages are not frames: one may carry the intro and the first frame,
 * or half of a frame.
 */
export class FrameReader {
  /** What the client sent in front of its header because an earlier login told it to; absent when it sent nothing. */
  routingInfo?: Buffer
  #bytes: Buffer = NO_BYTES
  #introSeen = false

  /**
   * @returns the bodies that are complete now, in order
   * @throws when the stream does not begin with the header of a WhatsApp client
   */
  push(chunk: Uint8Array): Buffer[] {
    this.#bytes = this.#bytes.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#bytes, chunk])
    const bodies: Buffer[] = []
    if (!this.#introSeen && !this.#readIntro()) return bodies
    for (let body = this.#readBody(); body; body = this.#readBody()) bodies.push(body)
    return bodies
  }

  #readIntro(): boolean {
    const bytes = this.#bytes
    if (bytes.length < 4) return false
    let start = 0
    if (bytes.subarray(0, 4).equals(ROUTING_PREFIX)) {
      if (bytes.length < 7) return false
      start = 7 + bytes.readUIntBE(4, 3)
      if (bytes.length < start + 4) return false
      this.routingInfo = bytes.subarray(7, start)
    }
    const header = bytes.subarray(start, start + 4)
    if (!header.equals(HEADER)) throw new Error(`not a WhatsApp client: it began with ${header.toString('hex')}`)
    this.#introSeen = true
    this.#bytes = bytes.subarray(start + 4)
    return true
  }

  #readBody(): Buffer | undefined {
    const bytes = this.#bytes
    if (bytes.length < 3) return undefined
    const end = 3 + bytes.readUIntBE(0, 3)
    if (bytes.length < end) return undefined
    this.#bytes = end === bytes.length ? NO_BYTES : bytes.subarray(end)
    return bytes.subarray(3, end)
  }
}
