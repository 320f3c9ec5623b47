import { expect, test } from 'vitest'
import { encodeFrame, FrameReader, HEADER, MAX_FRAME_BYTES } from './frames.ts'

const stream = Buffer.concat([HEADER, encodeFrame(Buffer.from('first')), encodeFrame(Buffer.from('second'))])

test('a frame is three bytes of length and the body', () => {
  expect(encodeFrame(Buffer.from('abc')).toString('hex')).toBe('000003616263')
  expect(encodeFrame(Buffer.alloc(70_000)).subarray(0, 3).toString('hex')).toBe('011170')
  expect(() => encodeFrame(Buffer.alloc(MAX_FRAME_BYTES + 1))).toThrow(RangeError)
})

test('frames are read however the stream is cut', () => {
  for (let size = 1; size <= stream.length; size++) {
    const reader = new FrameReader()
    const bodies: string[] = []
    for (let start = 0; start < stream.length; start += size) {
      bodies.push(...reader.push(stream.subarray(start, start + size)).map(String))
    }
    expect(bodies).toEqual(['first', 'second'])
  }
})

test('routing information in front of the header is read', () => {
  const reader = new FrameReader()
  const prefix = Buffer.from('45440001000003010203', 'hex')
  expect(reader.push(Buffer.concat([prefix, stream])).map(String)).toEqual(['first', 'second'])
  expect(reader.routingInfo?.toString('hex')).toBe('010203')
})

test('a stream without the header is refused', () => {
  expect(() => new FrameReader().push(Buffer.from('GET / HTTP/1.1'))).toThrow('not a WhatsApp client')
})
