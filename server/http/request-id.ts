/** The id of a request, in its answer and its log lines. */
import { randomUUID } from 'node:crypto'

const wellFormed = /^[A-Za-z0-9._-]{1,64}$/

/**
 * @param given the caller's own `X-Request-Id`; a repeated header is its values joined with a comma
 * @returns the caller's own where it is 1 to 64 of `A-Z a-z 0-9 . _ -`; else a new one
 */
export const requestIdOf = (given: string | string[] | undefined): string =>
  typeof given === 'string' && wellFormed.test(given) ? given : randomUUID()
