import { expect, test } from 'vitest'
import { requestIdOf } from './request-id.ts'

test.for(['a', 'order-17.retry_2', 'x'.repeat(64)])("the caller's own is kept: %s", (own) => {
  expect(requestIdOf(own)).toBe(own)
})

test.for([undefined, '', 'x'.repeat(65), 'two words', 'one, two', 'é', 'a/b', ['a', 'b']])(
  'anything else is replaced: %s',
  (given) => {
    const made = requestIdOf(given)
    expect(made).toMatch(/^[A-Za-z0-9._-]{1,64}$/)
    expect(made).not.toBe(given)
    expect(requestIdOf(given)).not.toBe(made)
  },
)
