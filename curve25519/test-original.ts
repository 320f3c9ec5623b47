/** The implementation that this package replaces, to compare with. */
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import * as ours from './index.ts'

interface Original {
  sharedKey(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array
  sign(secretKey: Uint8Array, message: Uint8Array, random?: Uint8Array): Uint8Array
  signMessage(secretKey: Uint8Array, message: Uint8Array, random?: Uint8Array): Uint8Array
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  openMessage(publicKey: Uint8Array, signed: Uint8Array): Uint8Array | null
  generateKeyPair(seed: Uint8Array): { public: Uint8Array; private: Uint8Array }
}

export const original: Original = createRequire(import.meta.url)('curve25519-js-original')

const maxMessageBytes = 300

/**
 * Signs a random message with a random key, by one of the two, in turn, and damages every third signature or message.
 * @param turn 0, 1, 2…
 * @returns what is wrong, in words
 */
export function difference(turn: number): string | undefined {
  const keys = ours.generateKeyPair(randomBytes(32))
  const message = randomBytes(Math.floor(Math.random() * maxMessageBytes))
  const random = turn % 4 === 1 ? randomBytes(64) : undefined
  const signature = turn % 2 === 0 ? ours.sign(keys.private, message) : original.sign(keys.private, message, random)
  const isDamaged = turn % 3 === 2
  if (isDamaged) {
    // Not the three highest bits of S: a large S is where the two differ.
    const damaged = message.length > 0 && turn % 2 === 0 ? message : signature.subarray(0, 63)
    const at = Math.floor(Math.random() * damaged.length)
    damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8))
  }
  const [our, their] = [ours, original].map(({ verify }) => verify(keys.public, message, signature))
  if (our === their && our === !isDamaged) return undefined
  const hex = [keys.private, message, signature].map((bytes) => Buffer.from(bytes).toString('hex'))
  return `original ${their}, ours ${our}, expected ${!isDamaged}: secret key, message, signature ${hex.join(' ')}`
}
