/** Servers by whose answers a request cannot be found again. */
import { answers, headed } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const eachOwn = '*/20*/-/request-id'
const outside = 'gateway/404|405/-/request-id'

const made = 'made-by-the-server'

export const requestIds: readonly Mutant[] = [
  {
    id: 'request-id/own-replaced',
    fault: 'gives every request a name of its own making',
    killedBy: ['*/request-id'],
    because: 'X-Request-Id is made-by-the-server instead of',
    make: () => answers((answer) => headed(answer, { 'x-request-id': made })),
  },
  {
    id: 'request-id/lost-in-refusals',
    fault: 'gives a request its own name back only when all is well',
    killedBy: ['*/request-id'],
    because: 'X-Request-Id is made-by-the-server instead of',
    make: () => answers((answer) => (answer.status < 400 ? answer : headed(answer, { 'x-request-id': made }))),
  },
  {
    id: 'request-id/only-of-refusals',
    fault: 'gives a request its own name back only when it is refused',
    killedBy: [eachOwn],
    because: 'X-Request-Id is made-by-the-server instead of',
    make: () => answers((answer) => (answer.status < 400 ? headed(answer, { 'x-request-id': made }) : answer)),
  },
  {
    id: 'request-id/none-outside',
    fault: 'names no request that the contract has no operation for',
    killedBy: [outside],
    because: 'X-Request-Id is absent instead of',
    make: () =>
      answers((answer, { operationId }) =>
        operationId === undefined ? headed(answer, { 'x-request-id': undefined }) : answer,
      ),
  },
  {
    id: 'request-id/in-small-letters',
    fault: 'gives a request its own name back in small letters',
    killedBy: [eachOwn],
    because: 'instead of Conformance.',
    make: () => answers((answer) => headed(answer, { 'x-request-id': answer.headers['x-request-id']?.toLowerCase() })),
  },
  {
    id: 'request-id/cut',
    fault: 'keeps 36 characters of the name of a request',
    killedBy: [eachOwn],
    because: 'instead of Conformance.',
    make: () => answers((answer) => headed(answer, { 'x-request-id': answer.headers['x-request-id']?.slice(0, 36) })),
  },
  {
    id: 'request-id/the-same',
    fault: 'gives every request without a name the same one',
    killedBy: [eachOwn],
    because: 'two requests have the same X-Request-Id',
    make: () =>
      answers((answer, { headers }) =>
        headers['x-request-id'] === undefined ? headed(answer, { 'x-request-id': made }) : answer,
      ),
  },
  {
    id: 'request-id/any-kept',
    fault: 'gives back whatever name it is given',
    killedBy: [eachOwn],
    // A name of 65 characters breaks the schema of the header, too.
    because: 'X-Request-Id must NOT have more than 64 characters',
    make: () =>
      answers((answer, { headers }) =>
        headers['x-request-id'] === undefined ? answer : headed(answer, { 'x-request-id': headers['x-request-id'] }),
      ),
  },
]
