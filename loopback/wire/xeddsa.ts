import { createPublicKey, verify } from 'node:crypto'

const P = 2n ** 255n - 19n

/**
 * Verifies an XEd25519 signature, as WhatsApp and Signal make them with X25519 keys. The client library's own check is not used, because
 * its version 7.0.0-rc14 accepts every signature.
 * @param publicKey 32 bytes, or 33 with the key type 05 in front
 * @param signature 64 bytes
 * @returns false for anything that is not a valid signature; never throws
 */
export function isSignedBy(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = publicKey.length === 33 && publicKey[0] === 5 ? publicKey.subarray(1) : publicKey
  if (key.length !== 32 || signature.length !== 64) return false
  const plain = Buffer.from(signature)
  // The signer stores the sign of the Edwards point in the top bit, which plain Ed25519 leaves at zero.
  const sign = plain.readUInt8(63) & 0x80
  plain.writeUInt8(plain.readUInt8(63) & 0x7f, 63)
  return verify(null, message, edwardsKey(key, sign), plain)
}

/** Montgomery u to Edwards y = (u - 1) / (u + 1), as a key that node:crypto takes. */
function edwardsKey(montgomery: Uint8Array, sign: number) {
  const u = fromLittleEndian(montgomery) & (2n ** 255n - 1n)
  const y = (((u - 1n + P) % P) * power(u + 1n, P - 2n)) % P
  const bytes = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse()
  bytes.writeUInt8(bytes.readUInt8(31) | sign, 31)
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' })
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let b = base % P, e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) {
    if (e & 1n) result = (result * b) % P
  }
  return result
}
