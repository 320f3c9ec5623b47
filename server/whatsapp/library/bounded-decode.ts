/** Reading of protocol buffers that strangers made, with an end. */
import protobuf from 'protobufjs/minimal.js'

/** As far as a generated message class is needed. */
export interface Decoder<T> {
  decode(reader: protobuf.Reader | Uint8Array, length?: number): T
}

/**
 * Two bytes of input can become an object of a hundred: what a message may hold is counted, not only its bytes.
 * @param maxNumbers tags, lengths and small numbers that are read at most: about two for each field
 * @throws TooMuch when there is more; RangeError, Error when the bytes are no such message, or are nested without end
 */
export const decodeBounded = <T>(type: Decoder<T>, bytes: Uint8Array, maxNumbers: number): T =>
  type.decode(new CountingReader(bytes, maxNumbers))

export class TooMuch extends Error {
  override name = 'TooMuch'

  constructor() {
    super('more fields than a message may have')
  }
}

const { BufferReader } = protobuf

/** Each field begins with a number that says which it is, and messages inside of it with another for their length. */
class CountingReader extends BufferReader {
  #left: number

  constructor(bytes: Uint8Array, maxNumbers: number) {
    super(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    this.#left = maxNumbers
  }

  override uint32(): number {
    this.#left -= 1
    if (this.#left < 0) throw new TooMuch()
    return super.uint32()
  }
}
