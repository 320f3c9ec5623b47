import { setTimeout as pause } from 'node:timers/promises'

const pollMs = 15

/**
 * Polls until there is an answer.
 * @returns undefined when there is none before the deadline
 */
export const wait = async <T>(
  ask: () => T | undefined | Promise<T | undefined>,
  deadlineMs = 20_000,
): Promise<T | undefined> => {
  const end = performance.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined || performance.now() > end) return answer
    await pause(pollMs)
  }
}

/** @throws when there is no answer before the deadline */
export const until = async <T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  deadlineMs = 60_000,
): Promise<T> => {
  const answer = await wait(ask, deadlineMs)
  if (answer === undefined) throw new Error(`waited ${deadlineMs / 1000} s without success for ${what}`)
  return answer
}
