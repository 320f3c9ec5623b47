import type { Attempted, RetryPolicy } from '../model/webhook.ts'
import { deliveryOf, type Entry } from './queue.ts'
import { retryMs } from './retries.ts'
import type { Outcome } from './send.ts'

/** Notes in the entry what became of an attempt. @param now epoch milliseconds @returns what is stored of it */
export const conclude = (entry: Entry, outcome: Outcome, policy: RetryPolicy, now: number): Attempted => {
  entry.attempts += 1
  entry.isStored = true
  const { kind, responseStatus, error, retryAfterMs } = outcome
  if (kind !== 'delivered') {
    entry.firstFailedAt ??= now
    entry.nextAttemptAt = now + retryMs(policy, entry.attempts, Math.random(), retryAfterMs)
  }
  const isOver = kind === 'gone' || entry.attempts >= policy.attempts
  return {
    ...deliveryOf(entry),
    status: kind === 'delivered' ? 'delivered' : isOver ? 'failed' : 'pending',
    lastAttemptAt: now,
    ...(responseStatus !== undefined && { responseStatus }),
    ...(error !== undefined && { error }),
  }
}
