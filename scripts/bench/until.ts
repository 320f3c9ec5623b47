import { setTimeout as pause } from 'node:timers/promises'

const pollMs = 10

/**
 * Asks until there is an answer.
 * @throws when there is none within the deadline
 */
export const until = async <T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  deadlineMs = 30_000,
): Promise<T> => {
  const end = performance.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > end) throw new Error(`waited ${deadlineMs / 1000} s without success for ${what}`)
    await pause(pollMs)
  }
}
