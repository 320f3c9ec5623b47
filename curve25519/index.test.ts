import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as ours from './index.ts'
import { difference, original } from './test-original.ts'

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
const hexOf = (value: Uint8Array) => Buffer.from(value).toString('hex')
const numberOf = (little: Uint8Array) => BigInt(`0x${hexOf(little.toReversed())}`)
const littleOf = (value: bigint) => bytes(value.toString(16).padStart(64, '0')).toReversed()

/** The prime of the field, and the order of the base point. */
const p = 2n ** 255n - 19n
const order = 2n ** 252n + 27742317777372353535851937790883648493n

const power = (base: bigint, exponent: bigint): bigint => {
  if (exponent === 0n) return 1n
  const half = power((base * base) % p, exponent / 2n)
  return exponent % 2n === 1n ? (half * base) % p : half
}

/** The X25519 key of an Ed25519 key, u = (1 + y) / (1 - y), and the sign bit that a signature then has to carry. */
const montgomeryOf = (edwards: Uint8Array) => {
  const y = numberOf(edwards) & (2n ** 255n - 1n)
  return { key: littleOf(((1n + y) * power(p + 1n - y, p - 2n)) % p), sign: (edwards[31] ?? 0) & 0x80 }
}

const withSign = (signature: Uint8Array, sign: number) => signature.with(63, (signature[63] ?? 0) | sign)

/** A secret scalar with its Edwards point, from OpenSSL. */
const scalarWithPoint = (seed: Uint8Array) => {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const { x = '' } = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })).export({
    format: 'jwk',
  })
  const { private: scalar } = ours.generateKeyPair(createHash('sha512').update(seed).digest().subarray(0, 32))
  return { scalar: numberOf(scalar), point: new Uint8Array(Buffer.from(x, 'base64url')) }
}

const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))

test('it has the functions of the package that it replaces, and libsignal loads it', () => {
  expect(Object.keys(ours).toSorted()).toEqual(
    Object.keys(original)
      .filter((name) => name !== 'default')
      .toSorted(),
  )
  const libsignal = createRequire(import.meta.url).resolve('libsignal/src/curve.js')
  expect(createRequire(libsignal).resolve('curve25519-js')).toBe(join(import.meta.dirname, 'index.ts'))
})

/** RFC 8032, section 7.1: public key, message, signature. */
const ed25519Vectors = [
  [
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const

test.each(ed25519Vectors)('the signature of RFC 8032 with the key %s is valid', (publicKey, text, plain) => {
  const { key, sign } = montgomeryOf(bytes(publicKey))
  const [message, signature] = [bytes(text), withSign(bytes(plain), sign)]
  expect(ours.verify(key, message, signature)).toBe(true)
  expect(ours.verify(key, joined(message, Uint8Array.of(0)), signature)).toBe(false)
  expect(ours.openMessage(key, joined(signature, message))).toEqual(message)
})

/** RFC 7748, section 5.2: scalar, u-coordinate, result. */
test.each([
  [
    'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
    'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
    'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
  ],
  [
    '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
    'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
    '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
  ],
])('X25519 of %s gives what RFC 7748 says', (scalar, u, result) => {
  expect(hexOf(ours.sharedKey(bytes(scalar), bytes(u)))).toBe(result)
})

test('random signatures are judged as the original judges them', () => {
  const differences = Array.from({ length: 120 }, (_, turn) => difference(turn)).filter(Boolean)
  expect(differences).toEqual([])
})

test('keys and shared keys are those of the original', () => {
  for (let first = 0; first < 256; first += 51) {
    const seed = new Uint8Array(32).fill(first)
    expect(ours.generateKeyPair(seed)).toEqual(original.generateKeyPair(seed))
    const other = original.generateKeyPair(seed.map((byte, index) => byte ^ index)).public
    expect(ours.sharedKey(seed, other)).toEqual(original.sharedKey(seed, other))
  }
})

test('a public key with the highest bit set, or that is not reduced, is read as the original reads it', () => {
  const { public: key, private: secretKey } = ours.generateKeyPair(new Uint8Array(32).fill(7))
  const message = bytes('00ff')
  const signature = ours.sign(secretKey, message)
  const withHighestBit = key.with(31, (key[31] ?? 0) | 0x80)
  for (const { verify } of [ours, original]) expect(verify(withHighestBit, message, signature)).toBe(true)
  for (const u of [p + 2n, 2n ** 255n - 1n]) {
    expect(ours.verify(littleOf(u), message, signature)).toBe(original.verify(littleOf(u), message, signature))
  }
})

test('each signature has its own randomness', () => {
  const { private: secretKey } = ours.generateKeyPair(new Uint8Array(32).fill(9))
  expect(ours.sign(secretKey, bytes('01'))).not.toEqual(ours.sign(secretKey, bytes('01')))
})

describe('the original accepts, and this refuses', () => {
  test('an S that is not below the order of the base point', () => {
    const { public: key, private: secretKey } = original.generateKeyPair(new Uint8Array(32).fill(5))
    const message = bytes('0102')
    const signature = original.sign(secretKey, message)
    const sign = (signature[63] ?? 0) & 0x80
    const s = numberOf(signature.subarray(32)) & (2n ** 255n - 1n)
    expect(ours.verify(key, message, signature)).toBe(true)
    for (let large = s + order; large < 2n ** 255n; large += order) {
      const forged = withSign(joined(signature.subarray(0, 32), littleOf(large)), sign)
      expect(original.verify(key, message, forged)).toBe(true)
      expect(ours.verify(key, message, forged)).toBe(false)
    }
  })

  test.each([0n, 1n, p - 1n, p, p + 1n])('a public key of small order: u = %s', (u) => {
    const { scalar, point } = scalarWithPoint(new Uint8Array(32).fill(3))
    const signature = joined(point, littleOf(scalar % order))
    // Valid where the hash is a multiple of the key's order: for one message in two or four.
    const messages = Array.from({ length: 40 }, (_, index) => Uint8Array.of(index))
    const accepted = messages.filter((message) => original.verify(littleOf(u), message, signature))
    expect(accepted.length).toBeGreaterThan(0)
    expect(accepted.filter((message) => ours.verify(littleOf(u), message, signature))).toEqual([])
  })

  test('an R of small order', () => {
    const { scalar, point } = scalarWithPoint(new Uint8Array(32).fill(4))
    const { key, sign } = montgomeryOf(point)
    const [neutral, message] = [littleOf(1n), bytes('03')]
    const hash = createHash('sha512').update(neutral).update(point).update(message).digest()
    const signature = withSign(joined(neutral, littleOf((numberOf(hash) * scalar) % order)), sign)
    expect(original.verify(key, message, signature)).toBe(true)
    expect(ours.verify(key, message, signature)).toBe(false)
  })

  test('an agreement with a key of small order', () => {
    const [secretKey, zero] = [new Uint8Array(32).fill(6), new Uint8Array(32)]
    expect(original.sharedKey(secretKey, zero)).toEqual(zero)
    expect(() => ours.sharedKey(secretKey, zero)).toThrow()
  })
})

test('what is no Uint8Array, or has a wrong length, is refused by the same functions', () => {
  const [right, short, long] = [32, 31, 65].map((length) => new Uint8Array(length)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const calls = [
    ({ verify }) => verify(short, right, new Uint8Array(64)),
    ({ verify }) => verify(right, right, long),
    ({ verify }) => verify(right, 'text' as never, new Uint8Array(64)),
    ({ sign }) => sign(short, right),
    ({ sign }) => sign(right, [1] as never),
    ({ sharedKey }) => sharedKey(short, right),
    ({ sharedKey }) => sharedKey(right, long),
    ({ generateKeyPair }) => generateKeyPair(short),
    ({ openMessage }) => openMessage(short, long),
  ] satisfies ((of: typeof original) => unknown)[]
  for (const call of calls) {
    const thrown = [original, ours].map((of) => {
      try {
        return call(of)
      } catch (error) {
        return error instanceof Error ? error.name : error
      }
    })
    expect(['Error', 'TypeError'], String(call)).toContain(thrown[0])
    expect(thrown[1], String(call)).toBe(thrown[0])
  }
  expect(ours.openMessage(right, short)).toBe(null)
})
