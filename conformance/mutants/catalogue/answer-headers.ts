/** Servers some of whose answers may be kept by caches, or taken for another type than they are. */
import { operationIds, operations } from '../../parley.ts'
import type { WireAnswer } from '../../transport.ts'
import { type Asked, answers, headed } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const all = '*/20*/-/answer-headers'
const outside = 'gateway/404/not_found/answer-headers'
const withBody = operationIds.filter((id) => operations[id].hasBody).map((id) => `${id}/*/answer-headers`)

const without = (
  name: string,
  fault: string,
  killedBy: readonly string[],
  header: 'Cache-Control' | 'X-Content-Type-Options' | 'ETag',
  fits: (answer: WireAnswer, asked: Asked) => boolean,
  value?: string,
): Mutant => ({
  id: `answer-headers/${name}`,
  fault,
  killedBy,
  because: `${header} is ${value ?? 'absent'}`,
  touches: [all, outside],
  make: () =>
    answers((answer, asked) => (fits(answer, asked) ? headed(answer, { [header.toLowerCase()]: value }) : answer)),
})

export const answerHeaderFaults: readonly Mutant[] = [
  without('kept', 'lets caches keep what it answers', [all], 'Cache-Control', ({ status }) => status < 300),
  without(
    'no-cache',
    'lets caches keep what it answers, if they ask again',
    [all, outside],
    'Cache-Control',
    ({ status }) => status < 500,
    'no-cache',
  ),
  without(
    'etag-of-json',
    'names versions of its JSON',
    [all, outside],
    'ETag',
    ({ headers }) => (headers['content-type'] ?? '').startsWith('application/json'),
    '"1"',
  ),
  without(
    'kept-401',
    'lets caches keep its refusals of callers',
    [all],
    'Cache-Control',
    ({ status }) => status === 401,
  ),
  without(
    'kept-405',
    'lets caches keep its refusals of methods',
    [all],
    'Cache-Control',
    ({ status }) => status === 405,
  ),
  without(
    'kept-outside',
    'lets caches keep that there is no such path',
    [outside],
    'Cache-Control',
    ({ status }, { operationId }) => status === 404 && operationId === undefined,
  ),
  without(
    'guessed-415',
    'lets browsers guess the type of its refusals of bodies',
    withBody,
    'X-Content-Type-Options',
    ({ status }) => status === 415,
  ),
  without(
    'guessed-403',
    'lets browsers guess the type of its refusals of rights',
    [all],
    'X-Content-Type-Options',
    ({ status }) => status === 403,
  ),
]
