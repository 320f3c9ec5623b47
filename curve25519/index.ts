/**
 * The interface of curve25519-js, which libsignal uses for signatures, in native code: some 40 times faster. Keys are X25519 keys;
 * signatures are XEdDSA with the sign of the Edwards key in their last bit, as in libsignal. docs/decisions.md says where the answers
 * differ.
 */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject, verify as verifyEd25519 } from 'node:crypto'
import { calculateSignature } from 'whatsapp-rust-bridge'
import { edwardsOf } from './montgomery.ts'

const keyBytes = 32
const signatureBytes = 64
const highestBit = 0x80

/** What stands before the 32 bytes of an X25519 private key in PKCS #8. */
const pkcs8Head = Buffer.from('302e020100300506032b656e04220420', 'hex')

/**
 * Verifies a signature as RFC 8032 does, without the cofactor.
 * @param publicKey 32 bytes
 * @param signature 64 bytes
 * @throws TypeError for what is no Uint8Array, Error for a wrong length
 */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  demandBytes(message, signature, publicKey)
  demandLength('signature', signature, signatureBytes)
  demandLength('public key', publicKey, keyBytes)
  const edwards = edwardsOf(publicKey)
  const plain = Buffer.from(signature)
  const last = plain.readUInt8(signatureBytes - 1)
  edwards.writeUInt8(edwards.readUInt8(keyBytes - 1) | (last & highestBit), keyBytes - 1)
  plain.writeUInt8(last & (highestBit - 1), signatureBytes - 1)
  return verifyEd25519(null, message, publicKeyOf('Ed25519', edwards), plain)
}

/**
 * Signs with fresh randomness each time.
 * @param secretKey 32 bytes
 * @returns 64 bytes
 * @throws TypeError for what is no Uint8Array, Error for a wrong length
 */
export function sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  demandBytes(secretKey, message)
  demandLength('secret key', secretKey, keyBytes)
  return calculateSignature(secretKey, message)
}

/** @returns the signature, and the message after it */
export function signMessage(secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([sign(secretKey, message), message]))
}

/**
 * @param signed a signature, and the message after it
 * @returns the message; null when the signature is wrong
 */
export function openMessage(publicKey: Uint8Array, signed: Uint8Array): Uint8Array | null {
  demandBytes(signed, publicKey)
  demandLength('public key', publicKey, keyBytes)
  if (signed.length < signatureBytes) return null
  const message = signed.slice(signatureBytes)
  return verify(publicKey, message, signed.slice(0, signatureBytes)) ? message : null
}

/**
 * X25519.
 * @returns 32 bytes
 * @throws Error for a public key of small order, too: the result would be the same for every secret key
 */
export function sharedKey(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  demandBytes(publicKey, secretKey)
  demandLength('public key', publicKey, keyBytes)
  demandLength('secret key', secretKey, keyBytes)
  const keys = { privateKey: privateKeyOf(secretKey), publicKey: publicKeyOf('X25519', publicKey) }
  return new Uint8Array(diffieHellman(keys))
}

/**
 * @param seed 32 random bytes
 * @returns the private key is the seed with its fixed bits set, as RFC 7748 says
 */
export function generateKeyPair(seed: Uint8Array): { public: Uint8Array; private: Uint8Array } {
  demandBytes(seed)
  demandLength('seed', seed, keyBytes)
  const clamped = Uint8Array.from(seed, (byte, index) => {
    if (index === 0) return byte & 0b1111_1000
    return index === keyBytes - 1 ? (byte & 0b0111_1111) | 0b0100_0000 : byte
  })
  const { x = '' } = createPublicKey(privateKeyOf(seed)).export({ format: 'jwk' })
  return { public: new Uint8Array(Buffer.from(x, 'base64url')), private: clamped }
}

const publicKeyOf = (crv: 'Ed25519' | 'X25519', bytes: Uint8Array): KeyObject =>
  createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv, x: Buffer.from(bytes).toString('base64url') } })

const privateKeyOf = (secretKey: Uint8Array): KeyObject =>
  createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.concat([pkcs8Head, secretKey]) })

function demandBytes(...values: unknown[]): void {
  for (const value of values) {
    if (!(value instanceof Uint8Array)) throw new TypeError('unexpected type, use Uint8Array')
  }
}

function demandLength(what: string, { length }: Uint8Array, expected: number): void {
  if (length !== expected) throw new Error(`wrong ${what} length`)
}
