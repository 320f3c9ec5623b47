import type { ClientRequest } from 'node:http'
import { unreachable } from './failure.ts'

const mostInterim = 20

/**
 * Ends a request whose receiver sends interim answers (1xx) again and again: none of them is the answer, and reading them takes
 * processor time until the request's own deadline.
 */
export const boundInterim = (request: ClientRequest): void => {
  let count = 0
  request.on('information', () => {
    count += 1
    if (count > mostInterim) request.destroy(unreachable('it sends interim answers only'))
  })
}
