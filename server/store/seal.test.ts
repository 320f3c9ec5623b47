import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSealer, SealBroken } from './seal.ts'

const sealer = createSealer(randomBytes(32))

test('a sealed value opens under the same context, byte for byte', () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array(), (context, plain) => {
      expect(sealer.open(context, sealer.seal(context, plain))).toEqual(Buffer.from(plain))
    }),
  )
})

test('the same value is never sealed to the same bytes twice', () => {
  const plain = Buffer.from('identity')
  expect(sealer.seal('creds', plain)).not.toEqual(sealer.seal('creds', plain))
})

test('another context does not open it', () => {
  const sealed = sealer.seal('creds sess_a', Buffer.from('identity'))
  expect(() => sealer.open('creds sess_b', sealed)).toThrow(SealBroken)
})

test('another row of the same context does not open it', () => {
  const sealed = sealer.seal('raw sess_a', Buffer.from('secret'), 'msg_1')
  expect(sealer.open('raw sess_a', sealed, 'msg_1').toString()).toBe('secret')
  expect(() => sealer.open('raw sess_a', sealed, 'msg_2')).toThrow(SealBroken)
  expect(() => sealer.open('raw sess_a', sealed)).toThrow(SealBroken)
})

test('another key does not open it', () => {
  const sealed = sealer.seal('creds', Buffer.from('identity'))
  expect(() => createSealer(randomBytes(32)).open('creds', sealed)).toThrow(SealBroken)
})

test('a flipped bit anywhere, or a missing end, does not open', () => {
  const sealed = sealer.seal('creds', Buffer.from('identity'))
  for (let at = 0; at < sealed.length; at += 1) {
    const flipped = Buffer.from(sealed)
    flipped[at] = (flipped[at] ?? 0) ^ 1
    expect(() => sealer.open('creds', flipped), `bit in byte ${at}`).toThrow(SealBroken)
    expect(() => sealer.open('creds', sealed.subarray(0, at)), `cut at ${at}`).toThrow(SealBroken)
  }
})

test('a key that is not 32 bytes is refused', () => {
  expect(() => createSealer(randomBytes(16))).toThrow('32 bytes')
})
