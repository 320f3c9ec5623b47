/** Iterates over the fields of a protobuf message without decoding them. */
import protobuf from 'protobufjs/minimal.js'

export interface Field {
  number: number
  /** Protobuf's wire type: 0 a number, 2 bytes. */
  wire: number
  /** Of a number; inexact from 2^53 on. */
  value: number
  /** Where it begins with its tag, and where its content begins. */
  at: number
  start: number
  end: number
}

/**
 * The fields between two offsets. A field that extends beyond the end is truncated; invalid data ends the iteration.
 * @returns whether it was complete
 */
export function* fieldsOf(bytes: Uint8Array, start = 0, end = bytes.length): Generator<Field, boolean> {
  const reader = protobuf.Reader.create(bytes.subarray(0, end))
  reader.pos = start
  while (reader.pos < end) {
    const at = reader.pos
    const field: Field = { number: 0, wire: 0, value: 0, at, start: 0, end: 0 }
    try {
      const tag = reader.uint32()
      field.number = tag >>> 3
      field.wire = tag & 7
      if (field.number === 0) return false
      if (field.wire === 2) {
        const length = reader.uint32()
        field.start = reader.pos
        field.end = Math.min(field.start + length, end)
        if (field.start + length > end) {
          yield field
          return false
        }
        reader.pos = field.end
      } else {
        field.start = reader.pos
        reader.skipType(field.wire)
        field.end = reader.pos
        if (field.wire === 0) field.value = numberIn(bytes, field.start, field.end)
      }
    } catch {
      return false
    }
    yield field
  }
  return true
}

/** Reads a varint. The reader's own `uint32` reads five bytes or ten, and loses its place at a time in ms, which has six. */
const numberIn = (bytes: Uint8Array, start: number, end: number): number => {
  let value = 0
  for (let at = end - 1; at >= start; at -= 1) value = value * 128 + ((bytes[at] ?? 0) & 0x7f)
  return value
}
