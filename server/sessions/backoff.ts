const baseMs = 1_000
const capMs = 60_000

/**
 * The backoff before the next connection: exponential with full jitter, so that a thousand sessions that were disconnected together
 * do not reconnect together.
 * @param failures in a row, at least 1
 * @param random a number from 0 to below 1
 * @returns milliseconds, at most a minute
 */
export const backoffMs = (failures: number, random: number): number =>
  Math.floor(random * Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, 16)))
