/** Servers that count the characters of a session's label in their own way. */
import { isObject, on, refuse } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const refusesLabel = (which: (label: string) => boolean) => ({
  make: () =>
    on(
      ({ operationId, body }) =>
        operationId === 'createSession' && isObject(body) && typeof body.label === 'string' && which(body.label),
      () => refuse(422, 'validation_error'),
    ),
})

/** They say where the label is wrong. */
const labelsRefused = ['createSession/400|422/validation_error/label-*']

export const labels: readonly Mutant[] = [
  {
    id: 'bodies/label-counted-in-bytes',
    fault: 'counts the bytes of a label',
    killedBy: ['createSession/201/-/label-of-100', 'createSession/201/-/label-of-100-emoji'],
    because: 'answered 422 instead of 201',
    touches: labelsRefused,
    ...refusesLabel((label) => Buffer.byteLength(label) > 100),
  },
  {
    id: 'bodies/label-counted-in-halves',
    fault: 'counts the UTF-16 units of a label',
    killedBy: ['createSession/201/-/label-of-100-emoji'],
    because: 'answered 422 instead of 201',
    touches: labelsRefused,
    ...refusesLabel((label) => label.length > 100),
  },
  {
    id: 'bodies/label-of-two-at-least',
    fault: 'wants two characters for a label',
    killedBy: ['createSession/201/-/label-of-1'],
    because: 'answered 422 instead of 201',
    touches: [...labelsRefused, 'createSession/201/-/label-as-it-is'],
    ...refusesLabel((label) => label.length < 2),
  },
]
