import { expect, test } from 'vitest'
import { exhausted, readExhausted, reasonOf } from './exhausted.ts'

test('a hook names a session, headers, both or neither', () => {
  for (const said of [
    {},
    { session: 's' },
    { headers: { 'X-Forwarded-For': '203.0.113.1' } },
    { session: 's', headers: {} },
  ])
    expect(readExhausted({ ...said, more: 1 })).toEqual(said)
})

test.each([
  [null],
  [[]],
  ['yes'],
  [{ session: 1 }],
  [{ headers: 'x' }],
  [{ headers: { a: 1 } }],
  [{ headers: { a: 'b\n' } }],
])('what it cannot mean is its fault: %j', (said) => expect(() => readExhausted(said)).toThrow(/exhausted/))

test('what is never limited is not applicable', () => {
  expect(() => readExhausted({ never: true })).toThrow('never limited')
})

test('the refused call is about that session and comes from there; another token takes the place of the usual one', () => {
  const call = { operationId: 'setChatPresence', path: { session: 'a', cid: 'c' }, headers: { x: '1' } } as const
  expect(exhausted(call, {})).toEqual(call)
  expect(exhausted(call, { session: 'b', headers: { y: '2' } })).toEqual({
    ...call,
    path: { session: 'b', cid: 'c' },
    headers: { x: '1', y: '2' },
  })
  const ofMessage = { ...call, operationId: 'forwardMessage', path: { session: 'a', mid: 'm' } } as const
  expect(exhausted(ofMessage, { session: 'b', message: 'n' }).path).toEqual({ session: 'b', mid: 'n' })
  expect(exhausted(call, { session: 'b', message: 'n' }).path).toEqual({ session: 'b', cid: 'c' })
  expect(exhausted(call, { headers: { authorization: 'Bearer t' } })).toMatchObject({ caller: 'nobody' })
})

test('a reason is found where there is one', () => {
  expect(reasonOf({ body: { error: { details: { reason: 'starts' } } } })).toBe('starts')
  for (const body of [undefined, null, 'x', { error: null }, { error: { details: null } }, { error: 1 }])
    expect(reasonOf({ body })).toBeUndefined()
})
