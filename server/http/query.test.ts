import { expect, test } from 'vitest'
import { GatewayError } from '../model/errors.ts'
import { readQuery } from './query.ts'

const types = { limit: 'integer', cursor: 'string', async: 'boolean' } as const

const refusal = (text: string) => {
  try {
    readQuery(text, types)
  } catch (error) {
    if (error instanceof GatewayError) return { status: error.status, details: error.details }
    throw error
  }
  return undefined
}

test.each([
  ['', {}],
  ['limit=5', { limit: 5 }],
  ['limit=0', { limit: 0 }],
  ['%6cimit=5', { limit: 5 }],
  ['cursor=a%2Bb&limit=7', { cursor: 'a+b', limit: 7 }],
  ['&&limit=1&', { limit: 1 }],
  ['async=true', { async: true }],
  ['async=false&cursor=true', { async: false, cursor: 'true' }],
])('%j is read', (text, query) => {
  expect(readQuery(text, types)).toEqual(query)
})

// Text that is not a plain integer stays text: the schema then refuses it by name.
test.each(['1.5', '1e2', '0x10', 'abc', '%205', '+5', '010', '-0x1', ''])(
  'limit=%s is not taken for a number',
  (text) => {
    expect(typeof readQuery(`limit=${text}`, types).limit).toBe('string')
  },
)

test.each(['1', 'TRUE', 'yes', '', 'true%20'])('async=%s is not taken for a boolean', (text) => {
  expect(typeof readQuery(`async=${text}`, types).async).toBe('string')
})

test.each(['limit=1&limit=2', 'other=1', 'limit[]=1', '__proto__=1', 'toString=1', 'LIMIT=5'])('%s is 422', (text) => {
  expect(refusal(text)?.status).toBe(422)
})

test.each(['limit=%zz', '%=1', 'cursor=%c0%ae', 'cursor=%ED%A0%80'])('%s is 400', (text) => {
  expect(refusal(text)?.status).toBe(400)
})

test('a thousand unknown parameters are not all repeated back', () => {
  const text = Array.from({ length: 1_000 }, (_, i) => `p${i}=1`).join('&')
  expect(refusal(text)?.details).toEqual({
    errors: Array.from({ length: 10 }, (_, i) => ({
      path: `/query/p${i}`,
      message: `p${i} is not a query parameter of this operation`,
      code: 'unknown',
    })),
  })
})
