import { expect, test } from 'vitest'
import { saidBy } from './said.ts'

const headersOf = (id: string | undefined): Record<string, string> => (id === undefined ? {} : { 'x-request-id': id })

const answer = (id: string | undefined, text: string, body?: unknown) => ({
  headers: headersOf(id),
  text,
  body: body ?? (text.startsWith('{') ? JSON.parse(text) : undefined),
})

test('the id of the request is masked wherever it stands, and the order of members means nothing', () => {
  const one = answer('req_0000001', '{"error":{"code":"not_found","message":"No such session (req_0000001)."}}')
  const other = answer('req_0000002', '{"error":{"message":"No such session (req_0000002).","code":"not_found"}}')
  expect(saidBy(one)).toBe(saidBy(other))
  expect(saidBy(answer('req_0000001', 'not found: req_0000001'))).toBe('not found: [request]')
})

test('whatever else differs, differs', () => {
  const one = answer('req_0000001', '{"error":{"code":"not_found"},"hint":[1,2]}')
  expect(saidBy(one)).not.toBe(saidBy(answer('req_0000002', '{"error":{"code":"not_found"},"hint":[2,1]}')))
  expect(saidBy(one)).not.toBe(saidBy(answer('req_0000002', '{"error":{"code":"not_found"}}')))
  // An id that could be part of anything hides nothing.
  expect(saidBy(answer('1', '{"count":1}'))).not.toBe(saidBy(answer('2', '{"count":2}')))
  expect(saidBy(answer(undefined, 'a'))).not.toBe(saidBy(answer(undefined, 'b')))
})
