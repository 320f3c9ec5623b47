import { Curve, generateSignalPubKey } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import { isSignedBy } from './xeddsa.ts'

const message = Buffer.from('what was signed')
const key = Curve.generateKeyPair()
const signature = Curve.sign(key.private, message)

describe('a signature is genuine', () => {
  test('when key and message are those that were signed', () => {
    expect(isSignedBy(key.public, message, signature)).toBe(true)
    expect(isSignedBy(generateSignalPubKey(key.public), message, signature)).toBe(true)
  })

  test('for keys of either sign', () => {
    for (let i = 0; i < 20; i++) {
      const { private: secret, public: known } = Curve.generateKeyPair()
      expect(isSignedBy(known, message, Curve.sign(secret, message))).toBe(true)
    }
  })

  test('not with another key, another message, another signature, or none', () => {
    expect(isSignedBy(Curve.generateKeyPair().public, message, signature)).toBe(false)
    expect(isSignedBy(key.public, Buffer.from('what was not'), signature)).toBe(false)
    expect(isSignedBy(key.public, message, Buffer.alloc(64))).toBe(false)
    expect(isSignedBy(key.public, message, signature.subarray(1))).toBe(false)
    expect(isSignedBy(key.public.subarray(1), message, signature)).toBe(false)
    for (let byte = 0; byte < 64; byte += 9) {
      const altered = Buffer.from(signature)
      altered.writeUInt8(altered.readUInt8(byte) ^ 1, byte)
      expect(isSignedBy(key.public, message, altered)).toBe(false)
    }
  })
})
