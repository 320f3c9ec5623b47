import { randomFillSync } from 'node:crypto'

const pool = new Uint8Array(8192)
let used = pool.length

/**
 * Cryptographically secure random bytes, each given out once. Taken from a pool, because asking for a few costs as much as asking for
 * thousands.
 * @param count at most 8192
 * @returns valid until the next call
 */
export const takeRandom = (count: number): Uint8Array => {
  if (used + count > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += count
  return pool.subarray(used - count, used)
}

/** A number from 0 up to 1 with 8 random bits, as the library of ULIDs asks for. */
export const randomNumber = (): number => (takeRandom(1)[0] ?? 0) / 256
