/** When a delivery that failed is tried again. */
import type { RetryPolicy } from '../model/webhook.ts'

const mostMs = 3_600_000
const jitter = 0.2

/**
 * @param attempts that were made, at least 1
 * @param random from 0 to below 1
 * @param retryAfterMs what the receiver asks for; within an hour it counts when it is longer
 * @returns milliseconds until the next one
 */
export const retryMs = (
  { policy, delaySeconds }: RetryPolicy,
  attempts: number,
  random: number,
  retryAfterMs = 0,
): number => {
  const grown = policy === 'exponential' ? 2 ** Math.min(attempts - 1, 20) : 1
  const wanted = Math.min(mostMs, delaySeconds * 1_000 * grown)
  const varied = wanted * (1 - jitter + 2 * jitter * random)
  return Math.round(Math.min(mostMs, Math.max(varied, retryAfterMs)))
}
