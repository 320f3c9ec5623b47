/** The prime of the field: 2^255 - 19. */
const p = 2n ** 255n - 19n
const bits = 2n ** 255n - 1n

/**
 * The Edwards form of a Montgomery public key, without the sign of x, which a Montgomery key does not have: y = (u - 1) / (u + 1).
 * As in X25519, the highest bit is ignored and values from 2^255 - 19 are reduced.
 * @param publicKey 32 bytes, little-endian
 * @returns y, 32 bytes, little-endian; the highest bit is 0
 */
export function edwardsOf(publicKey: Uint8Array): Buffer {
  const u = BigInt(`0x${Buffer.from(publicKey).reverse().toString('hex')}`) & bits
  const y = ((u + p - 1n) * inverse((u + 1n) % p)) % p
  return Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse()
}

/** By Euclid's algorithm: its time depends on the value, so it is for public ones only. The inverse of 0 is 0. */
function inverse(value: bigint): bigint {
  let [r, next] = [p, value]
  let [t, nextT] = [0n, 1n]
  while (next !== 0n) {
    const quotient = r / next
    ;[r, next] = [next, r - quotient * next]
    ;[t, nextT] = [nextT, t - quotient * nextT]
  }
  return t < 0n ? t + p : t
}
