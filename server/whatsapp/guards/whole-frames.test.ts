import { EventEmitter } from 'node:events'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { onlyWholeFrames } from './whole-frames.ts'

const frame = (body: Uint8Array) => {
  const head = Buffer.alloc(3)
  head.writeUIntBE(body.length, 0, 3)
  return Buffer.concat([head, body])
}

/** What the library gets of these pieces. */
const heard = (pieces: Uint8Array[]) => {
  const ws = new EventEmitter()
  const calls: Buffer[] = []
  ws.on('message', (bytes: Buffer) => calls.push(Buffer.from(bytes)))
  onlyWholeFrames(ws)
  for (const piece of pieces) ws.emit('message', Buffer.from(piece))
  return calls
}

test('every frame comes, whole and in order, however it is cut', () => {
  const cut = fc.record({
    frames: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
    sizes: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
    rest: fc.integer({ min: 0, max: 6 }),
  })
  fc.assert(
    fc.property(cut, ({ frames, sizes, rest }) => {
      const whole = Buffer.concat(frames.map(frame))
      // The beginning of a frame that never ends.
      const all = Buffer.concat([whole, Buffer.from([0, 1, 0, 7, 7, 7]).subarray(0, rest)])
      const pieces: Buffer[] = []
      for (let at = 0, n = 0; at < all.length; n += 1) {
        const size = sizes[n % sizes.length] ?? 1
        pieces.push(all.subarray(at, at + size))
        at += size
      }
      const calls = heard(pieces)
      expect(Buffer.concat(calls)).toEqual(whole)
      for (const call of calls) {
        let at = 0
        while (at < call.length) at += 3 + call.readUIntBE(at, 3)
        expect(at).toBe(call.length)
      }
    }),
  )
})

test('a large frame in many pieces is joined once', () => {
  const bytes = frame(Buffer.alloc(300_000, 5))
  const pieces = Array.from({ length: 3_001 }, (_, n) => bytes.subarray(n * 100, (n + 1) * 100))
  expect(heard(pieces)).toEqual([bytes])
})

test('an empty piece returns what is left', () => {
  expect(heard([Buffer.alloc(0), frame(Buffer.of(1)), Buffer.alloc(0)]).map(({ length }) => length)).toEqual([0, 4, 0])
})
