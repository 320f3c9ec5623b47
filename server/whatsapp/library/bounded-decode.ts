/** Decodes untrusted protocol buffers within limits. */
import protobuf from 'protobufjs/minimal.js'

/** The part of a generated message class that is needed. */
export interface Decoder<T> {
  decode(reader: protobuf.Reader | Uint8Array, length?: number): T
}

/**
 * Decodes a message with a limit on its fields, because two bytes of input can become an object of a hundred bytes.
 * @param maxNumbers the most tags, lengths and small numbers: about two for each field
 * @throws TooMuch when there are more; RangeError, Error when the bytes are not such a message, or are nested too deeply
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
