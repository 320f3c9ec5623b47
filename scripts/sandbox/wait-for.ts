import { setTimeout as pause } from 'node:timers/promises'

const deadlineMs = 60_000

/** Asks, as any client would have to, until there is an answer. */
export const waitFor = async <T>(what: string, ask: () => Promise<T | undefined>): Promise<T> => {
  const deadline = Date.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) throw new Error(`waited ${deadlineMs / 1000} s without success for ${what}`)
    await pause(20)
  }
}
